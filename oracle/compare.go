package oracle

import (
	"fmt"
	"slices"
	"strings"

	"github.com/wscheck/wscheck/internal/deflate"
	"github.com/wscheck/wscheck/internal/plural"
	"github.com/wscheck/wscheck/wsproto"
)

var (
	ruleEqual = newRule(clause("rfc6455/4.2.2/equal", Must, bindsServer,
		"accept a request that says the same as one that it accepts, however that is written.").
		noted("A request that has all that 4.2.1 lists is right in any form that HTTP gives it: fields in any order (RFC 9110 5.3), names, and " +
			"the tokens of Upgrade and Connection, in any case (5.1, 7.6.1, 7.8), white space around a value or none (5.5), a list over several lines or " +
			"with empty elements (5.3, 5.6.1), keep-alive in Connection, which says what is so anyhow (RFC 9112 9.3), a target in absolute form (3.2.2); " +
			"and in whatever pieces TCP cuts it into. " +
			"A refusal with a status that speaks of the client or of the load, such as 401 or 503, is not held against it."))
	ruleCloseTaken = newRule(clause("rfc6455/5.5.1/close-taken", Must, bindsBoth,
		"treat a valid close frame as the start of the closing handshake, not as an error, with any code and reason.").
		noted("Section 7.4 says which codes may be sent, and 5.5 how long a reason may be. Which code stands in the answer is free (5.5.1); but " +
			"1002 and 1007 say that something was wrong (7.4.1). It is judged of a peer that answers code 1000 without them.").
		broken("treats a valid close frame as an error"))
	ruleDecline = newRule(clause("rfc7692/5/decline", Must, bindsServer,
		"decline a valid offer that it does not accept: open the connection with a response without the extension.").
		noted("The offer is not a demand. A server that accepts the request without it has no reason to refuse the one with it: " +
			"RFC 6455 4.2.1 lists Sec-WebSocket-Extensions among what a request may have.").
		broken("refuses the connection for a valid offer of permessage-deflate"))
)

// Plain is what a peer did in a plain conversation: the zero [Handshake], and a
// close frame with code 1000. It is what [Judge.Compare] needs to know.
type Plain struct {
	Request *wsproto.Request // that the peer, a server, accepted; nil if it did not
	Scheme  string           // of the absolute form of its target: "http" or "https"
	Closed  bool             // it answered the close frame with one that reports no error
	Fickle  bool             // the server has ended a plain conversation too, before it was open
}

// comparison is what only a plain conversation with the same peer shows to be
// wrong: that the peer refused a request that is written in another way, or took a
// right close frame for an error.
type comparison struct {
	with  rule // noRule: there is nothing to compare
	basis Basis
	event int
	at    int64
	got   string

	fickle bool // the peer ends plain conversations as well
}

// Compare compares the conversation with a plain one with the same peer. Call it
// once the conversation is over, and before Verdict. It calls converse only where
// the verdict may depend on what that returns; nil says that it is not known.
func (j *Judge) Compare(converse func() *Plain) {
	c := &j.unlike
	if c.with == noRule {
		return
	}
	plain := converse()
	if plain == nil {
		return
	}
	r, want := c.with, "a close frame that reports no error, as the answer to code 1000 does"
	if r == ruleEqual {
		var differ []string
		if r, differ = unlikePlain(plain, j.opening.request); r == noRule {
			return
		}
		same := r == ruleEqual && len(differ) == 0 && slices.Equal(fieldNames(plain.Request), fieldNames(j.opening.request))
		if c.basis != Seen && plain.Fickle {
			c.fickle = true
			return
		}
		if same && c.basis != Seen && !j.opening.pieces {
			return // it is not what was asked, nor how it was cut, that ended the connection
		}
		want = "status 101, as for the plain request, which has " + quoted(plain.Request, differ)
		c.got += " for one with " + quoted(j.opening.request, differ)
	} else if !plain.Closed {
		return
	}
	j.exercised.add(r)
	j.reported.add(r)
	j.findings = append(j.findings, Finding{
		Clause: r.clause().ID, Outcome: weight(r), Basis: c.basis, Event: c.event, Offset: c.at, Want: want, Got: c.got,
	})
	c.with = noRule
}

// differs notes what a plain conversation may show to be wrong.
func (j *Judge) differs(r rule, basis Basis, offset int64, got string) {
	j.unlike = comparison{with: r, basis: basis, event: j.event, at: offset, got: got}
}

// refusedEqual is called when the peer, a server, did not accept our request.
func (j *Judge) refusedEqual(basis Basis, got string) {
	o := &j.opening
	if j.role == wsproto.Client && o.request != nil && o.problems == 0 && !o.partial && !hasBody(o.request.Fields) && len(o.sent) == o.asked.size {
		if o.later {
			got += " after another request on the connection"
		}
		j.differs(ruleEqual, basis, o.from, got)
	}
}

// fickle are the statuses of a refusal that says nothing of what is asked: who asks, how
// often, at what length, and how busy the server is.
var fickle = []int{401, 403, 407, 408, 413, 414, 425, 429, 431, 451, 502, 503, 504, 511}

// comparableStatus reports whether a refusal with that status is about the request.
func comparableStatus(status int) bool {
	return (status < 300 || status >= 400) && !slices.Contains(fickle, status)
}

// closedUnlike is called when the peer has answered a close frame of ours with which
// nothing is wrong.
func (j *Judge) closedUnlike(offset int64) {
	switch code := j.theirs.code; {
	case !j.stays() || j.sentEarly || !j.ours.closeRight || len(j.ours.faults) > 0 || j.declinedOpening() || j.owesPong() || j.echo.bomb():
	case j.ext.foreign || j.ours.in.lost || j.ours.midFrame() || code.Code == j.ours.code.Code:
	case code.HasCode && (code.Code == wsproto.CloseProtocolError || code.Code == wsproto.CloseInvalidPayload):
		j.differs(ruleCloseTaken, Seen, offset, fmt.Sprintf("code %s for a close frame with %s", code.Code, j.ours.closeWords()))
	}
}

// closeWords names what our close frame has.
func (o *ours) closeWords() string {
	if !o.code.HasCode {
		return "no code"
	}
	return fmt.Sprintf("code %s and a reason of %s", o.code.Code, plural.Of(o.reason, "octet"))
}

// unlikePlain returns the rule by which a server that accepted the plain request
// has to accept the other one too, and the names of the fields in which the two
// differ. It returns noRule where the server need not.
//
// Equal are requests whose fields differ in order, in the case of their names, in
// the white space around their values, and in how a list is written (RFC 9110 5.1,
// 5.3, 5.5, 5.6.1); a target may be in absolute form (RFC 9112 3.2.2). A valid
// offer of permessage-deflate may be added: a server that does not want it declines
// it (RFC 7692 5).
func unlikePlain(p *Plain, other *wsproto.Request) (r rule, differ []string) {
	plain := p.Request
	if plain == nil || other.Method != plain.Method || other.Proto != plain.Proto || other.RawEnd != plain.RawEnd ||
		size(other) > size(plain)+maxLonger {
		return noRule, nil
	}
	r = ruleEqual
	host, _ := plain.Get("Host")
	if other.Target != plain.Target {
		if other.Target != p.Scheme+"://"+host+plain.Target {
			return noRule, nil
		}
		differ = append(differ, "")
	}
	for _, name := range fieldNames(plain, other) {
		ours, before := other.Values(name), plain.Values(name)
		switch {
		case strings.EqualFold(name, extensionsField):
			if !slices.Equal(ours, before) {
				if len(before) > 0 || !declinable(ours) {
					return noRule, nil
				}
				r = ruleDecline
			}
		case len(ours) == 0 || len(before) == 0 || !sameValue(name, ours, before):
			return noRule, nil
		}
		if rawField(other, name) != rawField(plain, name) && !(strings.EqualFold(name, keyField) && likeAnyKey(ours)) {
			differ = append(differ, name)
		}
	}
	if r == ruleDecline && len(differ) > 1 {
		return noRule, nil // it is not known which of them was refused
	}
	return r, differ
}

// Bounds of what a server can be asked to take as equal.
const (
	maxLonger     = 1 << 8 // octets
	maxEqualValue = 256    // octets, of a list
	maxOffers     = 8
)

// size returns how many octets the fields of a request have.
func size(r *wsproto.Request) (octets int) {
	for _, f := range r.Fields {
		octets += len(f.Raw)
	}
	return octets
}

// fieldNames returns the names of the fields of both requests, each once.
func fieldNames(requests ...*wsproto.Request) (names []string) {
	for _, r := range requests {
		for _, f := range r.Fields {
			if !slices.ContainsFunc(names, func(name string) bool { return strings.EqualFold(name, f.Name) }) {
				names = append(names, f.Name)
			}
		}
	}
	return names
}

// keyField is the field that differs in all requests.
const keyField = "Sec-WebSocket-Key"

// likeAnyKey reports whether the key in the field is one without the characters that
// base64 has besides letters and digits: our plain request has none of them.
func likeAnyKey(values []string) bool { return !strings.ContainsAny(strings.Join(values, ""), "+/") }

// sameValue reports whether the values of a field say the same in two requests.
func sameValue(name string, a, b []string) bool {
	if slices.Equal(a, b) {
		return true
	}
	joined := strings.Join(a, ", ")
	if len(joined) > maxEqualValue || strings.ContainsFunc(joined, func(r rune) bool { return r >= 0x80 }) {
		return false
	}
	switch strings.ToLower(name) {
	case "sec-websocket-key": // each request has its own
		return len(a) == 1 && len(b) == 1
	case "host":
		return len(a) == 1 && len(b) == 1 && strings.EqualFold(a[0], b[0])
	case "upgrade":
		return slices.Equal(options(a, ""), options(b, ""))
	case "connection":
		return slices.Equal(options(a, "keep-alive"), options(b, "keep-alive"))
	}
	return false
}

// options returns the elements of a list in small letters, sorted and each once,
// without the one that says what is so anyhow (RFC 9110 5.6.1, RFC 9112 9.3).
func options(values []string, implied string) (elements []string) {
	for _, value := range values {
		for element := range strings.SplitSeq(value, ",") {
			if element = strings.ToLower(strings.Trim(element, " \t")); element != "" && element != implied {
				elements = append(elements, element)
			}
		}
	}
	slices.Sort(elements)
	return slices.Compact(elements)
}

// declinable reports whether these values offer permessage-deflate alone, by the
// letter of RFC 7692 7.1.
func declinable(values []string) bool {
	offers, err := wsproto.ParseExtensions(values)
	if err != nil || len(offers) == 0 || len(offers) > maxOffers {
		return false
	}
	return !slices.ContainsFunc(offers, func(e wsproto.Extension) bool {
		if e.Name != permessageDeflate {
			return true
		}
		_, problems := deflate.ParseOffer(e)
		return len(problems) > 0
	})
}

// rawField returns the lines of a field as they went over the wire.
func rawField(r *wsproto.Request, name string) string {
	var b strings.Builder
	for _, f := range r.Fields {
		if strings.EqualFold(f.Name, name) {
			b.WriteString(f.Raw)
		}
	}
	return b.String()
}

// quoted shows the fields of a request by name; the name "" stands for the target.
func quoted(r *wsproto.Request, names []string) string {
	if len(names) == 0 {
		return "the same lines, if in another order or in pieces"
	}
	var words []string
	for _, name := range names {
		raw := rawField(r, name)
		switch {
		case name == "":
			raw = r.Target
		case raw == "":
			words = append(words, "no "+name)
			continue
		}
		words = append(words, fmt.Sprintf("%q", strings.TrimSuffix(raw, "\r\n")))
	}
	return strings.Join(words, ", ")
}
