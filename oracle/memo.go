package oracle

import (
	"bytes"

	"github.com/wscheck/wscheck/wsproto"
)

// memoSlots is how many opening handshakes a memo holds: enough for a peer that is
// asked in several ways in turn.
const memoSlots = 16

// memo holds the opening handshakes that were taken apart last. Conversations
// with one peer mostly begin alike, octet for octet; to take that apart is most
// of the work of judging a short one.
type memo struct {
	requests  [memoSlots]requestMemo
	responses [memoSlots]responseMemo

	uses int           // of any slot, so far
	last *responseMemo // the one that was asked for last

	carrier Carrier // of all that is held
}

type requestMemo struct {
	octets   []byte
	used     int              // memo.uses by then
	request  *wsproto.Request // nil for an empty slot
	problems []wsproto.Problem
}

type responseMemo struct {
	octets   []byte
	used     int               // memo.uses by then
	response *wsproto.Response // nil for an empty slot
	to       *wsproto.Request  // what problems is about
	problems []wsproto.Problem
}

// over forgets what came over another carrier.
func (m *memo) over(c Carrier) {
	if m.carrier != c {
		*m = memo{carrier: c}
	}
}

// parseRequest is wsproto.ParseRequest and the check that goes with it.
func (m *memo) parseRequest(b []byte) (*wsproto.Request, []wsproto.Problem, int, error) {
	m.uses++
	slot := &m.requests[0]
	for i := range m.requests {
		known := &m.requests[i]
		if known.request != nil && bytes.HasPrefix(b, known.octets) {
			known.used = m.uses
			return known.request, known.problems, len(known.octets), nil
		}
		if known.used < slot.used {
			slot = known
		}
	}
	request, n, err := wsproto.ParseRequest(b)
	if n == 0 {
		return nil, nil, 0, err
	}
	*slot = requestMemo{append(slot.octets[:0], b[:n]...), m.uses, request, m.checkRequest(request)}
	return request, slot.problems, n, nil
}

// parseResponse is wsproto.ParseResponse.
func (m *memo) parseResponse(b []byte) (*wsproto.Response, int, error) {
	m.uses++
	slot := &m.responses[0]
	for i := range m.responses {
		known := &m.responses[i]
		if known.response != nil && bytes.HasPrefix(b, known.octets) {
			known.used, m.last = m.uses, known
			return known.response, len(known.octets), nil
		}
		if known.used < slot.used {
			slot = known
		}
	}
	response, n, err := wsproto.ParseResponse(b)
	if n == 0 {
		return nil, 0, err
	}
	*slot = responseMemo{octets: append(slot.octets[:0], b[:n]...), used: m.uses, response: response}
	m.last = slot
	return response, n, nil
}

// checkResponse is wsproto.CheckResponse of the response parsed last, or its like for
// HTTP/2.
func (m *memo) checkResponse(request *wsproto.Request) []wsproto.Problem {
	if m.last.to != request {
		check := wsproto.CheckResponse
		if m.carrier == HTTP2 {
			check = wsproto.CheckConnectResponse
		}
		m.last.to, m.last.problems = request, check(m.last.response, request)
	}
	return m.last.problems
}

func (m *memo) checkRequest(request *wsproto.Request) []wsproto.Problem {
	if m.carrier == HTTP2 {
		return wsproto.CheckConnect(request)
	}
	return wsproto.CheckRequest(request)
}
