package oracle

import (
	"bytes"

	"github.com/wscheck/wscheck/wsproto"
)

// Bounds of a memo: the requests that it holds, and the responses, which is enough for a
// peer that is asked in many ways in turn, the octets of one, and the responses that are
// known to answer one request.
const (
	maxMemo        = 512
	maxMemoHead    = 4 << 10
	maxMemoAnswers = 4
)

// memo holds opening handshakes that were taken apart. Conversations with one peer mostly
// begin alike, octet for octet; to take that apart is most of the work of judging a short
// one.
type memo struct {
	requests  heads[memoRequest]
	responses heads[memoResponse]

	last    *memoResponse // the one that was asked for last
	carrier Carrier       // of all that is held
}

// memoRequest is a request and the problems that it has.
type memoRequest struct {
	message    *wsproto.Request
	size       int // octets
	problems   []wsproto.Problem
	extensions memoExtensions
	answers    map[*memoResponse][]wsproto.Problem // of these, sent to it
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

// heads are requests or responses by their octets, those that were asked for last.
type heads[M any] struct {
	young, old map[string]*M
}

// known returns what b begins with, and nil where it is not known.
func (h *heads[M]) known(b []byte) *M {
	head := headOf(b)
	m := h.young[string(head)]
	if m == nil {
		if m = h.old[string(head)]; m != nil {
			h.keep(head, m)
		}
	}
	return m
}

// keep notes what an octet string is, and forgets what was not asked for of late.
func (h *heads[M]) keep(head []byte, m *M) {
	switch {
	case len(head) > maxMemoHead:
		return
	case h.young == nil:
		h.young, h.old = map[string]*M{}, map[string]*M{}
	case len(h.young) >= maxMemo/2:
		clear(h.old)
		h.young, h.old = h.old, h.young
	}
	h.young[string(head)] = m
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
	if known := m.requests.known(b); known != nil {
		return known, nil
	}
	message, n, err := wsproto.ParseRequest(b)
	if n == 0 {
		return nil, err
	}
	request := &memoRequest{message: message, size: n, problems: m.checkRequest(message), extensions: extensionsOf(message.Fields)}
	m.requests.keep(b[:n], request)
	return request, nil
}

// parseResponse is wsproto.ParseResponse. It returns nil where b ends before the response
// does.
func (m *memo) parseResponse(b []byte) (*memoResponse, error) {
	if m.last = m.responses.known(b); m.last == nil {
		message, n, err := wsproto.ParseResponse(b)
		if n == 0 {
			return nil, err
		}
		m.last = &memoResponse{message: message, size: n, extensions: extensionsOf(message.Fields)}
		m.responses.keep(b[:n], m.last)
	}
	return m.last, nil
}

// checkResponse is wsproto.CheckResponse of the response parsed last, or its like for
// HTTP/2.
func (m *memo) checkResponse(to *memoRequest) []wsproto.Problem {
	problems, known := to.answers[m.last]
	if known {
		return problems
	}
	check := wsproto.CheckResponse
	if m.carrier == HTTP2 {
		check = wsproto.CheckConnectResponse
	}
	problems = check(m.last.message, to.message)
	switch {
	case m.last.size > maxMemoHead:
		return problems
	case to.answers == nil:
		to.answers = map[*memoResponse][]wsproto.Problem{}
	case len(to.answers) >= maxMemoAnswers:
		clear(to.answers)
	}
	to.answers[m.last] = problems
	return problems
}

func (m *memo) checkRequest(request *wsproto.Request) []wsproto.Problem {
	if m.carrier == HTTP2 {
		return wsproto.CheckConnect(request)
	}
	return wsproto.CheckRequest(request)
}
