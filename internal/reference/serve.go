package reference

import (
	"context"
	"fmt"
	"net"
	"runtime/debug"
	"sync"

	"github.com/wscheck/wscheck/internal/accept"
	"github.com/wscheck/wscheck/wsproto"
)

// ServeConn serves one connection: the opening handshake, then echoes until the end. It
// closes conn.
//
// It returns nil after a closing handshake, a [*Violation] where it failed the
// connection, a [*Refusal] where the opening handshake failed,
// [ErrDropped] where the stream ended without a close frame, and otherwise the
// error of the connection or of [Options.Check].
func ServeConn(conn net.Conn, o Options) error {
	e, err := newEndpoint(wsproto.Server, conn, o)
	if err != nil {
		return err
	}
	return e.run(e.accept)
}

// Connect is the client of one connection: the opening handshake for a ws or wss URL,
// then echoes until the end. It closes conn. If the URL asks for TLS, conn is a TLS
// connection already. It returns what [ServeConn] returns.
func Connect(conn net.Conn, url string, o Options) error {
	u, err := parseURL(url)
	if err != nil {
		return err
	}
	e, err := newEndpoint(wsproto.Client, conn, o)
	if err != nil {
		return err
	}
	return e.run(func() error { return e.request(u) })
}

// Serve accepts connections and serves each in a goroutine of its own, until
// ctx is done. Then it closes ln, starts the closing handshake on every
// connection, and returns nil once all have ended, which the time-outs of o
// bound. An error of ln, other than a passing one, is returned after the same.
//
// A panic while a connection is served ends that connection alone; o.Ended gets
// it as an error.
func Serve(ctx context.Context, ln net.Listener, o Options) error {
	if err := o.Check(); err != nil {
		return err
	}
	s := &serving{options: o, live: make(map[*endpoint]struct{})}
	unhook := context.AfterFunc(ctx, func() { ln.Close() })
	defer unhook()
	err := accept.All(ln, ctx.Done(), s.serve, nil)
	ln.Close()
	s.stop()
	s.conns.Wait()
	if ctx.Err() != nil {
		return nil
	}
	return err
}

// serving is the set of connections of one Serve.
type serving struct {
	options Options
	conns   sync.WaitGroup

	mu   sync.Mutex
	live map[*endpoint]struct{}
}

// serve serves a connection in a goroutine.
func (s *serving) serve(conn net.Conn) {
	e, err := newEndpoint(wsproto.Server, conn, s.options)
	if err != nil { // Serve has checked the options
		panic(err)
	}
	s.mu.Lock()
	s.live[e] = struct{}{}
	s.mu.Unlock()
	s.conns.Go(func() {
		err := e.runRecovered()
		s.mu.Lock()
		delete(s.live, e)
		s.mu.Unlock()
		if s.options.Ended != nil {
			s.options.Ended(err)
		}
	})
}

// stop starts the closing handshake on every connection.
func (s *serving) stop() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for e := range s.live {
		e.stop()
	}
}

// runRecovered is run as a server, with a panic as an error.
func (e *endpoint) runRecovered() (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("reference: panic: %v\n%s", r, debug.Stack())
		}
	}()
	return e.run(e.accept)
}
