package wsproto

import (
	"bytes"
	"fmt"
	"strings"
)

// Request is the client's part of the opening handshake (RFC 6455 4.1), or any
// other HTTP/1 request without a body.
type Request struct {
	Method string // "GET"
	Target string // "/chat?room=1"
	Proto  string // "HTTP/1.1"
	Fields

	// RawLine is the request line as it came, line ending and empty lines before
	// it included. If it is not empty, it is written instead of the three above.
	RawLine string
	// RawEnd is the empty line after the fields as it came. If it is empty, CRLF
	// is written.
	RawEnd string
}

// NewRequest returns a request that opens a WebSocket connection: host is the
// Host value (with the port, unless it is the scheme's own), target the path
// and query, key the Sec-WebSocket-Key value. more follows the fields that are
// required. Nothing is looked at; see [CheckRequest].
func NewRequest(host, target, key string, more ...Field) *Request {
	fields := Fields{
		{Name: "Host", Value: host},
		{Name: "Upgrade", Value: "websocket"},
		{Name: "Connection", Value: "Upgrade"},
		{Name: "Sec-WebSocket-Key", Value: key},
		{Name: "Sec-WebSocket-Version", Value: "13"},
	}
	return &Request{Method: "GET", Target: target, Proto: "HTTP/1.1", Fields: append(fields, more...)}
}

// AppendTo appends the request as on the wire to dst, legal or not.
// For one that [ParseRequest] returned, these are the octets it was made from.
func (r *Request) AppendTo(dst []byte) []byte {
	if r.RawLine != "" {
		dst = append(dst, r.RawLine...)
	} else {
		dst = append(append(dst, r.Method...), ' ')
		dst = append(append(dst, r.Target...), ' ')
		dst = append(append(dst, r.Proto...), "\r\n"...)
	}
	dst = r.appendTo(dst)
	if r.RawEnd != "" {
		return append(dst, r.RawEnd...)
	}
	return append(dst, "\r\n"...)
}

// ParseRequest reads the request at the start of b and returns it with its size
// in octets; the first frame may follow at b[n]. n == 0 with a nil error says
// that b ends before the request does: call again with more, from the same start.
// An error, [ErrNotHTTP] or [ErrHandshakeTooLong], reports that more octets do not help.
//
// Everything with a request line can be parsed, however wrong its fields, and
// what is wrong is for [CheckRequest] to say. b is not kept.
func ParseRequest(b []byte) (r *Request, n int, err error) {
	h, err := parseHead(b, checkRequestLine)
	if err != nil || h.size == 0 {
		return nil, 0, err
	}
	proto := protoIndex([]byte(h.line))
	method, _, _ := strings.Cut(h.line, " ")
	r = &Request{
		Method:  method,
		Proto:   h.line[proto:],
		Fields:  h.fields,
		RawLine: h.rawLine,
		RawEnd:  h.rawEnd,
	}
	if len(method)+1 < proto {
		r.Target = h.line[len(method)+1 : proto-1]
	}
	return r, h.size, nil
}

// checkRequestLine distinguishes a request line from what cannot be one: it begins with
// a character of a token, and has an HTTP version as its last word.
func checkRequestLine(line []byte, complete bool) error {
	if !isTokenChar(line[0]) {
		return fmt.Errorf("%w: a request cannot begin with octet %#02x", ErrNotHTTP, line[0])
	}
	if complete && protoIndex(line) == 0 {
		return fmt.Errorf("%w: no version in the request line %s", ErrNotHTTP, showText(line, false))
	}
	return nil
}

// protoIndex returns where the last word of line that begins as an HTTP version
// does begins, or 0.
func protoIndex(line []byte) int {
	for end := len(line); ; {
		space := bytes.LastIndexByte(line[:end], ' ')
		if space < 0 {
			return 0
		}
		if word := line[space+1:]; len(word) >= len(protoPrefix) && bytes.EqualFold(word[:len(protoPrefix)], protoPrefix) {
			return space + 1
		}
		end = space
	}
}
