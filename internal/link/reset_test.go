//go:build unix

package link

import (
	"net"
	"testing"
	"time"
)

// TestResetThatAWriteSaw holds that a reset is one where a write of ours, or a look at what there is to
// read, was told of it first: the system then shows an orderly end to whoever reads.
func TestResetThatAWriteSaw(t *testing.T) {
	for name, tell := range map[string]func(*toldConn, *Socket){
		"write": func(c *toldConn, l *Socket) { l.Write([]byte("more"), 0) },
		"peek": func(c *toldConn, l *Socket) {
			for !l.reset.Load() {
				l.isReadable()
			}
			close(c.told)
		},
	} {
		for unread, want := range map[bool]Kind{true: Reset, false: EOF} {
			if name == "peek" && !unread {
				continue // there is nothing to be told of
			}
			conn, peer := tcpPair(t)
			c := &toldConn{TCPConn: conn, told: make(chan struct{})}
			if _, err := c.TCPConn.Write([]byte("ab")); err != nil {
				t.Fatal(err)
			}
			// The system resets a connection that is closed with octets that were not read.
			octets := make([]byte, 2)
			if unread {
				octets = octets[:1]
			}
			if _, err := peer.Read(octets); err != nil {
				t.Fatal(err)
			}
			if err := peer.Close(); err != nil {
				t.Fatal(err)
			}
			l := NewSocket(c, gap)
			tell(c, l)
			for {
				in := l.Next(time.Now().Add(time.Minute))
				if in.Kind == Reset || in.Kind == EOF || in.Kind == TimedOut {
					if in.Kind != want {
						t.Errorf("%s, unread octets: %v: got input %d, want %d", name, unread, in.Kind, want)
					}
					break
				}
			}
			l.Close(false)
		}
	}
}

// toldConn reads once a write was told of the end.
type toldConn struct {
	*net.TCPConn
	told chan struct{}
}

func (c *toldConn) Read(p []byte) (int, error) {
	<-c.told
	return c.TCPConn.Read(p)
}

// Write writes until the connection is broken.
func (c *toldConn) Write(p []byte) (int, error) {
	for {
		if _, err := c.TCPConn.Write(p); err != nil {
			close(c.told)
			return 0, err
		}
	}
}

// tcpPair returns the two ends of a connection.
func tcpPair(t *testing.T) (*net.TCPConn, net.Conn) {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = ln.Close() }()
	conn, err := net.Dial("tcp", ln.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	peer, err := ln.Accept()
	if err != nil {
		t.Fatal(err)
	}
	return conn.(*net.TCPConn), peer
}
