package link

import (
	"net"
	"syscall"
	"testing"
)

// TestShortSegments holds that a peer's segments are short on the connections that we
// make, and on those that we accept.
func TestShortSegments(t *testing.T) {
	for _, dial := range []bool{true, false} {
		ln, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer ln.Close()
		var conn, theirs net.Conn
		if dial {
			conn, err = Dial(t.Context(), "tcp", ln.Addr().String())
		} else {
			ShortenSegments(ln)
			conn, err = net.Dial("tcp", ln.Addr().String())
		}
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		if theirs, err = ln.Accept(); err != nil {
			t.Fatal(err)
		}
		defer theirs.Close()
		if !dial {
			theirs = conn
		}
		raw, err := theirs.(syscall.Conn).SyscallConn()
		if err != nil {
			t.Fatal(err)
		}
		var size int
		if controlErr := raw.Control(func(fd uintptr) {
			size, err = syscall.GetsockoptInt(int(fd), syscall.IPPROTO_TCP, syscall.TCP_MAXSEG)
		}); controlErr != nil || err != nil {
			t.Fatal(controlErr, err)
		}
		if size > segmentSize {
			t.Errorf("dialled %v: the peer's segments have %d octets, want %d at most", dial, size, segmentSize)
		}
	}
}
