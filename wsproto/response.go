package wsproto

import (
	"bytes"
	"crypto/sha1"
	"encoding/base64"
	"fmt"
	"strings"
)

// Response is the server's part of the opening handshake (RFC 6455 4.2.2), or
// the head of any other HTTP/1 response.
type Response struct {
	Proto string // "HTTP/1.1"
	// Status is 101 where the connection is to be a WebSocket connection; 0
	// where the line has no number of three digits.
	Status int
	Reason string // "Switching Protocols"
	Fields

	// RawLine is the status line as it came, line ending included. If it is not
	// empty, it is written instead of the three above.
	RawLine string
	// RawEnd is the empty line after the fields as it came. If it is empty, CRLF
	// is written.
	RawEnd string
}

// NewResponse returns a response that accepts the request whose
// Sec-WebSocket-Key value is key. more follows the fields that are required.
// Nothing is looked at; see [CheckResponse].
func NewResponse(key string, more ...Field) *Response {
	fields := Fields{
		{Name: "Upgrade", Value: "websocket"},
		{Name: "Connection", Value: "Upgrade"},
		{Name: "Sec-WebSocket-Accept", Value: AcceptKey(key)},
	}
	return &Response{Proto: "HTTP/1.1", Status: 101, Reason: "Switching Protocols", Fields: append(fields, more...)}
}

// AppendTo appends the response as on the wire to dst, legal or not.
// For one that [ParseResponse] returned, these are the octets it was made from.
func (r *Response) AppendTo(dst []byte) []byte {
	if r.RawLine != "" {
		dst = append(dst, r.RawLine...)
	} else {
		dst = fmt.Appendf(dst, "%s %03d %s\r\n", r.Proto, r.Status, r.Reason)
	}
	dst = r.appendTo(dst)
	if r.RawEnd != "" {
		return append(dst, r.RawEnd...)
	}
	return append(dst, "\r\n"...)
}

// ParseResponse reads the response head at the start of b and returns it with
// its size in octets; the first frame, or a body, may follow at b[n]. n == 0
// with a nil error says that b ends before the head does: call again with more,
// from the same start. An error, [ErrNotHTTP] or [ErrHandshakeTooLong], says
// that more octets do not help.
//
// An interim response (100 to 199, but for 101) is returned like any other:
// call again with what follows it. Everything with a status line can be parsed,
// and what is wrong is for [CheckResponse] to say. b is not kept.
func ParseResponse(b []byte) (r *Response, n int, err error) {
	h, err := parseHead(b, checkStatusLine)
	if err != nil || h.size == 0 {
		return nil, 0, err
	}
	proto, rest, _ := strings.Cut(h.line, " ")
	status, reason, _ := strings.Cut(rest, " ")
	return &Response{
		Proto:   proto,
		Status:  parseStatus(status),
		Reason:  reason,
		Fields:  h.fields,
		RawLine: h.rawLine,
		RawEnd:  h.rawEnd,
	}, h.size, nil
}

// checkStatusLine distinguishes a status line from what cannot be one: it begins with
// an HTTP version.
func checkStatusLine(line []byte, complete bool) error {
	n := min(len(line), len(protoPrefix))
	if !bytes.EqualFold(line[:n], protoPrefix[:n]) || complete && n < len(protoPrefix) {
		return fmt.Errorf("%w: a response cannot begin with %s", ErrNotHTTP, showText(line, !complete))
	}
	return nil
}

// parseStatus returns the number in s, or 0 if s is not three digits.
func parseStatus(s string) int {
	if len(s) != 3 {
		return 0
	}
	n := 0
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return 0
		}
		n = 10*n + int(s[i]-'0')
	}
	return n
}

// handshakeGUID is the constant of RFC 6455 1.3.
const handshakeGUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"

// AcceptKey returns the Sec-WebSocket-Accept value that answers the
// Sec-WebSocket-Key value key (RFC 6455 4.2.2), whatever key is. The key is
// taken as it is, without its surrounding white space, as [Fields.Get] gives it.
func AcceptKey(key string) string {
	sum := sha1.Sum([]byte(key + handshakeGUID))
	return base64.StdEncoding.EncodeToString(sum[:])
}
