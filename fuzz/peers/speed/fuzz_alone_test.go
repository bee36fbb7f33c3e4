package speed

import (
	"testing"

	"github.com/wscheck/wscheck/gen"
	"github.com/wscheck/wscheck/wsproto"
)

// FuzzAlone starts the server on the octets of a script, and wants it to answer
// the request and to return.
func FuzzAlone(f *testing.F) {
	lib, err := Library()
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, program []byte) {
		c := newConn(gen.Decode(wsproto.Client, program))
		lib.Server(c)
		if c.written == 0 {
			t.Fatal("the request was not answered")
		}
	})
}
