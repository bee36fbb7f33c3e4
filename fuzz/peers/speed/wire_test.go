package speed

import (
	"testing"
	"testing/synctest"

	"github.com/wscheck/wscheck/fuzz/peers"
	"github.com/wscheck/wscheck/oracle"
)

// TestConn has every library answer what a script and its end send, and return where it sends no whole
// request.
func TestConn(t *testing.T) {
	for _, c := range []struct {
		script string
		least  int // octets of an answer
	}{
		{"message TEXT \"Hello\" [in frames of 2 octets]\nframe PING \"a\"\necho 3 × TEXT \"x\"", len("HTTP/1.1 101") + len("..Hello..a..x..x..x..ping....")},
		{"handshake raw \"GET / HTTP/1.1\\r\\nHost: x\"", 0},
	} {
		s, err := oracle.ParseScript("as client\n" + c.script + "\nend: ping, await the pong, close\n")
		if err != nil {
			t.Fatal(err)
		}
		for _, lib := range peers.All() {
			synctest.Test(t, func(t *testing.T) {
				conn, err := newConn(s)
				if err != nil {
					t.Fatal(err)
				}
				lib.Server(conn)
				if conn.written < c.least || conn.request.Len() > 0 {
					t.Errorf("%s has written %d octets, want %d or more", lib.Name, conn.written, c.least)
				}
			})
		}
	}
}

func TestLibrary(t *testing.T) {
	t.Setenv(Variable, "")
	if lib, err := Library(); err != nil || lib.Name != "gobwas" {
		t.Errorf("%s, %v", lib.Name, err)
	}
	t.Setenv(Variable, "nobody")
	if _, err := Library(); err == nil {
		t.Error("no error for a library that there is not")
	}
}
