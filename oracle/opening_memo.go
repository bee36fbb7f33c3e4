package oracle

import (
	"bytes"

	"github.com/wscheck/wscheck/wsproto"
)

// memoSlots is how many opening handshakes a memo holds: enough for a peer that is
// asked in several ways in turn.
const memoSlots = 8

// memo holds the opening handshakes that were taken apart last. Conversations
// with one peer mostly begin alike, octet for octet; to take that apart is most
// of the work of judging a short one.
type memo struct {
	requests  [memoSlots]requestMemo
	responses [memoSlots]responseMemo

	// The slots that are taken next, and that of the response that was asked for
	// last.
	nextRequest, nextResponse int
	last                      *responseMemo
}

type requestMemo struct {
	octets   []byte
	request  *wsproto.Request // nil for an empty slot
	problems []wsproto.Problem
}

type responseMemo struct {
	octets   []byte
	response *wsproto.Response // nil for an empty slot
	to       *wsproto.Request  // what problems is about
	problems []wsproto.Problem
}

// parseRequest is wsproto.ParseRequest and wsproto.CheckRequest.
func (m *memo) parseRequest(b []byte) (*wsproto.Request, []wsproto.Problem, int, error) {
	for i := range m.requests {
		if known := &m.requests[i]; known.request != nil && bytes.HasPrefix(b, known.octets) {
			return known.request, known.problems, len(known.octets), nil
		}
	}
	request, n, err := wsproto.ParseRequest(b)
	if n == 0 {
		return nil, nil, 0, err
	}
	slot := &m.requests[m.nextRequest]
	m.nextRequest = (m.nextRequest + 1) % memoSlots
	*slot = requestMemo{append(slot.octets[:0], b[:n]...), request, wsproto.CheckRequest(request)}
	return request, slot.problems, n, nil
}

// parseResponse is wsproto.ParseResponse.
func (m *memo) parseResponse(b []byte) (*wsproto.Response, int, error) {
	for i := range m.responses {
		if known := &m.responses[i]; known.response != nil && bytes.HasPrefix(b, known.octets) {
			m.last = known
			return known.response, len(known.octets), nil
		}
	}
	response, n, err := wsproto.ParseResponse(b)
	if n == 0 {
		return nil, 0, err
	}
	slot := &m.responses[m.nextResponse]
	m.nextResponse = (m.nextResponse + 1) % memoSlots
	*slot = responseMemo{octets: append(slot.octets[:0], b[:n]...), response: response}
	m.last = slot
	return response, n, nil
}

// checkResponse is wsproto.CheckResponse of the response parsed last.
func (m *memo) checkResponse(request *wsproto.Request) []wsproto.Problem {
	if m.last.to != request {
		m.last.to, m.last.problems = request, wsproto.CheckResponse(m.last.response, request)
	}
	return m.last.problems
}
