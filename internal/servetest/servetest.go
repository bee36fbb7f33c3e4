// Package servetest serves connections in tests.
package servetest

import (
	"net"
	"testing"
)

// Serve is [On] for a free port of the loopback interface. It returns host and port.
func Serve(t testing.TB, serve func(net.Conn)) (address string) {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	On(t, ln, serve)
	return ln.Addr().String()
}

// On calls serve with each connection that a listener accepts, in a goroutine of its
// own, and closes the connection when serve returns. The listener is closed when the
// test ends.
func On(t testing.TB, ln net.Listener, serve func(net.Conn)) {
	t.Cleanup(func() { ln.Close() })
	go func() {
		for {
			conn, err := ln.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				serve(conn)
			}()
		}
	}()
}
