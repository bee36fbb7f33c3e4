// Package visible shows text that a peer may have sent: on a terminal, on a page or in
// a log.
package visible

import (
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/wscheck/wscheck/internal/plural"
)

// Text returns s as it can be shown anywhere: what is not printable, not
// UTF-8, or changes the direction of the text around it is written as an escape
// (\x00, \u202e), and a string longer than limit octets is cut, and its size
// follows. Everything that a peer sent goes through here before it gets near
// a terminal or a page.
func Text(s string, limit int) string {
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

// Lines is visible for text of many lines: ends of lines stay, and a line
// feed or carriage return that stands alone is shown.
func Lines(s string, limit int) string {
	size := len(s)
	s = s[:min(size, limit)]
	var b strings.Builder
	for i, line := range strings.Split(s, "\n") {
		if i > 0 {
			b.WriteByte('\n')
		}
		line = strings.ReplaceAll(strings.TrimSuffix(line, "\r"), "\t", "    ")
		b.WriteString(Text(line, limit))
	}
	if size > limit {
		b.WriteString("\n… [" + plural.Of(size, "octet") + "]")
	}
	return b.String()
}

// Plain is s with what is not printable replaced: nothing in it moves a terminal's cursor,
// or turns round what stands beside it.
func Plain(s string) string {
	return strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return utf8.RuneError
		}
		return r
	}, s)
}

// Word is s as one word of a POSIX shell's command line.
func Word(s string) string {
	special := func(c rune) bool {
		return (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && !strings.ContainsRune("/.:_-+@%,", c)
	}
	if s != "" && s[0] != '-' && !strings.ContainsFunc(s, special) {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}

// Line is s with all white space made single blanks.
func Line(s string) string { return strings.Join(strings.Fields(s), " ") }

// Span is a duration for people: three digits that count, and a unit.
func Span(d time.Duration) string {
	for _, u := range []struct {
		size time.Duration
		name string
	}{{time.Second, "s"}, {time.Millisecond, "ms"}, {time.Microsecond, "µs"}} {
		if d < u.size {
			continue
		}
		n := float64(d) / float64(u.size)
		decimals := 0
		switch {
		case d%u.size == 0 || n >= 100:
		case n < 10:
			decimals = 2
		default:
			decimals = 1
		}
		return strconv.FormatFloat(n, 'f', decimals, 64) + " " + u.name
	}
	return strconv.FormatInt(d.Nanoseconds(), 10) + " ns"
}

// Columns cuts text to so many code points; the last is an ellipsis then.
func Columns(text string, n int) string {
	runes := []rune(text)
	if len(runes) <= n {
		return text
	}
	return string(runes[:n-1]) + "…"
}

// Fold breaks text at blanks into lines of so many columns, where words are not
// longer; 0 is any number. column is how many columns of the first line are taken;
// further lines begin with four blanks.
func Fold(text string, column, width int) string {
	if width <= 0 {
		return text
	}
	var b strings.Builder
	for i, word := range strings.Split(text, " ") {
		n := utf8.RuneCountInString(word)
		switch {
		case i == 0:
		case word != "" && column+1+n > width:
			b.WriteString("\n    ")
			column = 4
		default:
			b.WriteByte(' ')
			column++
		}
		b.WriteString(word)
		column += n
	}
	return b.String()
}
