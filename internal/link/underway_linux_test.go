package link

import (
	"net"
	"testing"
	"time"
)

// TestUnderway holds that what a peer's system has taken is not underway, read or not, nor what waits until
// that has room.
func TestUnderway(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	conn, err := Dial(t.Context(), "tcp", ln.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	theirs, err := ln.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer theirs.Close()
	l := NewSocket(conn, gap)
	defer l.Close(false)
	for _, octets := range []int{1, 16 << 20} {
		l.Write(make([]byte, octets), 0)
		var in Input
		for in = l.Next(time.Now().Add(time.Millisecond)); in.Kind != TimedOut || in.Underway; {
			in = l.Next(time.Now().Add(time.Millisecond)) // on a busy machine it is for a while
		}
	}
}
