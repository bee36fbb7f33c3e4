package oracle

import (
	"bytes"

	"github.com/wscheck/wscheck/wsproto"
)

// Bounds of a memo: the requests that it holds, and the responses, which is enough for a
// peer that is asked in many ways in turn, and the octets of one.
const (
	maxMemo     = 256
	maxMemoHead = 4 << 10
)

// memo holds opening handshakes that were taken apart. Conversations with one peer mostly
// begin alike, octet for octet; to take that apart is most of the work of judging a short
// one.
type memo struct {
	requests  map[string]*memoRequest
	responses map[string]*memoResponse
	answers   map[memoAnswer][]wsproto.Problem

	last    *memoResponse // the one that was asked for last
	carrier Carrier       // of all that is held
}

// memoRequest is a request and the problems that it has.
type memoRequest struct {
	message    *wsproto.Request
	size       int // octets
	problems   []wsproto.Problem
	extensions memoExtensions
}

type memoResponse struct {
	message    *wsproto.Response
	size       int // octets
	extensions memoExtensions
}

// memoExtensions are the extensions of a request or a response.
type memoExtensions struct {
	fields int // how many name them
	list   []wsproto.Extension
	err    error
}

// memoAnswer is a response to a request.
type memoAnswer struct {
	response *memoResponse
	to       *memoRequest
}

func extensionsOf(fields wsproto.Fields) (x memoExtensions) {
	if _, x.fields = fields.Get(extensionsField); x.fields > 0 {
		x.list, x.err = wsproto.ParseExtensions(fields.Values(extensionsField))
	}
	return x
}

// headOf returns the octets of b up to the first empty line: what tells one request or
// response from another.
func headOf(b []byte) []byte {
	if i := bytes.Index(b, emptyLine); i >= 0 {
		return b[:i+len(emptyLine)]
	}
	return b
}

var emptyLine = []byte("\r\n\r\n")

// keep puts what b begins with into a memo.
func keep[M any](held *map[string]*M, b []byte, m *M) *M {
	if len(b) <= maxMemoHead {
		keepIn(held, string(b), m)
	}
	return m
}

func keepIn[K comparable, V any](held *map[K]V, key K, v V) {
	if *held == nil {
		*held = map[K]V{}
	} else if len(*held) >= maxMemo {
		clear(*held)
	}
	(*held)[key] = v
}

// over forgets what came over another carrier.
func (m *memo) over(c Carrier) {
	if m.carrier != c {
		*m = memo{carrier: c}
	}
}

// parseRequest is wsproto.ParseRequest and the check that goes with it. It returns nil
// where b ends before the request does.
func (m *memo) parseRequest(b []byte) (*memoRequest, error) {
	if known := m.requests[string(headOf(b))]; known != nil {
		return known, nil
	}
	request, n, err := wsproto.ParseRequest(b)
	if n == 0 {
		return nil, err
	}
	return keep(&m.requests, b[:n], &memoRequest{request, n, m.checkRequest(request), extensionsOf(request.Fields)}), nil
}

// parseResponse is wsproto.ParseResponse. It returns nil where b ends before the response
// does.
func (m *memo) parseResponse(b []byte) (*memoResponse, error) {
	m.last = m.responses[string(headOf(b))]
	if m.last == nil {
		response, n, err := wsproto.ParseResponse(b)
		if n == 0 {
			return nil, err
		}
		m.last = keep(&m.responses, b[:n], &memoResponse{response, n, extensionsOf(response.Fields)})
	}
	return m.last, nil
}

// checkResponse is wsproto.CheckResponse of the response parsed last, or its like for
// HTTP/2.
func (m *memo) checkResponse(to *memoRequest) []wsproto.Problem {
	answer := memoAnswer{m.last, to}
	problems, known := m.answers[answer]
	if !known {
		check := wsproto.CheckResponse
		if m.carrier == HTTP2 {
			check = wsproto.CheckConnectResponse
		}
		problems = check(m.last.message, to.message)
		if max(m.last.size, to.size) <= maxMemoHead {
			keepIn(&m.answers, answer, problems)
		}
	}
	return problems
}

func (m *memo) checkRequest(request *wsproto.Request) []wsproto.Problem {
	if m.carrier == HTTP2 {
		return wsproto.CheckConnect(request)
	}
	return wsproto.CheckRequest(request)
}
