package catalogue_test

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/wscheck/wscheck/internal/catalogue"
	"github.com/wscheck/wscheck/internal/head"
	"github.com/wscheck/wscheck/oracle"
	"github.com/wscheck/wscheck/wsproto"
)

// blanks stand for a connection.
var blanks = head.Blanks{Authority: "localhost:9001", Target: "/", Key: "d3NjaGVja3dzY2hlY2sxMg=="}

// opening returns the octets that the script's opening handshake begins with.
func opening(s *oracle.Script, role wsproto.Role) []byte {
	if role == wsproto.Server {
		return head.Response(&s.Handshake, &blanks)
	}
	return head.Request(&s.Handshake, &blanks)
}

// octets returns what the steps of a script put on the wire, in that role.
func octets(s *oracle.Script, role wsproto.Role) []byte {
	var wire []byte
	open := struct {
		masked bool
		key    [4]byte
		pos    int
	}{}
	frame := func(h wsproto.Header, m oracle.Masking, payload []byte) {
		h.Masked = m == oracle.MaskAlways || m == oracle.MaskKey || m == oracle.MaskByRole && role == wsproto.Client
		if m != oracle.MaskKey {
			h.Mask = [4]byte{1, 2, 3, 4}
		}
		wire = wsproto.Frame{Header: h, Payload: payload}.AppendTo(wire)
		open.masked, open.key, open.pos = h.Masked, h.Mask, len(payload)
	}
	for i := range s.Steps {
		st := &s.Steps[i]
		payload := st.Payload.AppendRange(nil, 0, st.Payload.Size())
		switch st.Kind {
		case oracle.StepFrame:
			h := st.Frame
			h.Length = uint64(len(payload))
			if st.HasDeclared {
				h.Length = st.Declared
			}
			frame(h, st.Masking, payload)
		case oracle.StepFrameData:
			if open.masked {
				open.pos = wsproto.Mask(open.key, open.pos, payload)
			}
			wire = append(wire, payload...)
		case oracle.StepMessage:
			op, size := st.Frame.Opcode, len(payload)
			if st.Fragment > 0 {
				size = st.Fragment
			}
			for begun := false; !begun || len(payload) > 0; begun = true {
				n := min(size, len(payload))
				frame(wsproto.Header{Fin: n == len(payload), Opcode: op, Length: uint64(n)}, st.Masking, payload[:n])
				payload, op = payload[n:], wsproto.OpContinuation
			}
		case oracle.StepRaw:
			wire = append(wire, payload...)
		case oracle.StepClose:
			if len(payload) == 0 && st.Code != 0 {
				payload = wsproto.AppendClose(nil, st.Code, st.Reason)
			}
			frame(wsproto.Header{Fin: true, Opcode: wsproto.OpClose, Length: uint64(len(payload))}, st.Masking, payload)
		}
	}
	return wire
}

// provoked are the clauses on what a receiver has to refuse, if one of
// the checks below can see it.
func provoked(c *catalogue.Case) []oracle.ClauseID {
	var ids []oracle.ClauseID
	for _, id := range c.Clauses {
		s := string(id)
		if strings.HasSuffix(s, "-fail") || strings.HasPrefix(s, "rfc6455/4.2.1/") || strings.HasPrefix(s, "rfc6455/4.1/response-") ||
			id == "rfc6455/4.1/validate-response" || strings.HasPrefix(s, "rfc6455/5.1/") && strings.Contains(s, "-closes-") {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	return ids
}

// breaches are the clauses on what a receiver has to refuse, of the first frame
// that breaks any up to the sender's close frame: by RFC 6455 5, in the simplest
// words.
func breaches(wire []byte, sender wsproto.Role) []oracle.ClauseID {
	frames, rest := wsproto.ParseFrames(wire)
	if h, n := wsproto.ParseHeader(rest); n > 0 {
		frames = append(frames, wsproto.Frame{Header: h})
	}
	var found []oracle.ClauseID
	check := func(broken bool, id oracle.ClauseID) {
		if broken {
			found = append(found, id)
		}
	}
	open, text := false, false
	var message []byte
	for _, f := range frames {
		check(sender == wsproto.Client && !f.Masked, "rfc6455/5.1/server-closes-unmasked")
		check(sender == wsproto.Server && f.Masked, "rfc6455/5.1/client-closes-masked")
		check(f.Rsv != 0, "rfc6455/5.2/rsv-fail")
		check(f.Opcode.IsReserved(), "rfc6455/5.2/opcode-fail")
		check(f.Length>>63 != 0, "rfc6455/5.2/length-63bit-fail")
		check(f.Length>>63 == 0 && !f.Minimal(), "rfc6455/5.2/length-minimal-fail")
		if f.Opcode.IsControl() {
			check(!f.Fin, "rfc6455/5.5/control-fragmented-fail")
			check(f.Length > 125, "rfc6455/5.5/control-length-fail")
		} else {
			check(f.Opcode == wsproto.OpContinuation && !open, "rfc6455/5.4/continuation-fail")
			check(f.Opcode != wsproto.OpContinuation && open, "rfc6455/5.4/interleaved-fail")
			if f.Opcode != wsproto.OpContinuation {
				text, message = f.Opcode == wsproto.OpText, nil
			}
			message = append(message, f.Payload...)
			open = !f.Fin
			check(!open && text && !utf8.Valid(message), "rfc6455/8.1/utf8-fail")
		}
		if f.Opcode == wsproto.OpClose {
			p, ok := wsproto.ParseClose(f.Payload)
			check(!ok, "rfc6455/5.5.1/close-body-fail")
			check(ok && !utf8.Valid(p.Reason), "rfc6455/8.1/reason-fail")
		}
		if len(found) > 0 || f.Opcode == wsproto.OpClose {
			break
		}
	}
	slices.Sort(found)
	return found
}

// TestFramesOfCases holds what a case claims to provoke against its octets: a
// case without a clause on what receivers refuse breaks no rule of framing, and
// one with some breaks just those.
func TestFramesOfCases(t *testing.T) {
	if testing.Short() {
		t.Skip("long, and in one goroutine: the race detector has nothing to see")
	}
	for _, c := range beyondAutobahn(t) {
		if c.Script.Handshake.Refused {
			continue
		}
		for _, role := range []wsproto.Role{wsproto.Client, wsproto.Server} {
			if !c.Roles.Has(role) {
				continue
			}
			if got, want := breaches(octets(&c.Script, role), role), provoked(c); !slices.Equal(got, want) {
				t.Errorf("%s as the %v breaks %v, says %v", c.ID, role, got, want)
			}
		}
	}
}

// TestHandshakesOfCases holds every opening handshake against the checker: one
// that must be refused has problems, and others have none.
func TestHandshakesOfCases(t *testing.T) {
	var plain oracle.Handshake
	request, _, _ := wsproto.ParseRequest(head.Request(&plain, &blanks))
	for _, c := range beyondAutobahn(t) {
		var problems []wsproto.Problem
		wire := opening(&c.Script, c.Script.Role)
		if c.Script.Role == wsproto.Client {
			r, n, err := wsproto.ParseRequest(wire)
			if err != nil || n != len(wire) {
				t.Errorf("%s: the request has %d octets of %d (%v)", c.ID, n, len(wire), err)
				continue
			}
			problems = wsproto.CheckRequest(r)
		} else {
			r, n, err := wsproto.ParseResponse(wire)
			for err == nil && n > 0 && r.Status/100 == 1 && r.Status != 101 {
				wire = wire[n:]
				r, n, err = wsproto.ParseResponse(wire)
			}
			if err != nil {
				if !strings.HasPrefix(c.ID, "rfc6455/4.1/instead-") {
					t.Errorf("%s: %v", c.ID, err)
				}
				continue
			}
			if n != len(wire) {
				t.Errorf("%s: the response has %d octets of %d", c.ID, n, len(wire))
				continue
			}
			problems = wsproto.CheckResponse(r, request)
		}
		if refused := c.Script.Handshake.Refused; refused != (len(problems) > 0) {
			t.Errorf("%s: to be refused is %t, for %v", c.ID, refused, problems)
		}
	}
}

// TestOracleSeesCases has the judge look at what a case sends: it has to find
// the clauses that the case is to provoke, and where there are none, no other.
func TestOracleSeesCases(t *testing.T) {
	if testing.Short() {
		t.Skip("long, and in one goroutine: the race detector has nothing to see")
	}
	var plain oracle.Handshake
	for _, c := range beyondAutobahn(t) {
		for _, role := range []wsproto.Role{wsproto.Client, wsproto.Server} {
			if !c.Roles.Has(role) {
				continue
			}
			j := oracle.NewJudge(role, oracle.Options{Echo: true})
			ours := opening(&c.Script, role)
			if role == wsproto.Client {
				j.Feed(&oracle.Event{Kind: oracle.EventSent, Data: ours})
				j.Feed(&oracle.Event{Kind: oracle.EventReceived, Data: head.Response(&plain, &head.Blanks{Key: keyOf(ours)})})
			} else {
				j.Feed(&oracle.Event{Kind: oracle.EventReceived, Data: head.Request(&plain, &blanks)})
				j.Feed(&oracle.Event{Kind: oracle.EventSent, Data: ours})
			}
			if !c.Script.Handshake.Refused {
				j.Feed(&oracle.Event{Kind: oracle.EventSent, Data: octets(&c.Script, role)})
			}
			seen := catalogue.Case{Clauses: j.Exercised()}
			got, want := provoked(&seen), provoked(c)
			missed := slices.ContainsFunc(want, func(id oracle.ClauseID) bool { return !slices.Contains(got, id) })
			if missed || len(want) == 0 && len(got) > 0 {
				t.Errorf("%s as the %v: the oracle sees %v, the case says %v", c.ID, role, got, want)
			}
		}
	}
}

// keyOf is the key in a request.
func keyOf(request []byte) string {
	r, _, _ := wsproto.ParseRequest(request)
	if r == nil {
		return ""
	}
	key, _ := r.Get("Sec-WebSocket-Key")
	return key
}
