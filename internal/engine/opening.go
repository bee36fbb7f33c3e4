package engine

import (
	"errors"
	"fmt"
	"slices"

	"github.com/wscheck/wscheck/internal/autobahn"
	"github.com/wscheck/wscheck/internal/deflate"
	"github.com/wscheck/wscheck/internal/problem"
	"github.com/wscheck/wscheck/oracle"
	"github.com/wscheck/wscheck/wsproto"
)

// opening is our part of the opening handshake. feed takes what the peer sends
// until done is set; err then tells why the connection is not open.
type opening struct {
	request  []byte // as it went over the wire
	response []byte // as it went over the wire
	agent    string // how the peer calls itself: its Server or User-Agent field
	buf      []byte
	interims int // responses that came before the one that counts
	done     bool
	err      error

	compression *compression // agreed on; nil for none

	dialect *oracle.Dialect

	lenient bool
	carrier oracle.Carrier
	memo    *openingMemo
	sent    *wsproto.Request  // client role; nil where it is not HTTP, or does not matter
	server  *oracle.Handshake // server role; nil in the client role
	answers []deflate.Policy  // server role: what is answered to offers; nil: what server has
}

// ask makes the request of a script. authority and target come from the URL
// under test, fields and subprotocols from its user.
func (o *opening) ask(m *memory, h *oracle.Handshake, to *endpointURL, lenient bool) {
	*o = opening{lenient: lenient, carrier: to.over(), memo: &m.openings, request: m.appendRequest(o.request[:0], h, to), buf: o.buf[:0]}
	if !lenient {
		o.sent, _, _ = wsproto.ParseRequest(o.request)
	}
}

// maxInterims bounds the interim responses before the one that counts: a server
// that lets a client wait sends one in many seconds (RFC 2518 10.1).
const maxInterims = 1000

// errNotUpgraded is the reason why a connection did not open.
var errNotUpgraded = errors.New("the opening handshake failed")

// feed takes octets of the peer's half and returns those that follow it.
func (o *opening) feed(b []byte) []byte {
	o.buf = append(o.buf, b...)
	if o.server != nil {
		return o.feedRequest()
	}
	for {
		resp, n, err := o.memo.parse(o.buf)
		if err != nil {
			o.response, o.buf = o.buf[:min(len(o.buf), traceOctets)], nil
			o.done, o.err = true, err
			return nil
		}
		if n == 0 {
			return nil
		}
		rest := o.buf[n:]
		if resp.Status >= 100 && resp.Status < 200 && (resp.Status != 101 || o.carrier == oracle.HTTP2) {
			o.buf = rest // an interim response: the real one is still to come
			if o.interims++; o.interims > maxInterims {
				return nil
			}
			continue
		}
		o.response, o.buf = o.buf[:n:n], nil
		o.done = true
		o.agent, _ = resp.Get("Server")
		if o.err = o.check(resp); o.err == nil {
			if o.compression, o.err = negotiated(wsproto.Client, o.memo.extensions, o.memo.err); o.lenient {
				o.err = nil
			}
		}
		return rest
	}
}

// refusals are the problems of a response that the testing side cannot live
// with. The others are the judge's business, and no reason to stop.
var refusals = []wsproto.ProblemKind{
	problem.StatusNot101, problem.ResponseVersion,
	problem.UpgradeMissing, problem.UpgradeToken, problem.ConnectionMissing, problem.ConnectionToken,
	problem.AcceptMissing, problem.AcceptRepeated, problem.AcceptWrong,
	problem.ProtocolNotOffered, problem.ProtocolRepeated,
	problem.ExtensionNotOffered, problem.ExtensionSyntax,
}

func (o *opening) check(resp *wsproto.Response) error {
	check := wsproto.CheckResponse
	if o.carrier == oracle.HTTP2 {
		check = wsproto.CheckConnectResponse
	}
	if o.sent == nil || o.lenient {
		if !o.accepted(resp) {
			return fmt.Errorf("%w: status %d", errNotUpgraded, resp.Status)
		}
		return nil
	}
	for _, p := range check(resp, o.sent) {
		if slices.Contains(refusals, p.Kind) {
			return fmt.Errorf("%w: %v", errNotUpgraded, p)
		}
	}
	return nil
}

// accepted reports whether a response opens the connection.
func (o *opening) accepted(resp *wsproto.Response) bool {
	if o.carrier == oracle.HTTP2 {
		return resp.Status/100 == 2
	}
	return resp.Status == 101
}

// inflater is what decompresses the peer's messages, nil for nothing.
func (o *opening) inflater() autobahn.Inflater {
	if o.compression == nil {
		return nil
	}
	return o.compression
}
