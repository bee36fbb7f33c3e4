package wsproto

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
)

// MaxHandshake is the size in octets of the longest request or response that
// [ParseRequest] and [ParseResponse] take, the empty line at its end included.
const MaxHandshake = 64 << 10

// maxEmptyLines bounds the octets of empty lines before a start line, which are
// looked at again each time that more has come.
const maxEmptyLines = 1 << 10

// What ParseRequest and ParseResponse return, wrapped, when no further octet
// can help.
var (
	// ErrNotHTTP says that the octets are not even the beginning of HTTP/1.
	ErrNotHTTP = errors.New("wsproto: not HTTP")
	// ErrHandshakeTooLong reports that there is no end within MaxHandshake octets,
	// or no beginning within far fewer.
	ErrHandshakeTooLong = fmt.Errorf("wsproto: no end of the header fields within %d octets", MaxHandshake)
)

// protoPrefix is how an HTTP version begins. Parsing takes it in any case.
var protoPrefix = []byte("HTTP/")

// head is a request or response taken apart, with what the two have in common.
type head struct {
	rawLine string // the start line with its ending, and empty lines before it
	line    string // the start line alone
	fields  Fields
	rawEnd  string // the empty line after the fields
	size    int    // in octets, all of it
}

// parseHead takes the head of an HTTP/1 message apart. With size 0, b ends
// before the head does. check looks at a start line, whole or, if it is not
// complete yet, at what is there of it: nil says that it may become HTTP.
//
// Lines end with LF; a CR before it belongs to the line ending. Each call works
// on all of b, at most MaxHandshake octets of it: the lines are only taken
// apart once the head is complete, so that even octet by octet the cost is that
// of the search for its end.
func parseHead(b []byte, check func(line []byte, complete bool) error) (head, error) {
	full := len(b) >= MaxHandshake
	b = b[:min(len(b), MaxHandshake)]
	start := emptyLines(b)
	if start > maxEmptyLines {
		return head{}, fmt.Errorf("more than %d octets of empty lines: %w", maxEmptyLines, ErrHandshakeTooLong)
	}
	line, _, complete := bytes.Cut(b[start:], []byte("\n"))
	if complete {
		line = bytes.TrimSuffix(line, []byte("\r"))
	}
	// A CR alone may still become an empty line.
	if complete || len(line) > 0 && string(line) != "\r" {
		if err := check(line, complete); err != nil {
			return head{}, err
		}
	}
	fieldsEnd, size := headEnd(b, start)
	if size == 0 {
		if full {
			return head{}, ErrHandshakeTooLong
		}
		return head{}, nil
	}
	text := string(b[:size])
	fieldsStart := start + strings.IndexByte(text[start:], '\n') + 1
	return head{
		rawLine: text[:fieldsStart],
		line:    string(line),
		fields:  parseFields(text[fieldsStart:fieldsEnd]),
		rawEnd:  text[fieldsEnd:],
		size:    size,
	}, nil
}

// emptyLines returns the size of the empty lines with which b begins, and no more
// than shows that they are too many: a server should ignore at least one before a
// request (RFC 9112 2.2).
func emptyLines(b []byte) int {
	n := 0
	for n <= maxEmptyLines {
		switch {
		case bytes.HasPrefix(b[n:], []byte("\n")):
			n++
		case bytes.HasPrefix(b[n:], []byte("\r\n")):
			n += 2
		default:
			return n
		}
	}
	return n
}

// headEnd finds the empty line that ends the head, whose start line begins at
// start. It returns where that line begins and ends, or 0 and 0.
func headEnd(b []byte, start int) (begin, end int) {
	rest := b[start:]
	lf := bytes.Index(rest, []byte("\n\n"))
	if lf >= 0 {
		rest = rest[:lf+1]
	}
	if crlf := bytes.Index(rest, []byte("\n\r\n")); crlf >= 0 {
		return start + crlf + 1, start + crlf + 3
	}
	if lf >= 0 {
		return start + lf + 1, start + lf + 2
	}
	return 0, 0
}

// parseFields takes whole lines apart into fields.
func parseFields(text string) Fields {
	if text == "" {
		return nil
	}
	fields := make(Fields, 0, strings.Count(text, "\n"))
	for len(text) > 0 {
		size := strings.IndexByte(text, '\n') + 1
		for size < len(text) && isSpace(text[size]) {
			size += strings.IndexByte(text[size:], '\n') + 1
		}
		fields = append(fields, parseField(text[:size]))
		text = text[size:]
	}
	return fields
}

// parseField takes a field apart that consists of one or, if folded, several
// whole lines.
func parseField(raw string) Field {
	f := Field{Raw: raw}
	text := unfold(raw)
	name, value, ok := cutField(text)
	if !ok || isSpace(raw[0]) {
		f.Value = trimSpace(text)
		return f
	}
	f.Name, f.Value = name, trimSpace(value)
	return f
}

// unfold returns raw without the line ending at its end, and with every one
// within, and the white space after it, as one space.
func unfold(raw string) string {
	first, rest, _ := strings.Cut(raw, "\n")
	first = strings.TrimSuffix(first, "\r")
	if rest == "" {
		return first
	}
	var s strings.Builder
	s.WriteString(first)
	for line := range strings.Lines(rest) {
		s.WriteByte(' ')
		s.WriteString(strings.TrimLeft(trimLineEnd(line), " \t"))
	}
	return s.String()
}

// trimLineEnd cuts one LF or CRLF from the end of line.
func trimLineEnd(line string) string {
	return strings.TrimSuffix(strings.TrimSuffix(line, "\n"), "\r")
}

func isSpace(c byte) bool { return c == ' ' || c == '\t' }
