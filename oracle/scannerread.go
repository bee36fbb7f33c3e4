package oracle

import (
	"strconv"
	"strings"
	"time"
)

// is reports whether the token is this word or mark.
func (s *scanner) is(text string) bool {
	if text == times && s.token.kind == tokenWord && s.token.text == "x" {
		return true
	}
	return (s.token.kind == tokenWord || s.token.kind == tokenMark) && s.token.text == text
}

// accept reads on if the token is this word or mark.
func (s *scanner) accept(text string) (bool, error) {
	if !s.is(text) {
		return false, nil
	}
	return true, s.advance()
}

// expect reads these words, which have to be there.
func (s *scanner) expect(words ...string) error {
	for i, w := range words {
		ok, err := s.accept(w)
		if err != nil {
			return err
		}
		if !ok {
			return s.errorHere("%s: want %q", s.found(), strings.Join(words[i:], " "))
		}
	}
	return nil
}

// found names the token for an error.
func (s *scanner) found() string {
	switch s.token.kind {
	case tokenEnd:
		return "the text ends"
	case tokenLine:
		return "the line ends"
	case tokenLiteral:
		return "a literal"
	}
	return strconv.Quote(clipWord(s.token.text))
}

// clipWord cuts a word that is longer than any that means something.
func clipWord(s string) string {
	const most = 40
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "") + "…"
}

// endLine reads the end of the line.
func (s *scanner) endLine() error {
	if s.token.kind == tokenEnd {
		return nil
	}
	if s.token.kind != tokenLine {
		return s.errorHere("%s: want the end of the line", s.found())
	}
	return s.advance()
}

// number reads a number of up to most.
func (s *scanner) number(what string, most uint64) (uint64, error) {
	n, ok := parseNumber(s.token.text)
	if s.token.kind != tokenWord || !ok || n > most {
		return 0, s.errorHere("%s: want %s, a number of at most %d", s.found(), what, most)
	}
	return n, s.advance()
}

// count reads a number that is an int.
func (s *scanner) count(what string) (int, error) {
	n, err := s.number(what, maxNumber)
	return int(n), err
}

// octetCount reads "5 octets".
func (s *scanner) octetCount() (int, error) {
	n, err := s.count("a number of octets")
	if err != nil {
		return 0, err
	}
	if one, err := s.accept("octet"); one || err != nil {
		return n, err
	}
	return n, s.expect("octets")
}

// duration reads a time such as 1.5s.
func (s *scanner) duration(most time.Duration) (time.Duration, error) {
	d, err := time.ParseDuration(s.token.text)
	if s.token.kind != tokenWord || err != nil || d < 0 || d > most {
		return 0, s.errorHere("%s: want a time of at most %v, such as 1.5s or 200ms", s.found(), most)
	}
	return d, s.advance()
}

// literals reads all literals from here on as one. It is nil where there is
// none, and not where there are only empty ones.
func (s *scanner) literals() ([]byte, error) {
	var octets []byte
	for {
		switch {
		case s.token.kind == tokenLiteral:
			octets = append(octets, s.token.octets...)
			if octets == nil {
				octets = []byte{}
			}
			if err := s.advance(); err != nil {
				return nil, err
			}
		case s.is("("):
			unit, n, err := s.repeated()
			if err != nil {
				return nil, err
			}
			p := Payload{Data: unit, Len: n * len(unit)}
			octets = p.AppendRange(octets, 0, p.Len)
		default:
			return octets, nil
		}
	}
}

// repeated reads ("ab" × 1000).
func (s *scanner) repeated() (unit []byte, n int, err error) {
	at := s.at
	if err = s.advance(); err != nil {
		return nil, 0, err
	}
	for s.token.kind == tokenLiteral {
		unit = append(unit, s.token.octets...)
		if err = s.advance(); err != nil {
			return nil, 0, err
		}
	}
	if len(unit) == 0 {
		return nil, 0, s.errorHere("%s: want a literal that is not empty, as in (\"ab\" × 1000)", s.found())
	}
	if err = s.expect(times); err != nil {
		return nil, 0, err
	}
	if n, err = s.count("how often it is repeated"); err != nil {
		return nil, 0, err
	}
	if n == 0 {
		return nil, 0, s.errorHere("repeated 0 times: leave it out")
	}
	if err = s.hold(at, len(unit), n); err != nil {
		return nil, 0, err
	}
	return unit, n, s.expect(")")
}
