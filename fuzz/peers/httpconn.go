package peers

import (
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"runtime/debug"
)

// serveHTTP returns a Library.Server that serves its one connection with a real http.Server, so that hijacking and
// HTTP errors are net/http's own.
func serveHTTP(handler http.Handler) func(net.Conn) {
	return func(conn net.Conn) {
		defer conn.Close()
		s := &httpConn{conn: conn, handler: handler, pending: make(chan net.Conn, 1), ended: make(chan struct{})}
		s.pending <- conn
		server := newHTTPServer(s)
		server.ConnState = s.connState
		server.ErrorLog = log.New(io.Discard, "", 0) // a panic, the only news there can be, is passed on
		_ = server.Serve(s)                          // ends with Accept's error
		_ = server.Close()
		if s.panicked != "" {
			panic(s.panicked)
		}
	}
}

// httpConn is one connection: to the http.Server it is the listener that accepts nothing else and closes when the
// connection has ended, and the handler that knows when that is. It hands the connection on as it is, since libraries
// look for a *net.TCPConn.
type httpConn struct {
	conn    net.Conn
	handler http.Handler
	pending chan net.Conn
	ended   chan struct{}

	// Both are written by the connection's goroutine before it closes ended.
	hijacked bool
	panicked string
}

// Accept returns the connection, and then waits for its end.
func (s *httpConn) Accept() (net.Conn, error) {
	select {
	case conn := <-s.pending:
		return conn, nil
	case <-s.ended:
		return nil, net.ErrClosed
	}
}

// Close does nothing: the listener ends with the connection.
func (s *httpConn) Close() error { return nil }

// Addr returns the address the connection was accepted at.
func (s *httpConn) Addr() net.Addr { return s.conn.LocalAddr() }

// connState learns of the end from net/http, which stops looking once the connection is hijacked: from then on the
// end is the handler's return.
func (s *httpConn) connState(_ net.Conn, state http.ConnState) {
	switch state {
	case http.StateHijacked:
		s.hijacked = true
	case http.StateClosed:
		close(s.ended)
	}
}

// ServeHTTP calls the handler and keeps what it panics with from net/http, which would hide it in a log.
func (s *httpConn) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	defer func() {
		if v := recover(); v != nil {
			s.panicked = fmt.Sprintf("%v\n\n%s", v, debug.Stack())
			s.conn.Close()
		}
		if s.hijacked {
			close(s.ended)
		}
	}()
	s.handler.ServeHTTP(w, r)
}
