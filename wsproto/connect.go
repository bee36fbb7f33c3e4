package wsproto

import (
	"strings"

	"github.com/wscheck/wscheck/internal/problem"
)

// ConnectProto is the version in the heads of an opening handshake over HTTP/2
// (RFC 8441 5). Such a head is the text form of a header list: :method, :path and
// :status stand in the first line, each other pseudo-header field is a line of its
// own, ":scheme: https", and all names are in lower case.
//
//	CONNECT /chat HTTP/2
//	:protocol: websocket
//	:scheme: https
//	:authority: example.test
//	sec-websocket-version: 13
//
// A header list that has no such form begins with [VerbatimHead], and each of its
// fields, in order, is a line.
const ConnectProto = "HTTP/2"

// VerbatimHead is the first line of a header list of HTTP/2 that stands field by
// field.
const VerbatimHead = "FIELDS " + ConnectProto

// WebSocketProtocol is the value of the pseudo-header field :protocol.
const WebSocketProtocol = "websocket"

// NewConnect returns a request that opens a WebSocket stream over HTTP/2: an
// extended CONNECT (RFC 8441 5). scheme is "http" or "https", authority the host
// with the port, unless it is the scheme's own, target the path and query.
func NewConnect(scheme, authority, target string, more ...Field) *Request {
	fields := Fields{
		{Name: ":protocol", Value: WebSocketProtocol},
		{Name: ":scheme", Value: scheme},
		{Name: ":authority", Value: authority},
		{Name: "sec-websocket-version", Value: "13"},
	}
	return &Request{Method: "CONNECT", Target: target, Proto: ConnectProto, Fields: append(fields, more...)}
}

// CheckConnect returns what is wrong with a client's opening handshake over
// HTTP/2 by RFC 6455: see [CheckRequest]. What RFC 8441 and RFC 9113 say of the
// header list is not looked at.
func CheckConnect(r *Request) []Problem {
	var c checker
	c.version(r.Fields)
	c.offeredProtocols(r.Fields)
	c.extensions(r.Fields)
	return c.problems
}

// CheckConnectResponse returns what is wrong with a server's opening handshake over
// HTTP/2 as the answer to req by RFC 6455: see [CheckResponse]. A status that is not
// 2xx is a StatusNot101, and nothing else of it is checked.
func CheckConnectResponse(r *Response, req *Request) []Problem {
	var c checker
	if r.Status/100 != 2 {
		c.add(problem.StatusNot101, "want 2xx, got %d", r.Status)
		return c.problems
	}
	c.chosenProtocol(r.Fields, req)
	c.chosenExtensions(r.Fields, req)
	return c.problems
}

// cutField cuts the line of a field at its first colon; one that begins the line
// belongs to the name of a pseudo-header field.
func cutField(line string) (name, value string, ok bool) {
	if rest, pseudo := strings.CutPrefix(line, ":"); pseudo {
		if name, value, ok := strings.Cut(rest, ":"); ok && IsToken(name) {
			return ":" + name, value, true
		}
	}
	return strings.Cut(line, ":")
}

// ParseFieldLines returns the fields of a header list of HTTP/2 in its text form, a
// field in a line. Names and values are as they are: white space counts.
func ParseFieldLines(text string) Fields {
	var fields Fields
	for line := range strings.Lines(text) {
		line = strings.TrimSuffix(line, "\n")
		if name, value, ok := cutField(line); ok {
			fields = append(fields, Field{Name: name, Value: strings.TrimPrefix(value, " ")})
		}
	}
	return fields
}
