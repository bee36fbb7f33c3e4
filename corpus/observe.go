package corpus

import (
	"bytes"
	"net/http"

	"github.com/wscheck/wscheck/internal/keepalive"
	"github.com/wscheck/wscheck/oracle"
	"github.com/wscheck/wscheck/wsproto"
)

// Observe returns which course the peer took in a conversation: it refused the
// opening handshake, failed the connection (and with which close code, if any),
// or kept it. ok is false if the trace does not show it, because octets are
// missing from it.
//
// It goes by what came first in the trace, and so is exact where our side waits
// for what the peer has to do before it begins to close.
func Observe(t *oracle.Trace) (seen Expect, ok bool) {
	if t.Elided() {
		return Expect{}, false
	}
	o := observer{role: t.Role, accepts: http.StatusSwitchingProtocols}
	if t.Carrier == oracle.HTTP2 {
		o.accepts = http.StatusOK
	}
	if t.Role == wsproto.Client && t.Carrier == oracle.HTTP1 {
		sent, _ := t.Octets(oracle.EventSent)
		received, _ := t.Octets(oracle.EventReceived)
		o.ours.before, o.theirs.before = keepalive.Before(sent, received)
	}
	for i := range t.Events {
		o.event(&t.Events[i])
	}
	switch {
	case !o.opened():
		return Expect{Refuse: true}, true
	case o.failed:
		return Expect{Fail: true, Codes: o.codes}, true
	}
	return Expect{Keep: true}, true
}

// observer follows a conversation until it is known who ended it.
type observer struct {
	role         wsproto.Role
	accepts      int // the status that accepts
	ours, theirs half

	code   wsproto.CloseCode // of our close frame
	closed bool              // we sent one, or ended the connection
	over   bool              // the peer has ended it
	failed bool
	codes  []wsproto.CloseCode
}

// half is what one side sent.
type half struct {
	before   int    // octets of requests before the opening handshake, or of responses to them
	head     []byte // the opening handshake, until it is complete
	complete bool
	status   int  // of a response
	wrong    bool // a response that no client must accept
	octets   int  // that follow the head
	frames   wsproto.Collector
}

// opened reports whether the opening handshake was accepted: by the status where
// the peer is a server, and where it is a client by what it did about a response
// that it must not accept.
func (o *observer) opened() bool {
	if o.role == wsproto.Client {
		return o.theirs.complete && o.theirs.status == o.accepts
	}
	return o.theirs.complete && o.ours.complete && !(o.ours.wrong && o.failed && o.theirs.octets == 0)
}

func (o *observer) event(e *oracle.Event) {
	switch e.Kind {
	case oracle.EventSent:
		for _, f := range o.ours.feed(e.Data, o.role, &o.theirs) {
			if p, ok := wsproto.ParseClose(f.Payload); f.Opcode == wsproto.OpClose && !o.closed {
				o.closed = true
				if ok && p.HasCode {
					o.code = p.Code
				}
			}
		}
	case oracle.EventReceived:
		for _, f := range o.theirs.feed(e.Data, o.role.Peer(), &o.ours) {
			if f.Opcode == wsproto.OpClose && !o.over {
				o.theirClose(f.Payload)
			}
		}
	case oracle.EventSentEOF, oracle.EventClosed, oracle.EventSentReset:
		o.closed = true
	case oracle.EventReceivedEOF, oracle.EventReceivedReset:
		if !o.closed && !o.over {
			o.failed = true
		}
		o.over = true
	}
}

// theirClose takes the peer's close frame. One that answers ours is a failure
// where it gives a reason of its own.
func (o *observer) theirClose(payload []byte) {
	o.over = true
	p, ok := wsproto.ParseClose(payload)
	if o.closed && (!ok || !p.HasCode || p.Code == o.code || p.Code == wsproto.CloseNormal || p.Code == wsproto.CloseGoingAway) {
		return
	}
	o.failed = true
	if ok && p.HasCode {
		o.codes = []wsproto.CloseCode{p.Code}
	}
}

// feed takes octets that a side of that role sent, and returns the frames that
// end with them. A server's response is looked at as the answer to what the
// other half says.
func (h *half) feed(b []byte, role wsproto.Role, other *half) []wsproto.Collected {
	n := min(len(b), h.before)
	b, h.before = b[n:], h.before-n
	if !h.complete {
		h.head = append(h.head, b...)
		if !bytes.Contains(b, []byte("\n")) {
			return nil
		}
		n := h.parseHead(role, other)
		if n == 0 {
			return nil
		}
		h.complete = true
		b = h.head[n:]
	}
	h.octets += len(b)
	return h.frames.Feed(b)
}

// parseHead returns the size of the head, 0 while it is not complete.
func (h *half) parseHead(role wsproto.Role, other *half) int {
	if role == wsproto.Client {
		_, n, _ := wsproto.ParseRequest(h.head) // n is 0 if it is not a request
		return n
	}
	for at := 0; ; {
		r, n, err := wsproto.ParseResponse(h.head[at:])
		if n == 0 || err != nil {
			return 0
		}
		at += n
		if r.Status >= 100 && r.Status < 200 && r.Status != http.StatusSwitchingProtocols {
			continue // an interim response
		}
		h.status = r.Status
		request, _, _ := wsproto.ParseRequest(other.head) // nil leaves out what depends on it
		h.wrong = len(wsproto.CheckResponse(r, request)) > 0
		return at
	}
}
