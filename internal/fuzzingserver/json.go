package fuzzingserver

import (
	"fmt"
	"strings"
	"unicode/utf16"
)

// quote is a text as a string of JSON in the form of Autobahn|Testsuite, which is
// that of Python's json module: ASCII alone, and nothing escaped without need.
func quote(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range s {
		if i := strings.IndexRune("\"\\\b\f\n\r\t", r); i >= 0 {
			b.WriteByte('\\')
			b.WriteByte("\"\\bfnrt"[i])
			continue
		}
		switch {
		case r >= ' ' && r <= 0x7f:
			b.WriteRune(r)
		case r > 0xffff:
			high, low := utf16.EncodeRune(r)
			fmt.Fprintf(&b, `\u%04x\u%04x`, high, low)
		default:
			fmt.Fprintf(&b, `\u%04x`, r)
		}
	}
	b.WriteByte('"')
	return b.String()
}
