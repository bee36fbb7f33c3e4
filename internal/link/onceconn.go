package link

import (
	"net"
	"sync"
)

// Once is a listener that accepts one connection, which is there already: a server of
// net/http serves it.
type Once struct {
	conn     net.Conn
	accepted chan net.Conn
	end      sync.Once
	ended    chan struct{}
}

// NewOnce returns the listener of a connection.
func NewOnce(conn net.Conn) *Once {
	o := &Once{conn: conn, accepted: make(chan net.Conn, 1), ended: make(chan struct{})}
	o.accepted <- conn
	return o
}

// Accept returns the connection once, and then waits for [Once.End].
func (o *Once) Accept() (net.Conn, error) {
	select {
	case conn := <-o.accepted:
		return conn, nil
	case <-o.ended:
		return nil, net.ErrClosed
	}
}

// End notes that the connection is over.
func (o *Once) End() { o.end.Do(func() { close(o.ended) }) }

// Close does nothing: the listener ends with the connection.
func (o *Once) Close() error { return nil }

// Addr returns the connection's own address.
func (o *Once) Addr() net.Addr { return o.conn.LocalAddr() }
