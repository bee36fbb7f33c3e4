package link

import (
	"syscall"
	"testing"
	"time"
)

// TestUnderway holds that an octet is underway until the peer's system has said that it came, which that does late here,
// and that what it has taken is not, read or not, nor what waits until it has room.
func TestUnderway(t *testing.T) {
	conn, theirs := dialled(t)
	l := NewSocket(conn, gap)
	defer l.Close(false)
	send := func(octets int) (underway bool) {
		l.Write(make([]byte, octets), 0)
		for {
			in := l.Next(time.Now().Add(time.Millisecond))
			if in.Kind == TimedOut && !in.Underway {
				return underway
			}
			underway = underway || in.Underway
		}
	}
	seen := false
	for range 1000 { // on a busy machine we may look too late
		control(theirs, func(fd int) { _ = syscall.SetsockoptInt(fd, syscall.IPPROTO_TCP, syscall.TCP_QUICKACK, 0) })
		if seen = seen || send(1); seen {
			break
		}
	}
	if !seen {
		t.Error("no octet was underway")
	}
	send(16 << 20)
}
