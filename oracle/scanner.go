package oracle

import (
	"strings"
	"unicode/utf8"
)

// tokenKind says what a token is.
type tokenKind uint8

const (
	tokenEnd     tokenKind = iota // of the text
	tokenLine                     // the end of a line
	tokenWord                     // whatever stands between blanks and the others
	tokenLiteral                  // quoted text or hexadecimal digits
	tokenMark                     // one of [ ] ( ) , ×
)

// token is the next thing that stands in the text.
type token struct {
	kind   tokenKind
	text   string // of a word or a mark
	octets []byte // of a literal
}

// scanner takes a text apart. A line that begins with a literal goes on with the
// one before; comments, from # to the end of the line, and empty lines are
// skipped.
type scanner struct {
	text      string
	next      int // where in the text the next token is looked for
	line      int // number of the line of next
	lineStart int
	within    bool // a token of this line has been read

	token token // the one that is looked at
	at    place // where it begins

	most int // octets that all literals may have
	held int // octets of those that were read
	sent int // octets that the steps send which were read
}

// scanFrom makes the scanner ready to read a text of up to most octets.
func scanFrom(text string, most int) (*scanner, error) {
	s := &scanner{text: text, line: 1, most: most}
	if len(text) > most {
		return nil, s.errorAt(0, "the text is longer than %d octets: express what is repeated by ×", most)
	}
	if !utf8.ValidString(text) {
		return nil, s.badRune()
	}
	return s, s.advance()
}

// badRune finds the first octet that is not UTF-8.
func (s *scanner) badRune() error {
	for at, r := range s.text {
		if r == '\n' {
			s.line, s.lineStart = s.line+1, at+1
		}
		if _, size := utf8.DecodeRuneInString(s.text[at:]); r == utf8.RuneError && size == 1 {
			return s.errorAt(at, `octet %#02x is not UTF-8: write it as \x%02x in quoted text`, s.text[at], s.text[at])
		}
	}
	return nil
}

// advance reads the next token.
func (s *scanner) advance() error {
	s.skip()
	s.token, s.at = token{}, place{s.line, s.lineStart, s.next}
	if s.next == len(s.text) {
		if s.within {
			s.within = false
			s.token.kind = tokenLine
		}
		return nil
	}
	switch rest := s.text[s.next:]; rest[0] {
	case '\n':
		s.newLine()
		if s.within = s.within && s.goesOn(); s.within {
			return s.advance()
		}
		s.token.kind = tokenLine
		return nil
	case '"', '<':
		return s.literal(rest)
	case '[', ']', '(', ')', ',':
		s.mark(rest[:1])
	default:
		if strings.HasPrefix(rest, times) {
			s.mark(times)
			return nil
		}
		return s.word(rest)
	}
	return nil
}

// times is the mark of a repetition; a word of one x is as good.
const times = "×"

func (s *scanner) mark(text string) {
	s.token.kind, s.token.text = tokenMark, text
	s.next += len(text)
	s.within = true
}

func (s *scanner) newLine() {
	s.next++
	s.line, s.lineStart = s.line+1, s.next
}

// skip skips blanks and comments, and lines that have nothing else.
func (s *scanner) skip() {
	for s.next < len(s.text) {
		switch c := s.text[s.next]; {
		case c == ' ' || c == '\t' || c == '\r':
			s.next++
		case c == '#':
			if n := strings.IndexByte(s.text[s.next:], '\n'); n >= 0 {
				s.next += n
			} else {
				s.next = len(s.text)
			}
		case c == '\n' && !s.within:
			s.newLine()
		default:
			return
		}
	}
}

// goesOn reports whether the line that has just ended goes on in the next one
// that has anything on it.
func (s *scanner) goesOn() bool {
	ahead := *s
	ahead.within = false
	ahead.skip()
	rest := s.text[ahead.next:]
	if rest == "" || !strings.ContainsRune(`"<(`, rune(rest[0])) {
		return false
	}
	s.next, s.line, s.lineStart = ahead.next, ahead.line, ahead.lineStart
	return true
}

// literal reads quoted text or hexadecimal digits.
func (s *scanner) literal(rest string) error {
	read := unquote
	if rest[0] == '<' {
		read = unhex
	}
	octets, size, problem := read(rest[1:])
	if problem != "" {
		return s.errorAt(s.next+1+size, "%s", problem)
	}
	if err := s.hold(s.at, len(octets), 1); err != nil {
		return err
	}
	s.token.kind, s.token.octets = tokenLiteral, octets
	s.next += 1 + size
	s.within = true
	return nil
}

// hold counts octets of literals, which take memory, that so often.
func (s *scanner) hold(at place, size, times int) error {
	n, ok := product(size, times, s.most-s.held)
	if !ok {
		return s.errorIn(at, "more than %d octets in literals: repeat a payload, as in \"ab\" × 1000, which takes no room", s.most)
	}
	s.held += n
	return nil
}

// send counts octets that are sent that often.
func (s *scanner) send(at place, size, times int) error {
	n, ok := product(size, times, maxOctets-s.sent)
	if !ok {
		return s.errorIn(at, "more than %d octets are sent in all: send fewer", maxOctets)
	}
	s.sent += n
	return nil
}

// product multiplies two numbers that are not negative, if the result is at most
// most.
func product(a, b, most int) (n int, ok bool) {
	if b > 0 && a > most/b {
		return 0, false
	}
	return a * b, true
}

// word reads a word.
func (s *scanner) word(rest string) error {
	end := strings.IndexFunc(rest, func(r rune) bool {
		return r <= ' ' || r == 0x7f || strings.ContainsRune(`"<>[](),#×`, r)
	})
	switch end {
	case -1:
		end = len(rest)
	case 0:
		return s.errorAt(s.next, "%q cannot stand here: text stands between quotes, octets between < and >", rest[:1])
	}
	s.token.kind, s.token.text = tokenWord, rest[:end]
	s.next += end
	s.within = true
	return nil
}
