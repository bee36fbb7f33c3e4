package speed

import (
	"testing"
	"testing/synctest"

	"github.com/wscheck/wscheck/gen"
	"github.com/wscheck/wscheck/wsproto"
)

// FuzzAlone starts the server in a bubble on the octets that our side sends in the
// conversation of a script, and wants it to read the request and to return.
func FuzzAlone(f *testing.F) {
	lib, err := Library()
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, program []byte) {
		script := gen.Decode(wsproto.Client, program)
		synctest.Test(t, func(t *testing.T) {
			c, err := newConn(script)
			if err != nil {
				t.Skip(err)
			}
			lib.Server(c)
			if c.request.Len() > 0 {
				t.Fatal("the request was not read")
			}
		})
	})
}
