package engine

import (
	"errors"
	"fmt"
	"net/http"
	"slices"

	"github.com/wscheck/wscheck/internal/catalogue"
	"github.com/wscheck/wscheck/internal/deflate"
	"github.com/wscheck/wscheck/internal/head"
	"github.com/wscheck/wscheck/internal/problem"
	"github.com/wscheck/wscheck/oracle"
	"github.com/wscheck/wscheck/wsproto"
)

// await answers the request of a client as the case says.
func (o *opening) await(cs *catalogue.Case) {
	*o = opening{lenient: cs.Autobahn == nil, server: &cs.Script.Handshake, buf: o.buf[:0]}
	for _, a := range cs.ServerDeflate {
		o.answers = append(o.answers, deflate.Policy{
			ClientNoContextTakeover: a.RequestNoContextTakeover,
			ClientMaxWindowBits:     a.RequestMaxWindowBits,
			OnlyOffered:             true,
		})
	}
}

// errNotUpgrading is the reason why a connection did not open on account of the
// client's request.
var errNotUpgrading = errors.New("the client's request cannot be accepted")

// errRefusing is the reason where it was our side that refused to.
var errRefusing = errors.New("the script refuses the opening handshake")

// feedRequest looks for the end of the request in what came, makes the
// response, and returns the octets behind the request.
func (o *opening) feedRequest() []byte {
	req, n, err := wsproto.ParseRequest(o.buf)
	switch {
	case err != nil:
		o.request, o.buf = o.buf[:min(len(o.buf), traceOctets)], nil
		o.done, o.err = true, err
		o.response = refusal(err)
		return nil
	case n == 0:
		return nil
	}
	rest := o.buf[n:]
	o.request, o.buf = o.buf[:n:n], nil
	o.done = true
	o.agent, _ = req.Get("User-Agent")
	if o.err = o.checkRequest(req); o.err != nil {
		o.response = refusal(o.err)
		return rest
	}
	o.answer(req)
	return rest
}

// answer makes the response to a request that can be accepted.
func (o *opening) answer(req *wsproto.Request) {
	h := *o.server
	if o.answers != nil {
		h.Offers = nil
		offers, _ := wsproto.ParseExtensions(req.Values(extensionsField)) // none, if that is no list
		if agreed, _, ok := deflate.Answer(withoutTakeover(offers), o.answers...); ok {
			h.Offers = []string{agreed.String()}
		}
	}
	key, _ := req.Get("Sec-WebSocket-Key")
	if name := chosen(o.dialect, req); name != "" && len(h.Subprotocols) == 0 && h.Raw == nil {
		h.Subprotocols = []string{name}
	}
	if blanks := (&head.Blanks{Key: key}); o.carrier == oracle.HTTP2 {
		o.response = head.Accepted(&h, blanks)
	} else {
		o.response = head.Response(&h, blanks)
	}
	resp, n, err := wsproto.ParseResponse(o.response)
	switch {
	case h.Refused:
		// The client has to refuse this, and is given the chance to go on.
	case err != nil || n > 0 && !o.accepted(resp):
		o.err = errRefusing
	case n > 0:
		answers, err := wsproto.ParseExtensions(resp.Values(extensionsField))
		o.compression, _ = negotiated(wsproto.Server, answers, err) // none, where the script answers wrongly
	}
}

// withoutTakeover is what a client offers, with client_no_context_takeover added
// to each offer: every client can be asked for that, whether it has said so or
// not (RFC 7692 7.1.1.2).
func withoutTakeover(offers []wsproto.Extension) []wsproto.Extension {
	const name = "client_no_context_takeover"
	able := slices.Clone(offers)
	for i, e := range able {
		if !slices.ContainsFunc(e.Params, func(p wsproto.Param) bool { return p.Name == name }) {
			able[i].Params = append(slices.Clip(e.Params), wsproto.Param{Name: name})
		}
	}
	return able
}

// checkRequest reports what in a request keeps a server from accepting it (RFC
// 6455 4.2.1). A lenient one needs a key alone, to answer with; the rest is the
// judge's business.
func (o *opening) checkRequest(req *wsproto.Request) error {
	check := wsproto.CheckRequest
	if o.carrier == oracle.HTTP2 {
		check = wsproto.CheckConnect
	}
	for _, p := range check(req) {
		if !o.lenient || p.Kind == problem.KeyMissing {
			return fmt.Errorf("%w: %v", errNotUpgrading, p)
		}
	}
	return nil
}

// refusal is the response to a request that cannot be accepted (RFC 6455 4.2.2).
func refusal(reason error) []byte {
	body := reason.Error() + "\n"
	r := &wsproto.Response{
		Proto: "HTTP/1.1", Status: http.StatusBadRequest, Reason: http.StatusText(http.StatusBadRequest),
		Fields: wsproto.Fields{
			{Name: "Connection", Value: "close"},
			{Name: "Content-Type", Value: "text/plain; charset=utf-8"},
			{Name: "Content-Length", Value: fmt.Sprint(len(body))},
		},
	}
	return append(r.AppendTo(nil), body...)
}

// respond sends our half of the opening handshake in the server role. Where
// frames are to follow in the same write, it waits for them.
func (c *conversation) respond() {
	h := &c.script.Handshake
	c.handshake(c.opening.response, h.Chop)
	c.playing = h.WithFrames && c.opening.err == nil
}
