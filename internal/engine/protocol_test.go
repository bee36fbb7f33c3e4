package engine

import (
	"slices"
	"testing"

	"github.com/wscheck/wscheck/internal/autobahn"
	"github.com/wscheck/wscheck/oracle"
	"github.com/wscheck/wscheck/wsproto"
)

// exchange is one conversation with an endpoint, written down compactly.
type exchange struct {
	e *endpoint
}

// newEndpoint returns an endpoint that keeps a record of what is expected, nil for
// none.
func newEndpoint(role wsproto.Role, exp *autobahn.Expectation) *endpoint {
	e := new(endpoint)
	e.reset(role, nil)
	if exp != nil {
		e.rec = autobahn.NewRecorder(role, exp)
	}
	return e
}

func open(role wsproto.Role, exp *autobahn.Expectation) exchange {
	e := newEndpoint(role, exp)
	e.open([]byte("GET / HTTP/1.1\r\n\r\n"), []byte("HTTP/1.1 101 Switching Protocols\r\n\r\n"), nil)
	return exchange{e}
}

// peer feeds frames as the peer sends them, masked as its role asks for.
func (k exchange) peer(frames ...wsproto.Frame) exchange {
	for _, f := range frames {
		if k.e.role == wsproto.Server && !f.Masked {
			f.Masked, f.Mask = true, [4]byte{1, 2, 3, 4}
		}
		k.e.receive(f.AppendTo(nil))
	}
	return k
}

// wrote returns the frames that the endpoint wants written, by name.
func (k exchange) wrote() (names []string) {
	for _, f := range k.e.takeFrames() {
		names = append(names, f.String())
	}
	return names
}

func text(s string) wsproto.Frame { return wsproto.NewFrame(wsproto.OpText, true, []byte(s)) }
func pong(s string) wsproto.Frame { return wsproto.NewFrame(wsproto.OpPong, true, []byte(s)) }

func closeFrame(code wsproto.CloseCode, reason string) wsproto.Frame {
	var b []byte
	if code != 0 {
		b = wsproto.AppendClose(nil, code, reason)
	}
	return wsproto.NewFrame(wsproto.OpClose, true, b)
}

func message(s string) autobahn.Observation {
	return autobahn.Observation{Kind: autobahn.Message, Payload: oracle.Payload{Data: []byte(s)}}
}

// wants is the expectation of most cases: one echo, and our side closes.
func wants(s string) *autobahn.Expectation {
	return &autobahn.Expectation{
		Outcomes:  []autobahn.Outcome{{Behavior: autobahn.OK, Observed: []autobahn.Observation{message(s)}}},
		CloseByUs: true, CloseCodes: []wsproto.CloseCode{1000}, RequireClean: true,
	}
}

// fails is the expectation of cases in which the peer has to fail.
func fails(codes ...wsproto.CloseCode) *autobahn.Expectation {
	return &autobahn.Expectation{Outcomes: []autobahn.Outcome{{Behavior: autobahn.OK}}, CloseCodes: codes}
}

func TestVerdicts(t *testing.T) {
	noExp := &autobahn.Expectation{Check: autobahn.CheckEcho, CloseByUs: true, CloseCodes: []wsproto.CloseCode{1000}, RequireClean: true}
	for _, c := range []struct {
		name  string
		exp   *autobahn.Expectation
		play  func(k exchange)
		close autobahn.Behavior
		want  autobahn.Behavior
	}{
		{"echo and clean close", wants("a"), func(k exchange) { k.peer(text("a"), closeFrame(1000, "")) }, autobahn.OK, autobahn.OK},
		{"close frame without code", wants("a"), func(k exchange) { k.peer(text("a"), closeFrame(0, "")) }, autobahn.OK, autobahn.OK},
		{"other echo", wants("a"), func(k exchange) { k.peer(text("b")); k.e.failTimer(); k.peer(closeFrame(1000, "")) }, autobahn.OK, autobahn.Failed},
		{"echo twice", wants("a"), func(k exchange) { k.peer(text("a"), text("a"), closeFrame(1000, "")) }, autobahn.OK, autobahn.Failed},
		{"echo of the other type", wants("a"), func(k exchange) {
			k.peer(wsproto.NewFrame(wsproto.OpBinary, true, []byte("a")))
			k.e.failTimer()
		}, autobahn.Unclean, autobahn.Failed},
		{"peer closes first", wants("a"), func(k exchange) { k.peer(text("b"), closeFrame(1000, "")) }, autobahn.Failed, autobahn.Failed},
		{"no answer to the close", wants("a"), func(k exchange) { k.peer(text("a")); k.e.timeOut(&k.e.WasCloseHandshakeTimeout) }, autobahn.Unclean, autobahn.OK},
		{"TCP left open", wants("a"), func(k exchange) {
			k.peer(text("a"), closeFrame(1000, ""))
			k.e.timeOut(&k.e.WasServerConnectionDropTimeout)
		}, autobahn.Unclean, autobahn.OK},
		{"wrong code", wants("a"), func(k exchange) { k.peer(text("a"), closeFrame(1001, "")) }, autobahn.WrongCode, autobahn.OK},
		{"peer fails as it has to", fails(1002), func(k exchange) { k.peer(closeFrame(1002, "no")) }, autobahn.OK, autobahn.OK},
		{"peer drops TCP instead", fails(1002), func(exchange) {}, autobahn.OK, autobahn.OK},
		{"peer does nothing", fails(1002), func(k exchange) { k.e.failTimer(); k.peer(closeFrame(1001, "")) }, autobahn.Failed, autobahn.OK},
		{"peer closes and leaves TCP open", fails(1002), func(k exchange) { k.peer(closeFrame(1002, "")); k.e.failTimer() }, autobahn.FailedByClient, autobahn.OK},
		{"wrong endpoint is fatal", &autobahn.Expectation{Outcomes: []autobahn.Outcome{{Behavior: autobahn.OK}}, CloseCodes: []wsproto.CloseCode{1007}, WrongEndpointFatal: true},
			func(k exchange) { k.e.failTimer(); k.peer(closeFrame(1001, "")) }, autobahn.Failed, autobahn.Failed},
		{"wrong code is fatal", &autobahn.Expectation{Outcomes: []autobahn.Outcome{{Behavior: autobahn.OK}}, CloseCodes: []wsproto.CloseCode{1000}, WrongCodeFatal: true},
			func(k exchange) { k.peer(closeFrame(1011, "")) }, autobahn.WrongCode, autobahn.Failed},
		{"informational", &autobahn.Expectation{Outcomes: []autobahn.Outcome{{Behavior: autobahn.OK}}, Informational: true}, func(k exchange) { k.peer(text("x")) }, autobahn.Informational, autobahn.Informational},
		{"masked frame from a server", wants("a"), func(k exchange) {
			f := text("a")
			f.Masked = true
			k.peer(f)
		}, autobahn.Unclean, autobahn.Failed},
		{"pong where nothing is listed", noExp, func(k exchange) { k.peer(pong(""), closeFrame(1000, "")) }, autobahn.OK, autobahn.Failed},
		{"invalid code in the answer", wants("a"), func(k exchange) { k.peer(text("a"), closeFrame(1005, "")) }, autobahn.Unclean, autobahn.OK},
		{"frames sent fall short", &autobahn.Expectation{Outcomes: []autobahn.Outcome{{Behavior: autobahn.OK}}, TxFrames: map[wsproto.Opcode]int{0: 50}},
			func(exchange) {}, autobahn.OK, autobahn.Failed},
	} {
		t.Run(c.name, func(t *testing.T) {
			k := open(wsproto.Client, c.exp)
			c.play(k)
			k.e.end()
			r := k.e.rec.Record()
			if r.Behavior != c.want || r.BehaviorClose != c.close {
				t.Errorf("behavior %s (%s), close %s (%s); want %s and %s",
					r.Behavior, r.Result, r.BehaviorClose, r.ResultClose, c.want, c.close)
			}
		})
	}
}

func TestNeverOpened(t *testing.T) {
	e := newEndpoint(wsproto.Client, &autobahn.Expectation{Outcomes: []autobahn.Outcome{{Behavior: autobahn.OK}}})
	e.timeOut(&e.WasOpenHandshakeTimeout)
	e.end()
	r := e.rec.Record()
	if r.Behavior != autobahn.Failed || r.BehaviorClose != autobahn.Failed || !r.WasOpenHandshakeTimeout {
		t.Errorf("%s, %s, timed out %v: want FAILED twice, and timed out", r.Behavior, r.BehaviorClose, r.WasOpenHandshakeTimeout)
	}
}

func TestReactions(t *testing.T) {
	ping := wsproto.NewFrame(wsproto.OpPing, true, []byte("p"))
	bad := wsproto.Frame{Header: wsproto.Header{Fin: true, Rsv: 1, Opcode: wsproto.OpText, Length: 1}, Payload: []byte("x")}
	for _, c := range []struct {
		name   string
		role   wsproto.Role
		frames []wsproto.Frame
		want   []string
		drop   drop
		phase  phase
	}{
		{"a ping has its pong", wsproto.Client, []wsproto.Frame{ping}, []string{`PONG "p" [1 octet]`}, noDrop, opened},
		{"no pong once closing", wsproto.Client, []wsproto.Frame{closeFrame(1000, ""), ping}, []string{"CLOSE 1000 (normal closure) [2 octets]"}, noDrop, closing},
		{"a server drops TCP after the closing handshake", wsproto.Server, []wsproto.Frame{closeFrame(1000, "")}, []string{"CLOSE 1000 (normal closure) [2 octets]"}, dropFlush, closed},
		{"a violation is answered by a close frame", wsproto.Client, []wsproto.Frame{bad}, []string{`CLOSE 1002 (protocol error) "RSV = 1 and no extension negotiated" [37 octets]`}, noDrop, closing},
		{"a second violation drops TCP", wsproto.Client, []wsproto.Frame{bad, bad}, []string{`CLOSE 1002 (protocol error) "RSV = 1 and no extension negotiated" [37 octets]`}, dropFlush, closed},
		{"bad UTF-8 is one violation, its end another", wsproto.Client, []wsproto.Frame{text("\xff")}, []string{`CLOSE 1007 (invalid payload data) "encountered invalid UTF-8 while processing text …" [82 octets]`}, dropFlush, closed},
	} {
		t.Run(c.name, func(t *testing.T) {
			k := open(c.role, fails()).peer(c.frames...)
			if got := k.wrote(); !slices.Equal(got, c.want) {
				t.Errorf("writes %q, want %q", got, c.want)
			}
			if k.e.drop != c.drop || k.e.phase != c.phase {
				t.Errorf("drop %v, state %v; want %v, %v", k.e.drop, k.e.phase, c.drop, c.phase)
			}
		})
	}
}

func TestLenientEndpointGoesOn(t *testing.T) {
	e := newEndpoint(wsproto.Client, nil)
	e.open(nil, nil, nil)
	k := exchange{e}.peer(text("\xff"), wsproto.Frame{Header: wsproto.Header{Fin: true, Rsv: 7, Opcode: 11}}, closeFrame(999, ""))
	if got := k.wrote(); len(got) != 1 || k.e.FailedByMe {
		t.Errorf("an endpoint without a record writes %q, failed %v", got, k.e.FailedByMe)
	}
	if k.e.counts[oracle.AwaitMessage] != 1 || k.e.counts[oracle.AwaitClose] != 1 {
		t.Errorf("%d messages and %d close frames are counted, want one each", k.e.counts[oracle.AwaitMessage], k.e.counts[oracle.AwaitClose])
	}
}

func TestProbeIsNotRecorded(t *testing.T) {
	k := open(wsproto.Client, wants("a"))
	k.e.sending(wsproto.NewFrame(wsproto.OpPing, true, []byte("script")).Header, []byte("script"), 6, 0, 0, false)
	k.e.sendsProbe([]byte("probe"))
	k.peer(pong("script"), pong("probe"))
	if !k.e.probed {
		t.Error("the probe counts as unanswered")
	}
	if got := k.e.rec.Record().Received; len(got) != 1 || string(got[0].Payload.Data) != "script" {
		t.Errorf("received %v, want the pong to the script's ping alone", got)
	}
}

// TestCloseThatWaits demands that no answer to a close frame is due while the frame is not taken, and that no flood of
// pings before it has it lost.
func TestCloseThatWaits(t *testing.T) {
	k := open(wsproto.Client, &autobahn.Expectation{Check: autobahn.CheckEcho, CloseByUs: true, CloseCodes: []wsproto.CloseCode{1000}, RequireClean: true})
	k.e.rec.ExpectEcho(autobahn.Echo{Len: 2, Equal: func(int, []byte) bool { return true }, Last: true})
	for range 2 * maxPendingReactions {
		k.peer(wsproto.NewFrame(wsproto.OpPing, true, nil))
	}
	k.peer(text("a"))
	if k.e.phase != closing || k.e.awaitingCloseReply() {
		t.Errorf("%v, and a reply is due: %v", k.e.phase, k.e.awaitingCloseReply())
	}
	frames := k.wrote()
	if len(frames) != maxPendingReactions+1 || !k.e.awaitingCloseReply() {
		t.Errorf("%d frames, and a reply is due: %v", len(frames), k.e.awaitingCloseReply())
	}
	k.peer(closeFrame(1000, ""))
	k.e.end()
	if r := k.e.rec.Record(); r.Behavior != autobahn.Failed || r.BehaviorClose != autobahn.OK {
		t.Errorf("%s, %s", r.Behavior, r.BehaviorClose)
	}
}

// An endpoint without a record goes through the same phases as one with it, and
// so does one that is used again.
func TestWithoutRecord(t *testing.T) {
	reused := newEndpoint(wsproto.Server, nil)
	for range 2 {
		full := newEndpoint(wsproto.Client, fails())
		reused.reset(wsproto.Client, nil)
		for _, e := range []*endpoint{full, reused} {
			e.open([]byte("request"), []byte("response"), nil)
			e.sendsProbe([]byte("probe"))
			e.sending(wsproto.Header{Fin: true, Opcode: wsproto.OpPing, Length: 1}, []byte("p"), 1, 0, 0, false)
			e.receive([]byte("\x81\x01a\x8a\x01p\x8a\x05probe\x89\x01q\x88\x02\x03\xe8"))
		}
		if a, b := full.takeFrames(), reused.takeFrames(); len(a) != 2 || len(b) != 2 || a[0].String() != b[0].String() || a[1].String() != b[1].String() {
			t.Errorf("%v, and %v without a record", a, b)
		}
		if full.counts != reused.counts || full.phase != reused.phase || full.frames != 5 || reused.frames != 5 || !reused.probed || !reused.WasOpen {
			t.Errorf("%+v, and %+v without a record", full, reused)
		}
	}
}
