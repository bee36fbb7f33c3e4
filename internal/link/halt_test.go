package link

import (
	"bytes"
	"errors"
	"io"
	"net"
	"testing"
	"testing/synctest"
	"time"
)

// TestPiecesLeaveApart holds that octets that are written in pieces, or by themselves,
// do not leave in one go with those before and after them.
func TestPiecesLeaveApart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		conn := new(stampedConn)
		l := &Socket{conn: conn, gap: gap}
		for _, w := range []socketWrite{
			{data: []byte("together")}, {data: []byte("too")},
			{data: []byte("abc"), chop: 1}, {data: []byte("de"), chop: 2}, {data: []byte("after")},
			{data: make([]byte, 2*pacedOctets), chop: 2 * pacedOctets}, {data: []byte("last")}, {data: []byte("one")},
		} {
			if err := l.writeOut(w); err != nil {
				t.Fatal(err)
			}
		}
		apart := []bool{false, false, true, true, true, true, true, true, true, false}
		if len(conn.at) != len(apart) {
			t.Fatalf("%d writes, want %d", len(conn.at), len(apart))
		}
		for i := 1; i < len(apart); i++ {
			if left := conn.at[i].Sub(conn.at[i-1]); (left >= gap()) != apart[i] {
				t.Errorf("write %d left %v after the one before, want a gap: %v", i, left, apart[i])
			}
		}
	})
}

// gap is the time between two pieces.
func gap() time.Duration { return time.Millisecond }

// stampedConn notes when it was written to.
type stampedConn struct {
	net.Conn
	at []time.Time
}

func (c *stampedConn) Write(p []byte) (int, error) {
	c.at = append(c.at, time.Now())
	return len(p), nil
}

// TestMemLinkHalts holds that a peer has room for a few octets while we do not read, and
// that its writes wait for each other.
func TestMemLinkHalts(t *testing.T) {
	bothEnds(t, func(t *testing.T, conn *MemConn, link *MemLink) {
		link.StopReading()
		written := make(chan error, 2)
		first, second := bytes.Repeat([]byte("1"), memHaltedReceive+10), bytes.Repeat([]byte("2"), 10)
		go func() {
			_, err := conn.Write(first)
			written <- err
		}()
		synctest.Wait()
		go func() {
			_, err := conn.Write(second)
			written <- err
		}()
		synctest.Wait()
		if in := link.Next(time.Now().Add(time.Second)); in.Kind != TimedOut || len(written) > 0 {
			t.Fatalf("got input %+v and %d writes done while nothing is read, want none", in, len(written))
		}
		link.Resume()
		var got []byte
		for len(got) < len(first)+len(second) {
			got = append(got, next(t, link, Data).Data...)
		}
		if want := append(first, second...); !bytes.Equal(got, want) {
			t.Errorf("got %q, want the second write after the first", got[max(0, len(got)-30):])
		}
		if err := errors.Join(<-written, <-written); err != nil {
			t.Error(err)
		}
	})
}

// TestLiveLinkHalts holds that nothing is passed on over a socket while we do not read,
// be it octets or the end of the stream, and all of it after that.
func TestLiveLinkHalts(t *testing.T) {
	ours, theirs := net.Pipe()
	link := NewSocket(ours, gap)
	defer link.Close(false)
	link.StopReading()
	link.StopReading() // twice is once
	go func() {
		_, _ = theirs.Write([]byte("held"))
		_ = theirs.Close()
	}()
	if in := link.Next(time.Now().Add(time.Millisecond)); in.Kind != TimedOut {
		t.Errorf("input %+v while nothing is read, want none", in)
	}
	link.Resume()
	var got []byte
	for {
		in := link.Next(time.Now().Add(time.Hour))
		if in.Kind == EOF {
			break
		}
		if in.Kind != Data {
			t.Fatalf("input %+v, want octets and then the end", in)
		}
		got = append(got, in.Data...)
	}
	if string(got) != "held" {
		t.Errorf("got %q, want what was sent meanwhile", got)
	}
}

// TestLiveLinkClosedWhileHalted holds that a link that does not read can be closed.
func TestLiveLinkClosedWhileHalted(t *testing.T) {
	ours, theirs := net.Pipe()
	link := NewSocket(ours, gap)
	link.StopReading()
	link.Close(true)
	if _, err := theirs.Read(make([]byte, 1)); !errors.Is(err, io.EOF) {
		t.Errorf("got error %v, want the end of the stream", err)
	}
}
