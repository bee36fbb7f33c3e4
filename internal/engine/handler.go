package engine

import (
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"runtime/debug"

	"github.com/wscheck/wscheck/internal/link"
)

// Handler is a server for [TestServer] that has a real [http.Server] call
// handler: hijacking, time-outs and HTTP errors are those of net/http. It speaks
// HTTP/1.1 alone, the version that RFC 6455 is written for.
//
// A panic of handler, which net/http would recover, comes out of the server, and
// so fails the case; that of [http.ErrAbortHandler] does not count.
func Handler(handler http.Handler) func(net.Conn) {
	protocols := new(http.Protocols)
	protocols.SetHTTP1(true)
	return HandlerFor(protocols, handler)
}

// HandlerFor is [Handler] for other versions of HTTP.
func HandlerFor(protocols *http.Protocols, handler http.Handler) func(net.Conn) {
	return func(conn net.Conn) {
		h := &httpConn{Once: link.NewOnce(conn), conn: conn, handler: handler}
		server := &http.Server{
			Handler:   h,
			ConnState: h.state,
			ErrorLog:  log.New(io.Discard, "", 0), // the case shows what goes wrong
			Protocols: protocols,
		}
		_ = server.Serve(h) // ends with the error of Accept
		_ = server.Close()
		if h.panicked != nil {
			panic(h.panicked)
		}
	}
}

// httpConn is one connection and its handler, which knows when a hijacked one ends.
type httpConn struct {
	*link.Once
	conn    net.Conn
	handler http.Handler

	// Written by the connection's goroutine before it calls End.
	hijacked bool
	panicked *handlerPanic
}

// handlerPanic is a panic of a handler, with its stack.
type handlerPanic struct {
	value any
	stack []byte
}

// String returns the panic's value; the stack is in the report of the case.
func (p *handlerPanic) String() string { return fmt.Sprint(p.value) }

// state learns of the end of a connection that is not hijacked.
func (h *httpConn) state(_ net.Conn, state http.ConnState) {
	switch state {
	case http.StateHijacked:
		h.hijacked = true
	case http.StateClosed:
		h.End()
	}
}

// ServeHTTP calls the handler. A hijacked connection is over, for us, when the
// handler returns, though goroutines that it started may continue to use it.
func (h *httpConn) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	defer func() {
		if v := recover(); v != nil {
			if v != http.ErrAbortHandler {
				h.panicked = &handlerPanic{v, debug.Stack()}
			}
			h.conn.Close()
		}
		if h.hijacked {
			h.End()
		}
	}()
	h.handler.ServeHTTP(w, r)
}
