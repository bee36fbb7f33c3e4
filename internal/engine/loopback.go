package engine

import (
	"cmp"
	"fmt"
	"maps"
	"net"
	"net/url"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/wscheck/wscheck/oracle"
	"github.com/wscheck/wscheck/wsproto"
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

// local is localEndpoint with what the configuration adds to it.
func (c *Config) local() (*endpointURL, error) {
	if c.Path == "" && len(c.Header) == 0 && len(c.Subprotocols) == 0 {
		return localEndpoint, nil
	}
	e := *localEndpoint
	u, err := url.ParseRequestURI(cmp.Or(c.Path, "/"))
	if err != nil || !strings.HasPrefix(c.Path, "/") && c.Path != "" || u.Fragment != "" || strings.Contains(c.Path, "#") {
		return nil, fmt.Errorf("path: %q is none: want one such as \"/chat?room=1\"", c.Path)
	}
	e.target, e.subprotocols = u.RequestURI(), c.Subprotocols
	for _, name := range slices.Sorted(maps.Keys(c.Header)) {
		for _, value := range c.Header[name] {
			e.fields = append(e.fields, wsproto.Field{Name: name, Value: value})
		}
	}
	return &e, checkHandshake(e.fields, e.subprotocols)
}

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
