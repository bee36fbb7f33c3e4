package notation

import (
	"cmp"
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Octets in the text forms of scripts and traces are literals: quoted text with
// the escapes of Go ("caf\u00e9\r\n"), or hexadecimal digits (<00ff>), whichever
// is shorter. Literals that stand side by side are one. In brackets, one is
// repeated: ("a" × 65536) stands for as many octets as it would be long.
const (
	wholeColumns = 88 // of a quoted text that is all of a literal
	chunkColumns = 72 // of one that is a part
	chunkOctets  = 32 // of a part in hexadecimal digits
	lineColumns  = 96 // from which on a part begins a line of its own

	maxPeriod = 8  // octets of what is found to repeat
	minRun    = 64 // octets from which on a repetition is written as one
)

// Writer writes literals, over several lines where they are long.
type Writer struct {
	strings.Builder
	start int // of the line under way
}

// EndLine ends the line.
func (w *Writer) EndLine() {
	w.WriteByte('\n')
	w.start = w.Len()
}

// Literal writes octets, with a blank before them.
func (w *Writer) Literal(octets []byte) {
	if len(octets) == 0 {
		w.WriteString(` ""`)
		return
	}
	runs := newRuns(octets)
	plain := 0 // where what is not repeated begins
	for at := 0; at < len(octets); {
		period, times := runs.at(at)
		if times == 0 {
			at++
			continue
		}
		w.plain(octets[plain:at])
		unit := Writer{}
		unit.plain(octets[at : at+period])
		w.word(fmt.Sprintf("(%s × %d)", strings.TrimSpace(unit.String()), times))
		at += period * times
		plain = at
	}
	w.plain(octets[plain:])
}

// word writes a word of a literal, on a line of its own where this one is full.
func (w *Writer) word(s string) {
	if column := w.Len() - w.start; column > 0 && column+1+len(s) > lineColumns {
		w.continueLine()
	}
	w.WriteByte(' ')
	w.WriteString(s)
}

// continueLine has what follows stand in the next line.
func (w *Writer) continueLine() {
	w.EndLine()
	w.WriteByte(' ')
}

// plain writes octets without looking for repetitions.
func (w *Writer) plain(octets []byte) {
	text := Quote(octets)
	if len(text) > 2*len(octets)+len("<>") {
		for len(octets) > 0 {
			n := min(len(octets), chunkOctets)
			w.word("<" + hex.EncodeToString(octets[:n]) + ">")
			octets = octets[n:]
		}
		return
	}
	if len(text) <= wholeColumns {
		if len(octets) > 0 {
			w.word(text)
		}
		return
	}
	for len(octets) > 0 {
		n := chunk(octets)
		w.word(Quote(octets[:n]))
		if octets[n-1] == '\n' && n < len(octets) {
			w.continueLine()
		}
		octets = octets[n:]
	}
}

// chunk returns how many octets go into one quoted text of a long literal: to
// the end of a line, or as many as there is room for, up to a blank where one is
// near.
func chunk(octets []byte) int {
	columns, blank := len(`""`), 0
	for at := 0; at < len(octets); {
		r, size := utf8.DecodeRune(octets[at:])
		var escaped [12]byte
		columns += len(appendEscaped(escaped[:0], octets[at:at+size], r))
		if columns > chunkColumns {
			return cmp.Or(blank, at)
		}
		at += size
		if r == ' ' && columns > chunkColumns/2 {
			blank = at
		}
		if r == '\n' && at < len(octets) && octets[at] != '\r' && octets[at] != '\n' {
			return at
		}
	}
	return len(octets)
}

// Quote writes octets as quoted text that Go reads too.
func Quote(octets []byte) string {
	b := make([]byte, 0, len(octets)+len(`""`))
	b = append(b, '"')
	for at := 0; at < len(octets); {
		r, size := utf8.DecodeRune(octets[at:])
		b = appendEscaped(b, octets[at:at+size], r)
		at += size
	}
	return string(append(b, '"'))
}

// appendEscaped appends one code point, or one octet that is not a code point.
func appendEscaped(b, octets []byte, r rune) []byte {
	switch {
	case r == utf8.RuneError && len(octets) == 1:
		return fmt.Appendf(b, `\x%02x`, octets[0])
	case r == '"', r == '\\':
		return append(b, '\\', byte(r))
	case printable(r):
		return append(b, octets...)
	}
	switch r {
	case '\t':
		return append(b, `\t`...)
	case '\n':
		return append(b, `\n`...)
	case '\r':
		return append(b, `\r`...)
	}
	switch {
	case r < utf8.RuneSelf:
		return fmt.Appendf(b, `\x%02x`, r)
	case r <= 0xffff:
		return fmt.Appendf(b, `\u%04x`, r)
	}
	return fmt.Appendf(b, `\U%08x`, r)
}

// printables are the code points that quoted text shows as they are, beyond
// ASCII. The table is ours, since that of package unicode grows: a text, and all
// that is derived from it, has to be the same for ever.
var printables = [...][2]rune{
	{0xa1, 0xac}, {0xae, 0x24f}, // Latin
	{0x391, 0x3a1}, {0x3a3, 0x3ce}, {0x1f70, 0x1f7d}, // Greek
	{0x400, 0x45f},     // Cyrillic
	{0x5d0, 0x5ea},     // Hebrew
	{0x2010, 0x2027},   // punctuation
	{0x20ac, 0x20ac},   // euro
	{0x2190, 0x21ff},   // arrows
	{0x3041, 0x3096},   // Hiragana
	{0x30a1, 0x30fa},   // Katakana
	{0x4e00, 0x9fa5},   // ideographs
	{0xac00, 0xd7a3},   // Hangul
	{0x1f300, 0x1f64f}, // pictographs
}

func printable(r rune) bool {
	if r < utf8.RuneSelf {
		return r >= ' ' && r <= '~'
	}
	for _, span := range printables {
		if r >= span[0] && r <= span[1] {
			return true
		}
	}
	return false
}

// runs finds repetitions in octets.
type runs struct {
	octets []byte
	same   [maxPeriod + 1]int // by period: up to here, octets equal those a period later
}

func newRuns(octets []byte) *runs { return &runs{octets: octets} }

// at returns what is repeated from an offset on, and how often; 0 times where
// nothing is, or not for long. Offsets must not decrease.
func (r *runs) at(offset int) (period, times int) {
	for period = 1; period <= maxPeriod; period++ {
		same := max(r.same[period], offset)
		for same+period < len(r.octets) && r.octets[same] == r.octets[same+period] {
			same++
		}
		r.same[period] = same
		if n := same + period - offset; same > offset && n >= minRun {
			return period, n / period
		}
	}
	return 0, 0
}

// IsWord reports whether s can stand in the text form without quotes.
func IsWord(s string) bool {
	for i := range len(s) {
		c := s[i]
		letter := 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
		if !letter && (i == 0 || (c < '0' || c > '9') && c != '-' && c != '_') {
			return false
		}
	}
	return s != ""
}

// Octets writes a count: "1 octet", "2 octets".
func Octets(n int) string {
	if n == 1 {
		return "1 octet"
	}
	return strconv.Itoa(n) + " octets"
}
