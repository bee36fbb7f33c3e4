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
func (s *Scanner) Accept(text string) (bool, error) {
	if !s.Is(text) {
		return false, nil
	}
	return true, s.Advance()
}

// Expect reads these words, which have to be there.
func (s *Scanner) Expect(words ...string) error {
	for i, w := range words {
		ok, err := s.Accept(w)
		if err != nil {
			return err
		}
		if !ok {
			return s.ErrorHere("%s: want %q", s.Found(), strings.Join(words[i:], " "))
		}
	}
	return nil
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
func (s *Scanner) EndLine() error {
	if s.Token.Kind == End {
		return nil
	}
	if s.Token.Kind != Line {
		return s.ErrorHere("%s: want the end of the line", s.Found())
	}
	return s.Advance()
}

// Number reads a number of up to most.
func (s *Scanner) Number(what string, most uint64) (uint64, error) {
	n, ok := ParseNumber(s.Token.Text)
	if s.Token.Kind != Word || !ok || n > most {
		return 0, s.ErrorHere("%s: want %s, a number of at most %d", s.Found(), what, most)
	}
	return n, s.Advance()
}

// Count reads a number that is an int.
func (s *Scanner) Count(what string) (int, error) {
	n, err := s.Number(what, MaxNumber)
	return int(n), err
}

// OctetCount reads "5 octets".
func (s *Scanner) OctetCount() (int, error) {
	n, err := s.Count("a number of octets")
	if err != nil {
		return 0, err
	}
	if one, err := s.Accept("octet"); one || err != nil {
		return n, err
	}
	return n, s.Expect("octets")
}

// Duration reads a time such as 1.5s.
func (s *Scanner) Duration(most time.Duration) (time.Duration, error) {
	d, err := time.ParseDuration(s.Token.Text)
	if s.Token.Kind != Word || err != nil || d < 0 || d > most {
		return 0, s.ErrorHere("%s: want a time of at most %v, such as 1.5s or 200ms", s.Found(), most)
	}
	return d, s.Advance()
}

// Literals reads all literals from here on as one. It is nil where there is
// none, and not where there are only empty ones.
func (s *Scanner) Literals() ([]byte, error) {
	var octets []byte
	for {
		switch {
		case s.Token.Kind == Literal:
			octets = append(octets, s.Token.Octets...)
			if octets == nil {
				octets = []byte{}
			}
			if err := s.Advance(); err != nil {
				return nil, err
			}
		case s.Is("("):
			unit, n, err := s.repeated()
			if err != nil {
				return nil, err
			}
			octets = append(octets, bytes.Repeat(unit, n)...)
		default:
			return octets, nil
		}
	}
}

// repeated reads ("ab" × 1000).
func (s *Scanner) repeated() (unit []byte, n int, err error) {
	at := s.At
	if err = s.Advance(); err != nil {
		return nil, 0, err
	}
	for s.Token.Kind == Literal {
		unit = append(unit, s.Token.Octets...)
		if err = s.Advance(); err != nil {
			return nil, 0, err
		}
	}
	if len(unit) == 0 {
		return nil, 0, s.ErrorHere("%s: want a literal that is not empty, as in (\"ab\" × 1000)", s.Found())
	}
	if err = s.Expect(Times); err != nil {
		return nil, 0, err
	}
	if n, err = s.Count("how often it is repeated"); err != nil {
		return nil, 0, err
	}
	if n == 0 {
		return nil, 0, s.ErrorHere("repeated 0 times: leave it out")
	}
	if err = s.hold(at, len(unit), n); err != nil {
		return nil, 0, err
	}
	return unit, n, s.Expect(")")
}

// Options reads options in any order. set sets one, and returns what it is about,
// which only one option may be, and whether there is such an option. of and known
// are for the error.
func (s *Scanner) Options(set func(words string) (about string, ok bool), of string, known func() string) error {
	open, err := s.Accept("[")
	if err != nil || !open {
		return err
	}
	var seen []string
	for {
		at := s.At
		words, err := s.words()
		if err != nil {
			return err
		}
		about, ok := set(words)
		switch {
		case !ok:
			return s.ErrorIn(at, "%q: want an option of %s: %s", Clip(words), of, known())
		case slices.Contains(seen, about):
			return s.ErrorIn(at, "%q: there is an option of that kind already: leave one out", Clip(words))
		}
		seen = append(seen, about)
		more, err := s.Accept(",")
		if err != nil {
			return err
		}
		if !more {
			return s.Expect("]")
		}
	}
}

// words reads the words from here on, a few of them at most, and joins them.
func (s *Scanner) words() (string, error) {
	const most = 10
	var words []string
	for s.Token.Kind == Word && len(words) < most {
		words = append(words, s.Token.Text)
		if err := s.Advance(); err != nil {
			return "", err
		}
	}
	return strings.Join(words, " "), nil
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
func (s *Scanner) Text(what string) ([]byte, error) {
	found := s.Found()
	octets, err := s.Literals()
	if err != nil {
		return nil, err
	}
	if octets == nil {
		return nil, s.ErrorHere("%s: want %s, as text between quotes", found, what)
	}
	return octets, nil
}

// Role reads the line with our role.
func (s *Scanner) Role() (wsproto.Role, error) {
	if err := s.Expect("as"); err != nil {
		return 0, err
	}
	role, err := wsproto.ParseRole(s.Token.Text)
	if s.Token.Kind != Word || err != nil {
		return 0, s.ErrorHere("%s: want the role that our side plays, client or server", s.Found())
	}
	if err := s.Advance(); err != nil {
		return 0, err
	}
	return role, s.EndLine()
}

// Opcode reads the name of an opcode.
func (s *Scanner) Opcode() (wsproto.Opcode, error) {
	text := s.Token.Text
	if s.Token.Kind == Word {
		for op := wsproto.OpContinuation; op <= wsproto.OpPong; op++ {
			if text == op.String() {
				return op, s.Advance()
			}
		}
		if digits, ok := strings.CutPrefix(text, "RSV"); ok {
			if n, err := strconv.ParseUint(digits, 16, 8); err == nil {
				return wsproto.Opcode(n), s.Advance()
			}
		}
	}
	return 0, s.ErrorHere("%s: want an opcode: CONT, TEXT, BINARY, CLOSE, PING, PONG, or RSV and a hexadecimal digit", s.Found())
}
