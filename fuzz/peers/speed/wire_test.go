package speed

import (
	"testing"

	"github.com/wscheck/wscheck/fuzz/peers"
	"github.com/wscheck/wscheck/oracle"
)

// TestConn has every library echo what a script sends.
func TestConn(t *testing.T) {
	s, err := oracle.ParseScript("as client\nmessage TEXT \"Hello\"\nframe PING \"a\"\nend: ping, await the pong, close\n")
	if err != nil {
		t.Fatal(err)
	}
	for _, lib := range peers.All() {
		c := newConn(s)
		lib.Server(c)
		if least := len(request)/2 + len("..Hello"); c.written < least {
			t.Errorf("%s has written %d octets, want %d or more", lib.Name, c.written, least)
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
