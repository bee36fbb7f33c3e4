package harness

import (
	"net"
	"runtime"
	"sync"
	"time"

	"github.com/wscheck/wscheck/oracle"
)

// Server is a server in this process that is called with each connection, over
// the loopback interface. A panic of its own goroutine ends the case, and not
// the process. [TestServer] does without a network.
func Server(serve func(net.Conn)) Target {
	return &liveServer{options: new(DialOptions), local: &loopback{peer: peer{server: serve}}}
}

// ClientFunc is a client in this process that is called for each case, over the
// loopback interface. [TestClient] does without a network.
func ClientFunc(client Client) Target {
	return &liveServer{options: new(DialOptions), local: &loopback{peer: peer{client: client}}}
}

// localEndpoint is where a client of ours believes to be connected to, for a
// peer in this process.
var localEndpoint = &endpointURL{authority: "localhost", target: "/"}

// loopback makes the connections between us and a peer in this process.
type loopback struct {
	peer peer

	mu sync.Mutex
	ln net.Listener
}

func (l *loopback) listen() (stop func(), err error) {
	if l.ln, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
		return nil, err
	}
	return func() { l.ln.Close() }, nil
}

// connect makes a pair of connections and starts the peer on the other one.
func (l *loopback) connect() (net.Conn, *peerRun, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	ours, err := net.DialTimeout("tcp", l.ln.Addr().String(), dialLimit)
	if err != nil {
		return nil, nil, err
	}
	theirs, err := l.ln.Accept()
	if err != nil {
		ours.Close()
		return nil, nil, err
	}
	run := l.peer.start(theirs, clientURL, func(*peerDeath) {
		_ = theirs.(*net.TCPConn).SetLinger(0) // the close that follows is what matters
		theirs.Close()
	})
	return ours, run, nil
}

// runLimit is how long a peer in this process may go on after its connection
// is gone: longer than the time-outs with which libraries see a connection off.
const runLimit = 10 * time.Second

// seeOff waits for the peer to return, and adds to the trace how it did. A nil
// run is a peer elsewhere, of which nothing is known.
func (r *peerRun) seeOff(c *conversation) {
	if r == nil {
		return
	}
	timer := time.NewTimer(runLimit / 2)
	defer timer.Stop()
	select {
	case <-r.done:
	case <-timer.C:
		r.cancel()
		timer.Reset(runLimit / 2)
		select {
		case <-r.done:
		case <-timer.C:
			stacks := make([]byte, maxStacks)
			c.event(oracle.Event{
				Kind: oracle.EventPeerHung, Tag: "the peer did not return within " + runLimit.String(),
				Data: stacks[:runtime.Stack(stacks, true)],
			})
			return
		}
	}
	r.obituary(c)
}

// obituary adds to the trace that the peer died, unless that is there.
func (r *peerRun) obituary(c *conversation) {
	if r.death == nil {
		return
	}
	if c.obituary == "" {
		c.event(oracle.Event{Kind: oracle.EventPeerDied, Tag: r.death.Error(), Data: r.death.stack})
	}
	c.obituary = r.death.Error()
}
