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
	requests  [memoSlots]memoSlot[wsproto.Request]
	responses [memoSlots]memoSlot[wsproto.Response]

	uses int                         // of any slot, so far
	last *memoSlot[wsproto.Response] // the one that was asked for last

	carrier Carrier // of all that is held
}

// memoSlot is a request or a response.
type memoSlot[M any] struct {
	octets   []byte
	used     int              // memo.uses by then
	message  *M               // nil for an empty slot
	to       *wsproto.Request // what the problems of a response are about
	problems []wsproto.Problem
}

// slotOf returns the slot of what b begins with, and otherwise the one to put it in.
func slotOf[M any](slots *[memoSlots]memoSlot[M], b []byte) (slot *memoSlot[M], known bool) {
	slot = &slots[0]
	for i := range slots {
		s := &slots[i]
		if s.message != nil && bytes.HasPrefix(b, s.octets) {
			return s, true
		}
		if s.used < slot.used {
			slot = s
		}
	}
	return slot, false
}

// over forgets what came over another carrier.
func (m *memo) over(c Carrier) {
	if m.carrier != c {
		*m = memo{carrier: c}
	}
}

// parseRequest is wsproto.ParseRequest and the check that goes with it.
func (m *memo) parseRequest(b []byte) (*wsproto.Request, []wsproto.Problem, int, error) {
	slot, known := slotOf(&m.requests, b)
	if !known {
		request, n, err := wsproto.ParseRequest(b)
		if n == 0 {
			return nil, nil, 0, err
		}
		*slot = memoSlot[wsproto.Request]{octets: append(slot.octets[:0], b[:n]...), message: request, problems: m.checkRequest(request)}
	}
	m.uses++
	slot.used = m.uses
	return slot.message, slot.problems, len(slot.octets), nil
}

// parseResponse is wsproto.ParseResponse.
func (m *memo) parseResponse(b []byte) (*wsproto.Response, int, error) {
	slot, known := slotOf(&m.responses, b)
	if !known {
		response, n, err := wsproto.ParseResponse(b)
		if n == 0 {
			return nil, 0, err
		}
		*slot = memoSlot[wsproto.Response]{octets: append(slot.octets[:0], b[:n]...), message: response}
	}
	m.uses++
	slot.used, m.last = m.uses, slot
	return slot.message, len(slot.octets), nil
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
