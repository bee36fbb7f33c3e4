package link

import (
	"errors"
	"io"
	"net"
	"syscall"
	"testing"
)

// TestRefuseSelf demands that a connection to itself counts as refused, and
// leaves its port free.
func TestRefuseSelf(t *testing.T) {
	var conn net.Conn
	for range 10 { // somebody else may take the port meanwhile
		ln, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		addr := ln.Addr().(*net.TCPAddr)
		ln.Close()
		d := net.Dialer{LocalAddr: addr}
		if conn, err = d.Dial("tcp", addr.String()); err == nil {
			break
		}
	}
	if conn == nil {
		t.Skip("this system connects no port to itself")
	}
	address := conn.LocalAddr().String()
	if address != conn.RemoteAddr().String() {
		t.Fatalf("connected from %s to %s", address, conn.RemoteAddr())
	}
	if _, err := refuseSelf(conn); !errors.Is(err, syscall.ECONNREFUSED) {
		t.Errorf("error %v, want that the connection is refused", err)
	}
	if _, err := conn.Write([]byte("x")); err == nil {
		t.Error("the connection is still open")
	}
}

// dialled returns both ends of a connection that [Dial] made.
func dialled(t *testing.T) (conn, other net.Conn) {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	if conn, err = Dial(t.Context(), "tcp", ln.Addr().String()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	if other, err = ln.Accept(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { other.Close() })
	return conn, other
}

// TestRefuseSelfElse lets every other connection be.
func TestRefuseSelfElse(t *testing.T) {
	_, other := dialled(t)
	if _, err := refuseSelf(other); err != nil {
		t.Error(err)
	}
	a, b := net.Pipe()
	defer b.Close()
	defer a.Close()
	if _, err := refuseSelf(a); err != nil {
		t.Error(err)
	}
}

// halves counts what a connection is asked for beyond net.Conn.
type halves struct {
	net.Conn
	ended, lingers int
}

func (h *halves) CloseWrite() error   { h.ended++; return nil }
func (h *halves) SetLinger(int) error { h.lingers++; return nil }

// secured is a connection as package crypto/tls wraps it.
type secured struct{ net.Conn }

func (s secured) NetConn() net.Conn { return s.Conn }

func TestRewind(t *testing.T) {
	ours, theirs := net.Pipe()
	go func() {
		_, _ = theirs.Write([]byte("behind"))
		theirs.Close()
	}()
	got, err := io.ReadAll(Rewind(ours, []byte("the head, and what is ")))
	if want := "the head, and what is behind"; err != nil || string(got) != want {
		t.Errorf("got %q, %v; want %q", got, err, want)
	}
	tcp := &halves{Conn: ours}
	for _, conn := range []net.Conn{tcp, secured{tcp}, ours} {
		r := Rewind(conn, nil).(*rewound)
		if err := r.CloseWrite(); err != nil {
			t.Error(err)
		}
		if err := r.SetLinger(0); err != nil {
			t.Error(err)
		}
	}
	if tcp.ended != 1 || tcp.lingers != 2 {
		t.Errorf("%d half closes and %d lingers got through", tcp.ended, tcp.lingers)
	}
}
