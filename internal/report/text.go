package report

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/wscheck/wscheck/internal/plural"
)

// visible returns s as it can be shown anywhere: what is not printable, not
// UTF-8, or changes the direction of the text around it is written as an escape
// (\x00, \u202e), and a string longer than limit octets is cut, with its size
// behind it. Everything that a peer sent goes through here before it gets near
// a terminal or a page.
func visible(s string, limit int) string {
	size := len(s)
	if size > limit {
		s = s[:limit]
		for i := 1; i < utf8.UTFMax && i <= limit; i++ { // cut between code points
			if tail := s[limit-i:]; utf8.RuneStart(tail[0]) {
				if !utf8.FullRuneInString(tail) {
					s = s[:limit-i]
				}
				break
			}
		}
	}
	plain := true
	for i := range len(s) {
		if s[i] < ' ' || s[i] > '~' {
			plain = false
			break
		}
	}
	if plain && len(s) == size {
		return s
	}

	var b strings.Builder
	b.Grow(len(s) + 16)
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == utf8.RuneError && n == 1:
			b.WriteString(`\x` + strconv.FormatUint(uint64(s[i])|0x100, 16)[1:])
		case strconv.IsPrint(r):
			b.WriteString(s[i : i+n])
		default:
			quoted := strconv.QuoteRune(r)
			b.WriteString(quoted[1 : len(quoted)-1])
		}
		i += n
	}
	if len(s) < size {
		b.WriteString("… [" + plural.Of(size, "octet") + "]")
	}
	return b.String()
}
