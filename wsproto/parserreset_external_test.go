package wsproto_test

import (
	"testing"

	"github.com/wscheck/wscheck/wsproto"
)

// A parser that is used again, from wherever it was, begins anew.
func TestParserReset(t *testing.T) {
	for _, left := range []string{"", "\x81", "\x81\x85\x01\x02\x03\x04a", "\x81\x01"} {
		var p wsproto.Parser
		p.Offset = 7
		p.Feed([]byte(left))
		for ok := true; ok; {
			_, ok = p.Next()
		}
		p.Reset()
		p.Feed([]byte("\x89\x00"))
		it, ok := p.Next()
		if !ok || it.Kind != wsproto.ItemHeader || it.Header.Opcode != wsproto.OpPing || it.Offset != 0 || len(p.Pending()) != 0 {
			t.Errorf("after %q: %+v, %v", left, it, ok)
		}
	}
}
