// Package notation reads and writes what the text forms of scripts, traces and dialects have in common: words, marks,
// literals and options, line by line.
package notation

import "fmt"

// Error says what is wrong in the text form of a script or a trace, where,
// and what to write instead.
type Error struct {
	Line, Column int // from 1 on; columns are characters
	Problem      string
}

// Error returns "line:column: problem": put the name of the file before it.
func (e *Error) Error() string {
	return fmt.Sprintf("%d:%d: %s", e.Line, e.Column, e.Problem)
}
