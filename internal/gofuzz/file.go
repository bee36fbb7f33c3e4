package gofuzz

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
)

// Header is the first line of a file.
const Header = "go test fuzz v1"

// maxFile bounds the octets of a file: quoted, an octet takes four.
const maxFile = 65 << 20

// Error says which line of a file is wrong, and how.
type Error struct {
	Line    int // from 1 on
	Problem string
}

// Error returns "line N: problem".
func (e *Error) Error() string { return fmt.Sprintf("line %d: %s", e.Line, e.Problem) }

// Parse returns the octets of a seed: the first argument of the fuzz target that
// is a []byte or a string. Arguments of other types are passed over. The error
// is an [*Error].
func Parse(file []byte) ([]byte, error) {
	if len(file) > maxFile {
		return nil, &Error{1, fmt.Sprintf("the file is longer than %d octets", maxFile)}
	}
	var octets []byte
	found := false
	number := 0
	for line := range bytes.Lines(file) {
		number++
		text := strings.TrimSpace(string(line))
		if number == 1 {
			if text != Header {
				return nil, &Error{1, fmt.Sprintf("want %q", Header)}
			}
			continue
		}
		if text == "" {
			continue
		}
		kind, literal, ok := split(text)
		if !ok {
			return nil, &Error{number, "want a value such as []byte(\"…\")"}
		}
		if kind != "[]byte" && kind != "string" {
			continue
		}
		value, err := strconv.Unquote(literal)
		if err != nil {
			return nil, &Error{number, "the value is not a string literal of Go"}
		}
		if !found {
			octets, found = []byte(value), true
		}
	}
	if !found {
		return nil, &Error{max(1, number), "there is no []byte and no string"}
	}
	return octets, nil
}

// split takes kind(literal) apart.
func split(text string) (kind, literal string, ok bool) {
	kind, rest, ok := strings.Cut(text, "(")
	literal, closed := strings.CutSuffix(rest, ")")
	return strings.TrimSpace(kind), strings.TrimSpace(literal), ok && closed && kind != ""
}

// Format returns the file of a seed for a target whose one argument is a []byte,
// as the go command writes it.
func Format(octets []byte) []byte {
	return fmt.Appendf(nil, "%s\n[]byte(%q)\n", Header, octets)
}
