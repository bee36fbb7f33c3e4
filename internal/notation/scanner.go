// Package notation reads and writes what the text forms of scripts, traces and dialects have in common: words, marks,
// literals and options, line by line.
package notation

import (
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Bounds of what is read.
const (
	MaxNumber = 1<<31 - 1 // of any count but a declared length
	MaxOctets = 1 << 28   // that a text has sent
)

// Kind says what a token is.
type Kind uint8

const (
	End     Kind = iota // of the text
	Line                // the end of a line
	Word                // what stands between blanks and the others
	Literal             // quoted text or hexadecimal digits
	Mark                // one of [ ] ( ) , ×
)

// Token is the next thing that stands in the text.
type Token struct {
	Kind   Kind
	Text   string // of a word or a mark
	Octets []byte // of a literal
}

// Scanner takes a text apart. A line that begins with a literal continues with the
// one before; comments, from # to the end of the line, and empty lines are
// skipped. What its methods find that has no place there ends [Read].
type Scanner struct {
	text      string
	next      int // where in the text the next token is looked for
	line      int // number of the line of next
	lineStart int
	within    bool // a token of this line has been read

	Token Token // the one that is looked at
	At    Place // where it begins

	most int // octets that all literals may have
	held int // octets of those that were read
	sent int // octets that the steps send which were read
}

// Read has read take a text of up to most octets apart, by a scanner at its first token.
// What the text does not allow ends it by a panic with the [*Error], which Read returns.
func Read(text string, most int, read func(*Scanner)) (err error) {
	defer func() {
		switch r := recover().(type) {
		case nil:
		case *Error:
			err = r
		default:
			panic(r)
		}
	}()
	s := &Scanner{text: text, line: 1, most: most}
	if len(text) > most {
		panic(s.errorAt(0, "the text is longer than %d octets: express what is repeated by ×", most))
	}
	if !utf8.ValidString(text) {
		s.badRune()
	}
	s.Advance()
	read(s)
	return nil
}

// badRune finds the first octet that is not UTF-8.
func (s *Scanner) badRune() {
	for at, r := range s.text {
		if r == '\n' {
			s.line, s.lineStart = s.line+1, at+1
		}
		if _, size := utf8.DecodeRuneInString(s.text[at:]); r == utf8.RuneError && size == 1 {
			panic(s.errorAt(at, `octet %#02x is not UTF-8: write it as \x%02x in quoted text`, s.text[at], s.text[at]))
		}
	}
}

// Advance reads the next token.
func (s *Scanner) Advance() {
	s.skip()
	s.Token, s.At = Token{}, Place{s.line, s.lineStart, s.next}
	if s.next == len(s.text) {
		if s.within {
			s.within = false
			s.Token.Kind = Line
		}
		return
	}
	switch rest := s.text[s.next:]; {
	case rest[0] == '\n':
		s.newLine()
		if s.within = s.within && s.continued(); s.within {
			s.Advance()
			return
		}
		s.Token.Kind = Line
	case rest[0] == '"' || rest[0] == '<':
		s.literal(rest)
	case strings.IndexByte("[](),", rest[0]) >= 0:
		s.mark(rest[:1])
	case strings.HasPrefix(rest, Times):
		s.mark(Times)
	default:
		s.word(rest)
	}
}

// Times is the mark of a repetition; a word of one x is as good.
const Times = "×"

func (s *Scanner) mark(text string) {
	s.Token.Kind, s.Token.Text = Mark, text
	s.next += len(text)
	s.within = true
}

func (s *Scanner) newLine() {
	s.next++
	s.line, s.lineStart = s.line+1, s.next
}

// skip skips blanks and comments, and lines that have nothing else.
func (s *Scanner) skip() {
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

// continued reports whether the line that has just ended continues in the next one
// that is not empty.
func (s *Scanner) continued() bool {
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
func (s *Scanner) literal(rest string) {
	read := unquote
	if rest[0] == '<' {
		read = unhex
	}
	octets, size, problem := read(rest[1:])
	if problem != "" {
		panic(s.errorAt(s.next+1+size, "%s", problem))
	}
	s.hold(s.At, len(octets), 1)
	s.Token.Kind, s.Token.Octets = Literal, octets
	s.next += 1 + size
	s.within = true
}

// hold counts octets of literals, which take memory, that so often.
func (s *Scanner) hold(at Place, size, times int) {
	n, ok := Product(size, times, s.most-s.held)
	if !ok {
		panic(s.ErrorIn(at, "more than %d octets in literals: repeat a payload, as in \"ab\" × 1000, which takes no room", s.most))
	}
	s.held += n
}

// Send counts octets that are sent that often.
func (s *Scanner) Send(at Place, size, times int) {
	n, ok := Product(size, times, MaxOctets-s.sent)
	if !ok {
		panic(s.ErrorIn(at, "more than %d octets are sent in all: send fewer", MaxOctets))
	}
	s.sent += n
}

// Product multiplies two numbers that are not negative, if the result is at most
// most.
func Product(a, b, most int) (n int, ok bool) {
	if b > 0 && a > most/b {
		return 0, false
	}
	return a * b, true
}

// word reads a word.
func (s *Scanner) word(rest string) {
	end := strings.IndexFunc(rest, func(r rune) bool {
		return r <= ' ' || r == 0x7f || strings.ContainsRune(`"<>[](),#×`, r)
	})
	switch end {
	case -1:
		end = len(rest)
	case 0:
		panic(s.errorAt(s.next, "%q cannot stand here: text stands between quotes, octets between < and >", rest[:1]))
	}
	s.Token.Kind, s.Token.Text = Word, rest[:end]
	s.next += end
	s.within = true
}

// Place is where something stands in the text.
type Place struct {
	line, lineStart, offset int
}

// errorAt makes an error for an offset on the line that is read.
func (s *Scanner) errorAt(offset int, format string, args ...any) *Error {
	return s.ErrorIn(Place{s.line, s.lineStart, offset}, format, args...)
}

// ErrorHere makes an error for the token that is looked at.
func (s *Scanner) ErrorHere(format string, args ...any) *Error {
	return s.ErrorIn(s.At, format, args...)
}

// ErrorIn makes an error for a place.
func (s *Scanner) ErrorIn(at Place, format string, args ...any) *Error {
	return &Error{
		Line: at.line, Column: 1 + utf8.RuneCountInString(s.text[at.lineStart:at.offset]),
		Problem: fmt.Sprintf(format, args...),
	}
}

// unquote decodes the inside of a quoted text, from after its opening quote on.
// It returns the octets and how many of text they took, the closing quote
// included; or where in text there is a problem, and which.
func unquote(text string) (octets []byte, size int, problem string) {
	for at := 0; at < len(text); {
		c := text[at]
		switch {
		case c == '"':
			return octets, at + 1, ""
		case c == '\n':
			return nil, at, `the quoted text does not end on its line: close it with ", and continue in the next line with another one`
		case c != '\\':
			octets = append(octets, c)
			at++
			continue
		}
		r, multibyte, rest, err := strconv.UnquoteChar(text[at:], '"')
		switch {
		case err != nil:
			return nil, at, `no such escape: there are \" \\ \n \r \t, \xHH for an octet, and \uHHHH or \UHHHHHHHH for a code point (surrogates: octet by octet)`
		case multibyte:
			octets = utf8.AppendRune(octets, r)
		default:
			octets = append(octets, byte(r))
		}
		at = len(text) - len(rest)
	}
	return nil, len(text), `the quoted text does not end: close it with "`
}

// unhex decodes hexadecimal digits from after their opening bracket on, as
// [unquote] does with text. Blanks between them count for nothing.
func unhex(text string) (octets []byte, size int, problem string) {
	var digits [2]byte
	n := 0
	for at := range len(text) {
		switch c := text[at]; {
		case c == '>' && n == 1:
			return nil, at, "half an octet: hexadecimal digits come in pairs"
		case c == '>':
			return octets, at + 1, ""
		case c == ' ' || c == '\t':
			continue
		case '0' <= c && c <= '9', 'a' <= c && c <= 'f', 'A' <= c && c <= 'F':
			digits[n] = c
			n++
		default:
			return nil, at, "no hexadecimal digit: octets stand between < and >, and text between quotes"
		}
		if n == 2 {
			var octet [1]byte
			_, _ = hex.Decode(octet[:], digits[:]) // they are digits
			octets, n = append(octets, octet[0]), 0
		}
	}
	return nil, len(text), "the octets do not end: close them with >"
}

// Error says what is wrong in a text, where, and what to write instead.
type Error struct {
	Line, Column int // from 1 on; columns are characters
	Problem      string
}

// Error returns "line:column: problem": put the name of the file before it.
func (e *Error) Error() string {
	return fmt.Sprintf("%d:%d: %s", e.Line, e.Column, e.Problem)
}
