package oracle

import (
	"bytes"

	"github.com/wscheck/wscheck/wsproto"
)

// memo holds the opening handshake that was taken apart last. Conversations
// with one peer mostly begin alike, octet for octet; to take that apart is most
// of the work of judging a short one.
type memo struct {
	request  *wsproto.Request
	asked    []byte // its octets
	response *wsproto.Response
	answered []byte
	to       *wsproto.Request // what the response answers
	problems struct{ request, response []wsproto.Problem }
}

// parseRequest is wsproto.ParseRequest and wsproto.CheckRequest.
func (m *memo) parseRequest(b []byte) (*wsproto.Request, []wsproto.Problem, int, error) {
	if m.request != nil && bytes.HasPrefix(b, m.asked) {
		return m.request, m.problems.request, len(m.asked), nil
	}
	request, n, err := wsproto.ParseRequest(b)
	if n == 0 {
		return nil, nil, 0, err
	}
	m.request, m.asked = request, append(m.asked[:0], b[:n]...)
	m.problems.request = wsproto.CheckRequest(request)
	return request, m.problems.request, n, nil
}

// parseResponse is wsproto.ParseResponse.
func (m *memo) parseResponse(b []byte) (*wsproto.Response, int, error) {
	if m.response != nil && bytes.HasPrefix(b, m.answered) {
		return m.response, len(m.answered), nil
	}
	response, n, err := wsproto.ParseResponse(b)
	if n == 0 {
		return nil, 0, err
	}
	m.response, m.answered, m.to = response, append(m.answered[:0], b[:n]...), nil
	return response, n, nil
}

// checkResponse is wsproto.CheckResponse of the response parsed last.
func (m *memo) checkResponse(request *wsproto.Request) []wsproto.Problem {
	if m.to != request {
		m.to, m.problems.response = request, wsproto.CheckResponse(m.response, request)
	}
	return m.problems.response
}
