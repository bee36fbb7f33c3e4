package engine

import (
	"errors"
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

// TestRefuseSelfElse lets every other connection be.
func TestRefuseSelfElse(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	conn, err := dialAddress(t.Context(), "tcp", ln.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	other, err := ln.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
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
