package oracle

import (
	"fmt"
	"time"
	"unicode/utf8"
)

// SyntaxError says what is wrong in the text form of a script or a trace, where,
// and what to write instead.
type SyntaxError struct {
	Line, Column int // from 1 on; columns are characters
	Problem      string
}

// Error returns "line:column: problem": put the name of the file before it.
func (e *SyntaxError) Error() string {
	return fmt.Sprintf("%d:%d: %s", e.Line, e.Column, e.Problem)
}

// Bounds of what is read. Nothing that String writes of a script that can be
// played is beyond them.
const (
	maxText   = 16 << 20  // octets of a script's text
	maxTrace  = 64 << 20  // octets of a trace's text
	maxSteps  = 1 << 16   // of a script
	maxOctets = 1 << 28   // that a script sends
	maxNumber = 1<<31 - 1 // of any count but a declared length
	maxEvents = 1 << 20   // of a trace
	maxTime   = time.Hour // of a wait
)

// place is where something stands in the text.
type place struct {
	line, lineStart, offset int
}

// errorAt makes an error for an offset on the line that is read.
func (s *scanner) errorAt(offset int, format string, args ...any) error {
	return s.errorIn(place{s.line, s.lineStart, offset}, format, args...)
}

// errorHere makes an error for the token that is looked at.
func (s *scanner) errorHere(format string, args ...any) error {
	return s.errorIn(s.at, format, args...)
}

func (s *scanner) errorIn(at place, format string, args ...any) error {
	return &SyntaxError{
		Line: at.line, Column: 1 + utf8.RuneCountInString(s.text[at.lineStart:at.offset]),
		Problem: fmt.Sprintf(format, args...),
	}
}
