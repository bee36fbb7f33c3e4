package raw_test

import (
	"testing"

	"github.com/wscheck/wscheck/internal/raw"
	"github.com/wscheck/wscheck/wsproto"
)

// FuzzScript has any octets be a script, in either role, and come out of it as
// they were, also once it was written as text.
func FuzzScript(f *testing.F) {
	f.Add([]byte(request + "\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58"))
	f.Add([]byte(response + "\x81\x05Hello\x88\x02\x03\xe8"))
	f.Add([]byte("HTTP/1.1 ${accept}\n\n"))
	f.Fuzz(func(t *testing.T, octets []byte) {
		for _, role := range []wsproto.Role{wsproto.Client, wsproto.Server} {
			back(t, raw.Script(role, octets), string(octets))
		}
	})
}
