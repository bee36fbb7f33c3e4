package link

import (
	"bytes"
	"errors"
	"io"
	"os"
	"syscall"
	"testing"
	"testing/synctest"
	"time"
)

// bothEnds runs a test with both ends of a connection in a bubble.
func bothEnds(t *testing.T, test func(t *testing.T, conn *MemConn, link *MemLink)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		conn := NewMemConn(new(Watch))
		test(t, conn, NewMemLink(conn))
	})
}

// next demands an input of that kind within an hour.
func next(t *testing.T, l *MemLink, want Kind) Input {
	t.Helper()
	in := l.Next(time.Now().Add(time.Hour))
	if in.Kind != want {
		t.Fatalf("input %+v, want kind %d", in, want)
	}
	return in
}

func TestMemConnChops(t *testing.T) {
	for _, c := range []struct {
		chop int
		want []string
	}{
		{0, []string{"abcde", "fg"}},
		{2, []string{"ab", "cd", "e", "fg"}},
		{1, []string{"a", "b", "c", "d", "e", "f", "g"}},
		{9, []string{"abcde", "fg"}},
	} {
		bothEnds(t, func(t *testing.T, conn *MemConn, link *MemLink) {
			link.Write([]byte("abcde"), c.chop)
			link.Write([]byte("fg"), c.chop)
			buf := make([]byte, 100)
			for _, want := range c.want {
				n, err := conn.Read(buf)
				if string(buf[:n]) != want || err != nil {
					t.Errorf("chop %d: read %q, %v, want %q", c.chop, buf[:n], err, want)
				}
			}
		})
	}
}

func TestMemConnShortRead(t *testing.T) {
	bothEnds(t, func(t *testing.T, conn *MemConn, link *MemLink) {
		link.Write([]byte("abcdef"), 4)
		buf := make([]byte, 3)
		for _, want := range []string{"abc", "d", "ef"} {
			if n, err := conn.Read(buf); string(buf[:n]) != want || err != nil {
				t.Errorf("read %q, %v, want %q", buf[:n], err, want)
			}
		}
		if n, err := conn.Read(nil); n != 0 || err != nil {
			t.Errorf("reading nothing: %d, %v", n, err)
		}
	})
}

func TestMemConnDeadlines(t *testing.T) {
	bothEnds(t, func(t *testing.T, conn *MemConn, link *MemLink) {
		start := time.Now()
		if err := conn.SetReadDeadline(start.Add(time.Second)); err != nil {
			t.Fatal(err)
		}
		_, err := conn.Read(make([]byte, 1))
		var timeout interface{ Timeout() bool }
		if !errors.Is(err, os.ErrDeadlineExceeded) || !errors.As(err, &timeout) || !timeout.Timeout() {
			t.Errorf("read: %v", err)
		}
		if waited := time.Since(start); waited != time.Second {
			t.Errorf("waited %v", waited)
		}
		// A deadline that is set while a call waits holds for it.
		go func() {
			time.Sleep(time.Second)
			conn.SetDeadline(time.Now().Add(time.Second))
		}()
		conn.SetReadDeadline(time.Time{})
		start = time.Now()
		if _, err := conn.Read(make([]byte, 1)); !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("read: %v", err)
		}
		if waited := time.Since(start); waited != 2*time.Second {
			t.Errorf("waited %v", waited)
		}
		conn.SetWriteDeadline(time.Now().Add(time.Second))
		n, err := conn.Write(make([]byte, memReceive+1))
		if n != memReceive || !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("wrote %d, %v, want %d and the deadline", n, err, memReceive)
		}
		conn.SetDeadline(time.Time{})
		link.Write([]byte("late"), 0)
		buf := make([]byte, 10)
		if n, err := conn.Read(buf); string(buf[:n]) != "late" || err != nil {
			t.Errorf("read %q, %v", buf[:n], err)
		}
	})
}

// TestMemConnBothWrite has both sides write more than is buffered before either
// reads.
func TestMemConnBothWrite(t *testing.T) {
	bothEnds(t, func(t *testing.T, conn *MemConn, link *MemLink) {
		const size = 3 * memReceive
		sent := bytes.Repeat([]byte("wscheck"), size/7)
		wrote, read := make(chan error, 1), make(chan []byte, 1)
		go func() {
			_, err := conn.Write(sent)
			wrote <- err
			got, _ := io.ReadAll(conn)
			read <- got
		}()
		link.Write(sent, 0)
		link.Shutdown()
		var got []byte
		for len(got) < len(sent) {
			switch in := link.Next(time.Now().Add(time.Second)); in.Kind {
			case Data:
				got = append(got, in.Data...)
			case Written:
			default:
				t.Fatalf("input %+v after %d octets", in, len(got))
			}
		}
		if err := <-wrote; err != nil || !bytes.Equal(got, sent) {
			t.Errorf("the peer's write: %v; equal: %v", err, bytes.Equal(got, sent))
		}
		if got := <-read; !bytes.Equal(got, sent) {
			t.Error("the peer read something else")
		}
	})
}

// TestMemLinkWritten demands that a write is reported once the peer has read enough, and at a
// deadline that it has read on.
func TestMemLinkWritten(t *testing.T) {
	bothEnds(t, func(t *testing.T, conn *MemConn, link *MemLink) {
		link.Write(make([]byte, memSend), 0)
		next(t, link, Written)
		link.Write(make([]byte, 2), 0)
		if in := link.Next(time.Now().Add(time.Second)); in.Kind != TimedOut || in.Quiet {
			t.Errorf("input %+v, want a deadline and a peer that has not read", in)
		}
		go conn.Read(make([]byte, 2))
		next(t, link, Written)
		began := time.Now()
		go io.Copy(io.Discard, conn)
		deadline := began.Add(time.Second)
		if in := link.Next(deadline); in.Kind != Reading || !in.At.Equal(began) {
			t.Errorf("input %+v, want a peer that has read on at %v", in, began)
		}
		if in := link.Next(deadline); in.Kind != TimedOut || !in.Quiet {
			t.Errorf("input %+v, want a deadline and a quiet peer", in)
		}
		link.Close(true)
	})
}

func TestMemConnPeerEnds(t *testing.T) {
	for _, c := range []struct {
		name string
		end  func(conn *MemConn, link *MemLink)
		want Kind
	}{
		{"close", func(conn *MemConn, _ *MemLink) { conn.Close() }, EOF},
		{"half-close", func(conn *MemConn, _ *MemLink) { conn.CloseWrite() }, EOF},
		{"close with octets unread", func(conn *MemConn, link *MemLink) {
			link.Write([]byte("unread"), 0)
			conn.Close()
		}, Reset},
		{"close without linger", func(conn *MemConn, _ *MemLink) {
			conn.SetLinger(0)
			conn.Close()
		}, Reset},
		{"panic", func(conn *MemConn, _ *MemLink) { conn.Die(errors.New("out of order"), nil) }, Died},
	} {
		t.Run(c.name, func(t *testing.T) {
			bothEnds(t, func(t *testing.T, conn *MemConn, link *MemLink) {
				if _, err := conn.Write([]byte("last words")); err != nil {
					t.Fatal(err)
				}
				c.end(conn, link)
				for link.written > 0 {
					next(t, link, Written)
				}
				if in := next(t, link, Data); string(in.Data) != "last words" {
					t.Errorf("data %q", in.Data)
				}
				next(t, link, c.want)
				if _, err := conn.Write([]byte("more")); err == nil {
					t.Error("the peer can still write")
				}
			})
		})
	}
}

func TestMemConnWeEnd(t *testing.T) {
	for _, c := range []struct {
		name        string
		end         func(link *MemLink)
		read        error // after what is to be read
		write       error
		readsBefore string
	}{
		{"close", func(link *MemLink) { link.Close(true) }, io.EOF, syscall.EPIPE, "last words"},
		{"shutdown", func(link *MemLink) { link.Shutdown() }, io.EOF, nil, "last words"},
		{"reset", func(link *MemLink) { link.Reset() }, syscall.ECONNRESET, syscall.EPIPE, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			bothEnds(t, func(t *testing.T, conn *MemConn, link *MemLink) {
				link.Write([]byte("last words"), 0)
				c.end(link)
				var got []byte
				var err error
				for buf := make([]byte, 4); err == nil; {
					var n int
					n, err = conn.Read(buf)
					got = append(got, buf[:n]...)
				}
				if string(got) != c.readsBefore || !errors.Is(err, c.read) {
					t.Errorf("read %q, %v, want %q, %v", got, err, c.readsBefore, c.read)
				}
				if _, err := conn.Write([]byte("more")); !errors.Is(err, c.write) {
					t.Errorf("write: %v, want %v", err, c.write)
				}
			})
		})
	}
}
