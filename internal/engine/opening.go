package engine

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/wscheck/wscheck/internal/catalogue"
	"github.com/wscheck/wscheck/internal/deflate"
	"github.com/wscheck/wscheck/internal/head"
	"github.com/wscheck/wscheck/internal/keepalive"
	"github.com/wscheck/wscheck/internal/problem"
	"github.com/wscheck/wscheck/oracle"
	"github.com/wscheck/wscheck/wsproto"
)

// openingHandshake is our part of the opening handshake. feed takes what the peer sends
// until done is set; err then says why the connection is not open.
type openingHandshake struct {
	request  []byte // as it went over the wire
	response []byte // as it went over the wire
	agent    string // how the peer calls itself: its Server or User-Agent field
	buf      []byte
	interims int // responses that came before the one that counts
	done     bool
	err      error

	before exchanges

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
func (o *openingHandshake) ask(memo *openingMemo, rng *rand.Rand, h *oracle.Handshake, to *endpointURL, lenient bool) {
	if o.buf == nil {
		o.buf = o.response // of the conversation before
	}
	*o = openingHandshake{lenient: lenient, carrier: to.over(), memo: memo, request: memo.appendRequest(o.request[:0], rng, h, to), buf: o.buf[:0]}
	if !lenient {
		o.sent, _, _ = wsproto.ParseRequest(o.request)
	}
	for _, request := range h.Before {
		blanks := &head.Blanks{Authority: to.authority, Target: to.target, Key: string(appendKey(nil, rng))}
		o.before.requests = append(o.before.requests, head.Before(request, blanks))
	}
}

// exchanges are requests that come before the opening handshake on the connection.
type exchanges struct {
	requests  [][]byte // those that are not answered, in order
	answering bool     // the head of the response to the first of them has come
	body      keepalive.Body
}

// errNotKept is the reason why there was no opening handshake after another request on the
// connection.
var errNotKept = errors.New("the server does not keep the connection for another request")

// feedBefore takes octets of a response that comes before the one that counts, and reports whether
// it is whole.
func (o *openingHandshake) feedBefore() (whole bool, err error) {
	e := &o.before
	for !e.answering {
		response, n, err := wsproto.ParseResponse(o.buf)
		request, _, _ := wsproto.ParseRequest(e.requests[0])
		switch {
		case err != nil:
			return false, err
		case n == 0 || o.interims > maxInterims:
			return false, nil
		case request == nil || response.Status == http.StatusSwitchingProtocols:
			return false, fmt.Errorf("%w: status %d for another request", errNotUpgraded, response.Status)
		case o.interim(response):
			o.interims++
		default:
			e.answering, e.body = true, keepalive.Response(request, response)
		}
		o.buf = o.buf[n:]
	}
	o.buf = o.buf[e.body.Take(o.buf):]
	switch {
	case !e.body.Persists(), e.body.Whole() && len(o.buf) > 0:
		return false, errNotKept
	case !e.body.Whole():
		return false, nil
	}
	e.answering, e.requests = false, e.requests[1:]
	return true, nil
}

func (o *openingHandshake) failed() bool { return o.done && o.err != nil }

// traceOctets is how many octets a trace keeps, also of a handshake that does not end.
const traceOctets = 32 << 10

// maxInterims bounds the interim responses before the one that counts: a server
// that lets a client wait sends one in many seconds (RFC 2518 10.1).
const maxInterims = 1000

// errNotUpgraded is the reason why a connection did not open.
var errNotUpgraded = errors.New("the opening handshake failed")

// feed takes octets of the peer's half and returns those that follow it.
func (o *openingHandshake) feed(b []byte) []byte {
	o.buf = append(o.buf, b...)
	if o.server != nil {
		return o.feedRequest()
	}
	for len(o.before.requests) > 0 {
		switch whole, err := o.feedBefore(); {
		case err != nil:
			o.response = o.malformed(err)
			return nil
		case !whole:
			return nil
		}
	}
	for {
		known, err := o.memo.parse(o.buf)
		if err != nil {
			o.response = o.malformed(err)
			return nil
		}
		if known == nil {
			return nil
		}
		resp, n := known.message, len(known.octets)
		rest := o.buf[n:]
		if o.interim(resp) {
			o.buf = rest // the real one is still to come
			if o.interims++; o.interims > maxInterims {
				return nil
			}
			continue
		}
		o.response, o.buf = o.buf[:n:n], nil
		o.done = true
		o.agent, _ = resp.Get("Server")
		if o.err = o.check(resp); o.err == nil {
			if o.compression, o.err = negotiated(wsproto.Client, known.extensions, known.err); o.lenient {
				o.err = nil
			}
		}
		return rest
	}
}

// malformed ends the handshake for what cannot be read, and returns what is kept of that.
func (o *openingHandshake) malformed(err error) (kept []byte) {
	kept, o.buf = o.buf[:min(len(o.buf), traceOctets)], nil
	o.done, o.err = true, err
	return kept
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

func (o *openingHandshake) check(resp *wsproto.Response) error {
	check := wsproto.CheckResponse
	if o.carrier == oracle.HTTP2 {
		check = wsproto.CheckConnectResponse
	}
	if o.sent == nil || o.lenient {
		if !o.opens(resp) {
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

// interim reports whether another response follows.
func (o *openingHandshake) interim(resp *wsproto.Response) bool {
	return resp.Status >= 100 && resp.Status < 200 && (resp.Status != 101 || o.carrier == oracle.HTTP2)
}

// opens reports whether a response opens the connection.
func (o *openingHandshake) opens(resp *wsproto.Response) bool {
	if o.carrier == oracle.HTTP2 {
		return resp.Status/100 == 2
	}
	return resp.Status == 101
}

// negotiated makes the compression that the extensions of an answer agree on, nil
// for none; err is what is wrong with them, and role is ours. Like
// the original it takes an answer that fits none of the offers, which is for the
// judge to say, and refuses one that is wrong by itself.
func negotiated(role wsproto.Role, answers []wsproto.Extension, err error) (*compression, error) {
	if err != nil {
		return nil, err
	}
	var agreed *compression
	for _, e := range answers {
		if e.Name != deflate.Name {
			continue
		}
		params, problems := deflate.ParseAnswer(e)
		switch {
		case len(problems) > 0:
			return nil, fmt.Errorf("%w: %v", errNotUpgraded, problems[0])
		case agreed != nil:
			return nil, fmt.Errorf("%w: permessage-deflate twice", errNotUpgraded)
		}
		agreed = newCompression(role, params)
	}
	return agreed, nil
}

// await answers the request of a client as the case says.
func (o *openingHandshake) await(cs *catalogue.Case) {
	*o = openingHandshake{lenient: cs.Autobahn == nil, server: &cs.Script.Handshake, buf: o.buf[:0]}
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
// response, and returns the octets after the request and its body.
func (o *openingHandshake) feedRequest() []byte {
	req, n, err := wsproto.ParseRequest(o.buf)
	switch {
	case err != nil:
		o.request = o.malformed(err)
		o.response = head.Refusal(http.StatusBadRequest, "Bad Request", err.Error())
		return nil
	case n == 0:
		return nil
	}
	rest := o.buf[n:]
	o.request, o.buf = o.buf[:n:n], nil
	o.done = true
	if length, _ := req.Get("Content-Length"); length != "" {
		body, _ := strconv.ParseUint(length, 10, 31)
		rest = rest[min(body, uint64(len(rest))):]
	}
	o.agent, _ = req.Get("User-Agent")
	if o.err = o.checkRequest(req); o.err != nil {
		o.response = head.Refusal(http.StatusBadRequest, "Bad Request", o.err.Error())
		return rest
	}
	o.answer(req)
	return rest
}

// answer makes the response to a request that can be accepted.
func (o *openingHandshake) answer(req *wsproto.Request) {
	h := *o.server
	if o.answers != nil {
		h.Offers = nil
		offers, _ := wsproto.ParseExtensions(req.Values(extensionsField)) // none, if that is not a list
		if agreed, _, ok := deflate.Answer(withoutTakeover(offers), o.answers...); ok {
			h.Offers = []string{agreed.String()}
		}
	}
	key, _ := req.Get("Sec-WebSocket-Key")
	offered := req.Fields.Tokens(subprotocolField) // what our side may choose from
	if spoken := spoken(o.dialect); len(spoken) > 0 {
		offered = chosen(spoken, offered)
	}
	if len(offered) > 0 && !names(&h, subprotocolField) {
		// Some clients want one of what they offer, as those of browsers do: without a dialect
		// that has its own, the first is as good as any.
		switch {
		case h.Status != 0 && h.Status != http.StatusSwitchingProtocols:
		case h.Raw == nil:
			h.Subprotocols = offered[:1]
		default:
			h.Raw = withField(h.Raw, subprotocolField+": "+offered[0])
		}
	}
	if blanks := (&head.Blanks{Key: key, Offered: offered}); o.carrier == oracle.HTTP2 {
		o.response = head.Accepted(&h, blanks)
	} else {
		o.response = head.Response(&h, blanks)
	}
	resp, n, err := wsproto.ParseResponse(o.response)
	for at := n; n > 0 && o.interim(resp); at += n {
		resp, n, err = wsproto.ParseResponse(o.response[at:])
	}
	switch {
	case h.Refused:
		// The client has to refuse this, and is given the chance to continue.
	case err != nil || n > 0 && !o.opens(resp):
		o.err = errRefusing
	case n > 0:
		answers, err := wsproto.ParseExtensions(resp.Values(extensionsField))
		o.compression, _ = negotiated(wsproto.Server, answers, err) // none, where the script answers wrongly
	}
}

// spoken returns the subprotocols of a dialect that our side speaks as a server.
func spoken(d *oracle.Dialect) []string {
	if d.Echoes() || d.Server == nil {
		return nil
	}
	return d.Server.Subprotocols
}

// chosen returns the first subprotocol that our side speaks, as a server, and a client
// offers: nothing for none.
func chosen(spoken, offered []string) []string {
	for i, name := range spoken {
		if slices.Contains(offered, name) {
			return spoken[i : i+1]
		}
	}
	return nil
}

// names reports whether a script's response says itself what is in a field.
func names(h *oracle.Handshake, field string) bool {
	named := len(h.Subprotocols) > 0 || bytes.Contains(bytes.ToLower(h.Raw), []byte(strings.ToLower(field)))
	for _, f := range h.Fields {
		named = named || strings.EqualFold(f.Name, field)
	}
	return named
}

// withField returns octets that end in a response with a line more in it, before the
// empty line; octets that accept nothing stay as they are.
func withField(raw []byte, field string) []byte {
	if !bytes.Contains(raw, []byte("Sec-WebSocket-Accept:")) {
		return raw
	}
	for _, end := range []string{"\r\n", "\n"} {
		if i := bytes.LastIndex(raw, []byte(end+end)); i >= 0 {
			return slices.Concat(raw[:i], []byte(end+field), raw[i:])
		}
	}
	return raw
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
func (o *openingHandshake) checkRequest(req *wsproto.Request) error {
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

// openingMemo holds what the conversations with one peer have in common in the
// client role: the plain request, apart from its key, and the response, which
// mostly comes octet for octet as it came before.
type openingMemo struct {
	to    *endpointURL // of request; nil for none
	plain []byte       // the plain request to it
	keyAt int          // position in plain of the key

	responses [4]knownResponse // those that came last
	next      int              // the one that is given up for another
}

// knownResponse is a response that was taken apart.
type knownResponse struct {
	octets     []byte // nil in an empty place
	message    *wsproto.Response
	extensions []wsproto.Extension
	err        error // of the extensions
}

const (
	extensionsField  = "Sec-WebSocket-Extensions"
	subprotocolField = "Sec-WebSocket-Protocol"
)

// keySize is the length of a Sec-WebSocket-Key: 16 octets in base64.
const keySize = 24

func (memo *openingMemo) appendRequest(dst []byte, rng *rand.Rand, h *oracle.Handshake, to *endpointURL) []byte {
	var room [keySize]byte
	key := appendKey(room[:0], rng)
	if h.Plain() && memo.to == to {
		at := len(dst) + memo.keyAt
		dst = append(dst, memo.plain...)
		copy(dst[at:], key)
		return dst
	}
	blanks := &head.Blanks{
		Authority: to.authority, Target: to.target, Key: string(key),
		Fields: to.fields, Subprotocols: to.subprotocols,
	}
	if to.over() == oracle.HTTP2 {
		blanks.Scheme = to.scheme()
		return append(dst, head.Connect(h, blanks)...)
	}
	from := len(dst)
	dst = head.AppendRequest(dst, h, blanks)
	if h.Plain() {
		memo.to, memo.plain = to, bytes.Clone(dst[from:])
		memo.keyAt = bytes.Index(memo.plain, key)
	}
	return dst
}

// appendKey appends a key that is drawn at random (RFC 6455 4.1). It has no + and no /: a
// server that refuses these would be refused by chance what other requests are compared
// with. There are cases about them.
func appendKey(dst []byte, rng *rand.Rand) []byte {
	var nonce [16]byte
	binary.LittleEndian.PutUint64(nonce[:], rng.Uint64())
	binary.LittleEndian.PutUint64(nonce[8:], rng.Uint64())
	from := len(dst)
	dst = base64.StdEncoding.AppendEncode(dst, nonce[:])
	for i, c := range dst[from:] {
		switch c {
		case '+':
			dst[from+i] = 'p'
		case '/':
			dst[from+i] = 's'
		}
	}
	return dst
}

// parse is [wsproto.ParseResponse], and the extensions of the response. It returns nil
// where b ends before the response does.
func (memo *openingMemo) parse(b []byte) (*knownResponse, error) {
	for i := range memo.responses {
		if r := &memo.responses[i]; len(r.octets) > 0 && bytes.HasPrefix(b, r.octets) {
			return r, nil
		}
	}
	response, size, err := wsproto.ParseResponse(b)
	if size == 0 {
		return nil, err
	}
	r := &memo.responses[memo.next]
	memo.next = (memo.next + 1) % len(memo.responses)
	r.message, r.octets = response, append(r.octets[:0], b[:size]...)
	r.extensions, r.err = wsproto.ParseExtensions(response.Values(extensionsField))
	return r, nil
}
