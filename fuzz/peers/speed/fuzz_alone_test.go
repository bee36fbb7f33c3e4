package speed

import (
	"testing"
	"testing/synctest"

	"github.com/wscheck/wscheck/gen"
	"github.com/wscheck/wscheck/internal/wire"
	"github.com/wscheck/wscheck/wsproto"
)

// FuzzAlone starts the server in a bubble on the octets of a script, and wants it to read
// the request and to return.
func FuzzAlone(f *testing.F) {
	lib, err := Library()
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, program []byte) {
		r, err := wire.Render(gen.Decode(wsproto.Client, program), wire.Options{})
		if err != nil {
			t.Skip(err)
		}
		synctest.Test(t, func(t *testing.T) {
			c := newConn(r)
			lib.Server(c)
			if c.request.Len() > 0 {
				t.Fatal("the request was not read")
			}
		})
	})
}
