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

	last    *memoResponse // the one that was asked for last
	carrier Carrier       // of all that is held
}

// memoRequest is a request and the problems that it has.
type memoRequest struct {
	message  *wsproto.Request
	size     int // octets
	problems []wsproto.Problem
}

type memoResponse struct {
	message  *wsproto.Response
	size     int              // octets
	to       *wsproto.Request // what problems are about
	problems []wsproto.Problem
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
	switch {
	case len(b) > maxMemoHead:
		return m
	case *held == nil:
		*held = map[string]*M{}
	case len(*held) >= maxMemo:
		clear(*held)
	}
	(*held)[string(b)] = m
	return m
}

// over forgets what came over another carrier.
func (m *memo) over(c Carrier) {
	if m.carrier != c {
		*m = memo{carrier: c}
	}
}

// parseRequest is wsproto.ParseRequest and the check that goes with it.
func (m *memo) parseRequest(b []byte) (*wsproto.Request, []wsproto.Problem, int, error) {
	known := m.requests[string(headOf(b))]
	if known == nil {
		request, n, err := wsproto.ParseRequest(b)
		if n == 0 {
			return nil, nil, 0, err
		}
		known = keep(&m.requests, b[:n], &memoRequest{message: request, size: n, problems: m.checkRequest(request)})
	}
	return known.message, known.problems, known.size, nil
}

// parseResponse is wsproto.ParseResponse.
func (m *memo) parseResponse(b []byte) (*wsproto.Response, int, error) {
	known := m.responses[string(headOf(b))]
	if known == nil {
		response, n, err := wsproto.ParseResponse(b)
		if n == 0 {
			return nil, 0, err
		}
		known = keep(&m.responses, b[:n], &memoResponse{message: response, size: n})
	}
	m.last = known
	return known.message, known.size, nil
}

// checkResponse is wsproto.CheckResponse of the response parsed last, or its like for
// HTTP/2.
func (m *memo) checkResponse(request *wsproto.Request) []wsproto.Problem {
	if m.last.to != request {
		check := wsproto.CheckResponse
		if m.carrier == HTTP2 {
			check = wsproto.CheckConnectResponse
		}
		m.last.to, m.last.problems = request, check(m.last.message, request)
	}
	return m.last.problems
}

func (m *memo) checkRequest(request *wsproto.Request) []wsproto.Problem {
	if m.carrier == HTTP2 {
		return wsproto.CheckConnect(request)
	}
	return wsproto.CheckRequest(request)
}
