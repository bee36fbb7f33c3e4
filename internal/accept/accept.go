// Package accept takes the connections of a listener.
package accept

import (
	"errors"
	"net"
	"time"
)

// How long to wait after an error that passes.
const shortest, longest = 5 * time.Millisecond, time.Second

// All calls serve with each connection that ln accepts, until that fails for good or
// done is closed, and returns the error. An error that passes, such as that no file
// descriptor is left, is handed to failed, which may be nil; then All waits a moment.
func All(ln net.Listener, done <-chan struct{}, serve func(net.Conn), failed func(error)) error {
	pause := shortest
	for {
		conn, err := ln.Accept()
		if err == nil {
			pause = shortest
			serve(conn)
			continue
		}
		var temporary interface{ Temporary() bool }
		if !errors.As(err, &temporary) || !temporary.Temporary() {
			return err
		}
		if failed != nil {
			failed(err)
		}
		select {
		case <-done:
			return err
		case <-time.After(pause):
			pause = min(2*pause, longest)
		}
	}
}
