// Package servetest serves connections in tests.
package servetest

import (
	"net"
	"testing"
)

// Serve listens on a free port of the loopback interface, calls serve with each
// connection in a goroutine of its own, and closes the connection when serve returns.
// It returns host and port. The port is closed when the test ends.
func Serve(t testing.TB, serve func(net.Conn)) (address string) {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
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
	return ln.Addr().String()
}
