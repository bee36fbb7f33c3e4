package engine

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"path"
	"strings"
	"sync"
	"time"
	"unicode"

	"github.com/wscheck/wscheck/internal/accept"
	"github.com/wscheck/wscheck/internal/link"
	"github.com/wscheck/wscheck/internal/process"
	"github.com/wscheck/wscheck/wsproto"
)

// connector makes the connections with one peer.
type connector struct {
	role  wsproto.Role // the peer's
	reach reach

	// name is what the peer is called in errors, and unnamed in a report where it
	// does not name itself.
	name, unnamed string

	// ready makes the peer ready for connections, until stop is called. p is its
	// process, where there is one that was started by us. answers makes a connection
	// and reports whether the peer sends anything on it. A nil ready is a peer that is
	// ready at any time.
	ready func(ctx context.Context, answers func(context.Context) bool) (p *process.Process, stop func(), err error)

	// dial makes a connection, by what endpoint says. run is the peer's side of
	// it, where that is in this process.
	dial func(ctx context.Context, endpoint *endpointURL) (conn net.Conn, run *peerRun, err error)
}

// reach is how a peer is reached.
type reach uint8

const (
	dialled   reach = iota // we connect to a server elsewhere
	inProcess              // the peer is in this process
	incomes                // the peer, a client elsewhere, connects to us
)

// UnknownServer is the name that Autobahn|Testsuite gives a server without one.
const UnknownServer = "UnknownServer"

// dialServer connects to a server at a URL.
func dialServer(url string, endpoint *endpointURL) connector {
	unnamed := endpoint.address
	if endpoint.network == "unix" {
		unnamed = cmp.Or(path.Base(endpoint.address), UnknownServer)
	}
	return connector{role: wsproto.Server, name: url, unnamed: unnamed, dial: func(ctx context.Context, endpoint *endpointURL) (net.Conn, *peerRun, error) {
		conn, err := endpoint.dial(ctx)
		return conn, nil, err
	}}
}

// startServer is dialServer for a server that a command starts. freePort says that its port is
// another one in each run, so that it is called by its command.
func startServer(url string, endpoint *endpointURL, freePort bool, started process.Config) connector {
	c := dialServer(url, endpoint)
	if freePort {
		c.unnamed = cmp.Or(programOf(started.Command), UnknownServer)
	}
	c.ready = func(ctx context.Context, answers func(context.Context) bool) (*process.Process, func(), error) {
		config := started
		config.Answers = answers
		p, err := process.Start(ctx, &config)
		if err != nil {
			return nil, nil, err
		}
		return p, p.Stop, nil
	}
	return c
}

// programOf is the name of the program that a shell command starts, without
// the assignments before it.
func programOf(command string) string {
	words := strings.Fields(strings.Map(func(c rune) rune {
		if unicode.IsControl(c) || c == unicode.ReplacementChar {
			return ' '
		}
		return c
	}, command))
	for len(words) > 1 && (words[0] == "exec" || words[0] == "env" || strings.Contains(words[0], "=")) {
		words = words[1:]
	}
	if len(words) == 0 {
		return ""
	}
	return path.Base(strings.Trim(words[0], `'"`))
}

// loopback makes the connections between us and a peer in this process.
type loopback struct {
	peer localPeer

	mu sync.Mutex
	ln net.Listener
}

func newLoopback(p localPeer) connector {
	l := &loopback{peer: p}
	return connector{role: p.role(), reach: inProcess, name: "the peer in this process", unnamed: UnknownServer, ready: l.start, dial: l.connect}
}

func (l *loopback) start(context.Context, func(context.Context) bool) (p *process.Process, stop func(), err error) {
	if l.ln, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
		return nil, nil, err
	}
	link.ShortenSegments(l.ln)
	return nil, func() { l.ln.Close() }, nil
}

// connect makes a pair of connections and starts the peer on the other one.
func (l *loopback) connect(_ context.Context, to *endpointURL) (net.Conn, *peerRun, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	ours, err := net.DialTimeout("tcp", l.ln.Addr().String(), process.Stretch(dialLimit))
	if err != nil {
		return nil, nil, err
	}
	theirs, err := l.ln.Accept()
	if err != nil {
		ours.Close()
		return nil, nil, err
	}
	run := l.peer.start(theirs, cmp.Or(to.raw, clientURL), func(*peerDeath) {
		_ = theirs.(*net.TCPConn).SetLinger(0) // the close that follows is what matters
		theirs.Close()
	})
	return ours, run, nil
}

// incoming takes the connections of clients.
type incoming struct {
	ln net.Listener

	conns chan net.Conn
	ended chan struct{}
	err   error // why, once ended is closed
}

// arrivalLimit is how long a conversation waits for a client to connect.
const arrivalLimit = 30 * time.Second

func (i *incoming) connector() connector {
	return connector{
		role: wsproto.Client, reach: incomes, name: "a client of " + i.ln.Addr().String(), unnamed: UnknownServer,
		ready: i.start, dial: i.connect,
	}
}

// start begins to take connections.
func (i *incoming) start(context.Context, func(context.Context) bool) (p *process.Process, stop func(), err error) {
	if i.conns != nil {
		return nil, nil, errors.New("a listener serves one run")
	}
	i.conns, i.ended = make(chan net.Conn), make(chan struct{})
	link.ShortenSegments(i.ln)
	ctx, stopping := context.WithCancel(context.Background())
	places := make(chan struct{}, maxArrivals)
	var wg sync.WaitGroup
	wg.Go(func() {
		defer close(i.ended)
		i.err = accept.All(i.ln, ctx.Done(), func(conn net.Conn) {
			select {
			case places <- struct{}{}:
			default:
				conn.Close()
				return
			}
			wg.Go(func() {
				defer func() { <-places }()
				i.arrive(ctx, conn)
			})
		}, nil)
	})
	return nil, func() {
		stopping()
		i.ln.Close()
		wg.Wait()
	}, nil
}

// maxArrivals bounds the connections that wait for a conversation, or have not said
// what they are for. A client whose request is not answered gives up some time later: one that
// has waited for longestWait has to connect again.
const (
	maxArrivals = 256
	longestWait = 2 * time.Second
)

// arrive looks at a connection, and hands it over if it is for a WebSocket.
func (i *incoming) arrive(ctx context.Context, conn net.Conn) {
	stop := context.AfterFunc(ctx, func() { conn.Close() })
	head, opens := Arrival(conn)
	if !opens || !stop() {
		conn.Close()
		return
	}
	wait := time.NewTimer(longestWait)
	defer wait.Stop()
	select {
	case i.conns <- link.Rewind(conn, head):
	case <-wait.C:
		conn.Close()
	case <-ctx.Done():
		conn.Close()
	}
}

// connect waits for a client.
func (i *incoming) connect(ctx context.Context, _ *endpointURL) (net.Conn, *peerRun, error) {
	timer := time.NewTimer(arrivalLimit)
	defer timer.Stop()
	select {
	case conn := <-i.conns:
		return conn, nil, nil
	case <-i.ended:
		return nil, nil, i.err
	case <-ctx.Done():
		return nil, nil, context.Cause(ctx)
	case <-timer.C:
		return nil, nil, fmt.Errorf("none asked for a WebSocket within %v", arrivalLimit)
	}
}
