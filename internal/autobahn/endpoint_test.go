package autobahn

import (
	"slices"
	"testing"

	"github.com/wscheck/wscheck/oracle"
	"github.com/wscheck/wscheck/wsproto"
)

// exchange is one conversation with an endpoint, written down compactly.
type exchange struct {
	e *Endpoint
}

func open(role wsproto.Role, exp *Expectation) exchange {
	e := NewEndpoint(role, exp, Options{})
	e.Opened([]byte("GET / HTTP/1.1\r\n\r\n"), []byte("HTTP/1.1 101 Switching Protocols\r\n\r\n"), nil)
	return exchange{e}
}

// peer feeds frames as the peer sends them, masked as its role asks for.
func (k exchange) peer(frames ...wsproto.Frame) exchange {
	for _, f := range frames {
		if k.e.role == wsproto.Server && !f.Masked {
			f.Masked, f.Mask = true, [4]byte{1, 2, 3, 4}
		}
		k.e.Received(f.AppendTo(nil))
	}
	return k
}

// wrote returns the frames that the endpoint wants written, by name.
func (k exchange) wrote() (names []string) {
	for _, f := range k.e.TakeFrames() {
		names = append(names, f.String())
	}
	return names
}

func text(s string) wsproto.Frame { return wsproto.NewFrame(wsproto.OpText, true, []byte(s)) }
func pong(s string) wsproto.Frame { return wsproto.NewFrame(wsproto.OpPong, true, []byte(s)) }

func closing(code wsproto.CloseCode, reason string) wsproto.Frame {
	var b []byte
	if code != 0 {
		b = wsproto.AppendClose(nil, code, reason)
	}
	return wsproto.NewFrame(wsproto.OpClose, true, b)
}

func message(s string) Observation {
	return Observation{Kind: Message, Payload: oracle.Payload{Data: []byte(s)}}
}

// wants is the expectation of most cases: one echo, and our side closes.
func wants(s string) *Expectation {
	return &Expectation{
		Outcomes:  []Outcome{{OK, []Observation{message(s)}}},
		CloseByUs: true, CloseCodes: []wsproto.CloseCode{1000}, RequireClean: true,
	}
}

// fails is the expectation of cases in which the peer has to fail.
func fails(codes ...wsproto.CloseCode) *Expectation {
	return &Expectation{Outcomes: []Outcome{{OK, nil}}, CloseCodes: codes}
}

func TestVerdicts(t *testing.T) {
	noExp := &Expectation{Check: CheckEcho, CloseByUs: true, CloseCodes: []wsproto.CloseCode{1000}, RequireClean: true}
	for _, c := range []struct {
		name  string
		exp   *Expectation
		play  func(k exchange)
		close Behavior
		want  Behavior
	}{
		{"echo and clean close", wants("a"), func(k exchange) { k.peer(text("a"), closing(1000, "")) }, OK, OK},
		{"close frame without code", wants("a"), func(k exchange) { k.peer(text("a"), closing(0, "")) }, OK, OK},
		{"other echo", wants("a"), func(k exchange) { k.peer(text("b")); k.e.FailTimer(); k.peer(closing(1000, "")) }, OK, Failed},
		{"echo twice", wants("a"), func(k exchange) { k.peer(text("a"), text("a"), closing(1000, "")) }, OK, Failed},
		{"echo of the other type", wants("a"), func(k exchange) {
			k.peer(wsproto.NewFrame(wsproto.OpBinary, true, []byte("a")))
			k.e.FailTimer()
		}, Unclean, Failed},
		{"peer closes first", wants("a"), func(k exchange) { k.peer(text("b"), closing(1000, "")) }, Failed, Failed},
		{"no answer to the close", wants("a"), func(k exchange) { k.peer(text("a")); k.e.CloseTimeout() }, Unclean, OK},
		{"TCP left open", wants("a"), func(k exchange) { k.peer(text("a"), closing(1000, "")); k.e.DropTimeout() }, Unclean, OK},
		{"wrong code", wants("a"), func(k exchange) { k.peer(text("a"), closing(1001, "")) }, WrongCode, OK},
		{"peer fails as it has to", fails(1002), func(k exchange) { k.peer(closing(1002, "no")) }, OK, OK},
		{"peer drops TCP instead", fails(1002), func(exchange) {}, OK, OK},
		{"peer does nothing", fails(1002), func(k exchange) { k.e.FailTimer(); k.peer(closing(1001, "")) }, Failed, OK},
		{"peer closes and leaves TCP open", fails(1002), func(k exchange) { k.peer(closing(1002, "")); k.e.FailTimer() }, FailedByClient, OK},
		{"wrong endpoint is fatal", &Expectation{Outcomes: []Outcome{{OK, nil}}, CloseCodes: []wsproto.CloseCode{1007}, WrongEndpointFatal: true},
			func(k exchange) { k.e.FailTimer(); k.peer(closing(1001, "")) }, Failed, Failed},
		{"wrong code is fatal", &Expectation{Outcomes: []Outcome{{OK, nil}}, CloseCodes: []wsproto.CloseCode{1000}, WrongCodeFatal: true},
			func(k exchange) { k.peer(closing(1011, "")) }, WrongCode, Failed},
		{"informational", &Expectation{Outcomes: []Outcome{{OK, nil}}, Informational: true}, func(k exchange) { k.peer(text("x")) }, Informational, Informational},
		{"masked frame from a server", wants("a"), func(k exchange) {
			f := text("a")
			f.Masked = true
			k.peer(f)
		}, Unclean, Failed},
		{"pong where nothing is listed", noExp, func(k exchange) { k.peer(pong(""), closing(1000, "")) }, OK, Failed},
		{"invalid code in the answer", wants("a"), func(k exchange) { k.peer(text("a"), closing(1005, "")) }, Unclean, OK},
		{"frames sent fall short", &Expectation{Outcomes: []Outcome{{OK, nil}}, TxFrames: map[wsproto.Opcode]int{0: 50}},
			func(exchange) {}, OK, Failed},
	} {
		t.Run(c.name, func(t *testing.T) {
			k := open(wsproto.Client, c.exp)
			c.play(k)
			k.e.Lost()
			r := k.e.Record()
			if r.Behavior != c.want || r.BehaviorClose != c.close {
				t.Errorf("behavior %s (%s), close %s (%s); want %s and %s",
					r.Behavior, r.Result, r.BehaviorClose, r.ResultClose, c.want, c.close)
			}
		})
	}
}

func TestNeverOpened(t *testing.T) {
	e := NewEndpoint(wsproto.Client, &Expectation{Outcomes: []Outcome{{OK, nil}}}, Options{})
	e.OpenTimeout()
	e.Lost()
	r := e.Record()
	if r.Behavior != Failed || r.BehaviorClose != Failed || !r.WasOpenHandshakeTimeout {
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
		drop   Drop
		state  State
	}{
		{"a ping has its pong", wsproto.Client, []wsproto.Frame{ping}, []string{`PONG "p" [1 octet]`}, NoDrop, Open},
		{"no pong once closing", wsproto.Client, []wsproto.Frame{closing(1000, ""), ping}, []string{"CLOSE 1000 (normal closure) [2 octets]"}, NoDrop, Closing},
		{"a server drops TCP after the closing handshake", wsproto.Server, []wsproto.Frame{closing(1000, "")}, []string{"CLOSE 1000 (normal closure) [2 octets]"}, DropFlush, Closed},
		{"a violation is answered by a close frame", wsproto.Client, []wsproto.Frame{bad}, []string{`CLOSE 1002 (protocol error) "RSV = 1 and no extension negotiated" [37 octets]`}, NoDrop, Closing},
		{"a second violation drops TCP", wsproto.Client, []wsproto.Frame{bad, bad}, []string{`CLOSE 1002 (protocol error) "RSV = 1 and no extension negotiated" [37 octets]`}, DropFlush, Closed},
		{"bad UTF-8 is one violation, its end another", wsproto.Client, []wsproto.Frame{text("\xff")}, []string{`CLOSE 1007 (invalid payload data) "encountered invalid UTF-8 while processing text …" [82 octets]`}, DropFlush, Closed},
	} {
		t.Run(c.name, func(t *testing.T) {
			k := open(c.role, nil).peer(c.frames...)
			if got := k.wrote(); !slices.Equal(got, c.want) {
				t.Errorf("writes %q, want %q", got, c.want)
			}
			if k.e.TakeDrop() != c.drop || k.e.State() != c.state {
				t.Errorf("drop %v, state %v; want %v, %v", k.e.TakeDrop(), k.e.State(), c.drop, c.state)
			}
		})
	}
}

func TestLenientEndpointGoesOn(t *testing.T) {
	e := NewEndpoint(wsproto.Client, nil, Options{Lenient: true})
	e.Opened(nil, nil, nil)
	k := exchange{e}.peer(text("\xff"), wsproto.Frame{Header: wsproto.Header{Fin: true, Rsv: 7, Opcode: 11}}, closing(999, ""))
	if got := k.wrote(); len(got) != 1 || k.e.Record().FailedByMe {
		t.Errorf("a lenient endpoint writes %q, failed %v", got, k.e.Record().FailedByMe)
	}
	if k.e.Count(oracle.AwaitMessage) != 1 || k.e.Count(oracle.AwaitClose) != 1 {
		t.Errorf("%d messages and %d close frames are counted, want one each", k.e.Count(oracle.AwaitMessage), k.e.Count(oracle.AwaitClose))
	}
}

func TestProbeIsNotRecorded(t *testing.T) {
	k := open(wsproto.Client, wants("a"))
	k.e.Frame(wsproto.NewFrame(wsproto.OpPing, true, []byte("script")).Header, []byte("script"), 6, 0, 0, false)
	k.e.Probe([]byte("probe"))
	k.peer(pong("script"), pong("probe"))
	if !k.e.Probed() {
		t.Error("the probe counts as unanswered")
	}
	if got := k.e.Record().Received; len(got) != 1 || string(got[0].Payload.Data) != "script" {
		t.Errorf("received %v, want the pong to the script's ping alone", got)
	}
}

func TestHopeful(t *testing.T) {
	exp := wants("a")
	exp.Outcomes[0].Observed = append(exp.Outcomes[0].Observed, Observation{Kind: Pong})
	k := open(wsproto.Client, exp)
	if !k.e.Hopeful() {
		t.Error("nothing was received, and there is no hope")
	}
	k.peer(text("a"))
	if !k.e.Hopeful() || k.e.Hopeless() {
		t.Error("half of it was received, and there is no hope")
	}
	k.peer(pong("x"))
	if k.e.Hopeful() || !k.e.Hopeless() {
		t.Error("something else was received, and there is hope")
	}
}

func TestHopeless(t *testing.T) {
	k := open(wsproto.Client, wants("a"))
	k.peer(text("a"))
	if k.e.Hopeless() {
		t.Error("all of it was received, and there is no hope")
	}
	k = open(wsproto.Client, &Expectation{Check: CheckEcho})
	k.e.ExpectEcho(Echo{Len: 1, Last: true, Equal: func(int, []byte) bool { return true }})
	if k.e.Hopeless() {
		t.Error("the echo is still to come, and there is no hope")
	}
	k.peer(text("ab"))
	if !k.e.Hopeless() {
		t.Error("the echo is wrong, and there is hope")
	}
}

func TestUnboundedPeerIsBounded(t *testing.T) {
	k := open(wsproto.Client, &Expectation{Outcomes: []Outcome{{OK, nil}}})
	for range 3 * maxObservations {
		k.peer(wsproto.NewFrame(wsproto.OpPing, true, nil), text(""))
	}
	r := k.e.Record()
	if len(r.Received) > maxObservations || len(k.e.out) > maxPendingReactions || len(r.Wirelog) > maxWirelog {
		t.Errorf("%d observations, %d reactions, %d rows are kept", len(r.Received), len(k.e.out), len(r.Wirelog))
	}
}

// TestCloseThatWaits demands that no answer to a close frame is due while the frame is not taken, and that no flood of
// pings before it has it lost.
func TestCloseThatWaits(t *testing.T) {
	k := open(wsproto.Client, &Expectation{Check: CheckEcho, CloseByUs: true, CloseCodes: []wsproto.CloseCode{1000}, RequireClean: true})
	k.e.ExpectEcho(Echo{Len: 2, Equal: func(int, []byte) bool { return true }, Last: true})
	for range 2 * maxPendingReactions {
		k.peer(wsproto.NewFrame(wsproto.OpPing, true, nil))
	}
	k.peer(text("a"))
	if k.e.State() != Closing || k.e.AwaitingCloseReply() {
		t.Errorf("%v, and a reply is due: %v", k.e.State(), k.e.AwaitingCloseReply())
	}
	frames := k.wrote()
	if len(frames) != maxPendingReactions+1 || !k.e.AwaitingCloseReply() {
		t.Errorf("%d frames, and a reply is due: %v", len(frames), k.e.AwaitingCloseReply())
	}
	k.peer(closing(1000, ""))
	k.e.Lost()
	if r := k.e.Record(); r.Behavior != Failed || r.BehaviorClose != OK {
		t.Errorf("%s, %s", r.Behavior, r.BehaviorClose)
	}
}
