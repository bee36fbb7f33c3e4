package notation

import (
	"bytes"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/wscheck/wscheck/wsproto"
)

// Is reports whether the token is this word or mark.
func (s *Scanner) Is(text string) bool {
	if text == Times && s.Token.Kind == Word && s.Token.Text == "x" {
		return true
	}
	return (s.Token.Kind == Word || s.Token.Kind == Mark) && s.Token.Text == text
}

// Accept reads on if the token is this word or mark.
func (s *Scanner) Accept(text string) bool {
	is := s.Is(text)
	if is {
		s.Advance()
	}
	return is
}

// Expect reads these words, which have to be there.
func (s *Scanner) Expect(words ...string) {
	for i, w := range words {
		if !s.Accept(w) {
			panic(s.ErrorHere("%s: want %q", s.Found(), strings.Join(words[i:], " ")))
		}
	}
}

// Found names the token for an error.
func (s *Scanner) Found() string {
	switch s.Token.Kind {
	case End:
		return "the text ends"
	case Line:
		return "the line ends"
	case Literal:
		return "a literal"
	}
	return strconv.Quote(Clip(s.Token.Text))
}

// Clip cuts a word that is longer than any that means something.
func Clip(s string) string {
	const most = 40
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "") + "…"
}

// EndLine reads the end of the line.
func (s *Scanner) EndLine() {
	switch s.Token.Kind {
	case End:
	case Line:
		s.Advance()
	default:
		panic(s.ErrorHere("%s: want the end of the line", s.Found()))
	}
}

// Number reads a number of up to most.
func (s *Scanner) Number(what string, most uint64) uint64 {
	n, ok := ParseNumber(s.Token.Text)
	if s.Token.Kind != Word || !ok || n > most {
		panic(s.ErrorHere("%s: want %s, a number of at most %d", s.Found(), what, most))
	}
	s.Advance()
	return n
}

// Count reads a number that is an int.
func (s *Scanner) Count(what string) int { return int(s.Number(what, MaxNumber)) }

// OctetCount reads "5 octets".
func (s *Scanner) OctetCount() int {
	n := s.Count("a number of octets")
	if !s.Accept("octet") {
		s.Expect("octets")
	}
	return n
}

// Duration reads a time such as 1.5s.
func (s *Scanner) Duration(most time.Duration) time.Duration {
	d, err := time.ParseDuration(s.Token.Text)
	if s.Token.Kind != Word || err != nil || d < 0 || d > most {
		panic(s.ErrorHere("%s: want a time of at most %v, such as 1.5s or 200ms", s.Found(), most))
	}
	s.Advance()
	return d
}

// Literals reads all literals from here on as one. It is nil where there is
// none, and not where there are only empty ones.
func (s *Scanner) Literals() []byte {
	var octets []byte
	for {
		switch {
		case s.Token.Kind == Literal:
			octets = append(octets, s.Token.Octets...)
			if octets == nil {
				octets = []byte{}
			}
			s.Advance()
		case s.Is("("):
			unit, n := s.repeated()
			octets = append(octets, bytes.Repeat(unit, n)...)
		default:
			return octets
		}
	}
}

// repeated reads ("ab" × 1000).
func (s *Scanner) repeated() (unit []byte, n int) {
	at := s.At
	s.Advance()
	for s.Token.Kind == Literal {
		unit = append(unit, s.Token.Octets...)
		s.Advance()
	}
	if len(unit) == 0 {
		panic(s.ErrorHere("%s: want a literal that is not empty, as in (\"ab\" × 1000)", s.Found()))
	}
	s.Expect(Times)
	n = s.Count("how often it is repeated")
	if n == 0 {
		panic(s.ErrorHere("repeated 0 times: leave it out"))
	}
	s.hold(at, len(unit), n)
	s.Expect(")")
	return unit, n
}

// Options reads options in any order. set sets one, and returns what it is about,
// which only one option may be, and whether there is such an option. of and known
// are for the error.
func (s *Scanner) Options(set func(words string) (about string, ok bool), of string, known func() string) {
	if !s.Accept("[") {
		return
	}
	var seen []string
	for {
		at := s.At
		words := s.words()
		about, ok := set(words)
		switch {
		case !ok:
			panic(s.ErrorIn(at, "%q: want an option of %s: %s", Clip(words), of, known()))
		case slices.Contains(seen, about):
			panic(s.ErrorIn(at, "%q: there is an option of that kind already: leave one out", Clip(words)))
		}
		seen = append(seen, about)
		if !s.Accept(",") {
			s.Expect("]")
			return
		}
	}
}

// words reads the words from here on, a few of them at most, and joins them.
func (s *Scanner) words() string {
	const most = 10
	var words []string
	for s.Token.Kind == Word && len(words) < most {
		words = append(words, s.Token.Text)
		s.Advance()
	}
	return strings.Join(words, " ")
}

// ParseNumber reads a number in decimal, or in hexadecimal after 0x.
func ParseNumber(text string) (uint64, bool) {
	base := 10
	if digits, ok := strings.CutPrefix(text, "0x"); ok {
		text, base = digits, 16
	}
	n, err := strconv.ParseUint(text, base, 64)
	return n, err == nil
}

// ParseOctets reads "5 octets".
func ParseOctets(text string) (int, bool) {
	digits, unit, _ := strings.Cut(text, " ")
	n, ok := ParseNumber(digits)
	return int(min(n, MaxNumber)), ok && n <= MaxNumber && (unit == "octet" || unit == "octets")
}

// Text reads literals, which have to be there.
func (s *Scanner) Text(what string) []byte {
	found := s.Found()
	octets := s.Literals()
	if octets == nil {
		panic(s.ErrorHere("%s: want %s, as text between quotes", found, what))
	}
	return octets
}

// Role reads the line with our role.
func (s *Scanner) Role() wsproto.Role {
	s.Expect("as")
	role, err := wsproto.ParseRole(s.Token.Text)
	if s.Token.Kind != Word || err != nil {
		panic(s.ErrorHere("%s: want the role that our side plays, client or server", s.Found()))
	}
	s.Advance()
	s.EndLine()
	return role
}

// Opcode reads the name of an opcode.
func (s *Scanner) Opcode() wsproto.Opcode {
	text := s.Token.Text
	if s.Token.Kind == Word {
		for op := wsproto.OpContinuation; op <= wsproto.OpPong; op++ {
			if text == op.String() {
				s.Advance()
				return op
			}
		}
		if digits, ok := strings.CutPrefix(text, "RSV"); ok {
			if n, err := strconv.ParseUint(digits, 16, 8); err == nil {
				s.Advance()
				return wsproto.Opcode(n)
			}
		}
	}
	panic(s.ErrorHere("%s: want an opcode: CONT, TEXT, BINARY, CLOSE, PING, PONG, or RSV and a hexadecimal digit", s.Found()))
}
