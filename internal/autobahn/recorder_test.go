package autobahn

import (
	"testing"

	"github.com/wscheck/wscheck/oracle"
	"github.com/wscheck/wscheck/wsproto"
)

// opened returns the recorder of an open connection.
func opened(exp *Expectation) *Recorder {
	r := NewRecorder(wsproto.Client, exp)
	r.Opened(false)
	return r
}

// text has the recorder receive a text message.
func (r *Recorder) text(s string) {
	r.MessageBegins()
	r.MessageData(0, []byte(s))
	r.MessageEnds(false, len(s))
}

var (
	echoOfA = Observation{Kind: Message, Payload: oracle.Payload{Data: []byte("a")}}
	pong    = Observation{Kind: Pong}
)

func TestHopeful(t *testing.T) {
	r := opened(&Expectation{Outcomes: []Outcome{{OK, []Observation{echoOfA, pong}}}, CloseByUs: true, CloseCodes: []wsproto.CloseCode{1000}})
	if !r.Hopeful() {
		t.Error("nothing was received, and there is no hope")
	}
	r.text("a")
	if _, done := r.Done(); !r.Hopeful() || r.Hopeless() || done {
		t.Error("half of it was received, and there is no hope")
	}
	r.Observe(Observation{Kind: Pong, Payload: oracle.Payload{Data: []byte("x")}})
	if r.Hopeful() || !r.Hopeless() {
		t.Error("something else was received, and there is hope")
	}
}

func TestHopeless(t *testing.T) {
	r := opened(&Expectation{Outcomes: []Outcome{{OK, []Observation{echoOfA}}}, CloseByUs: true, CloseCodes: []wsproto.CloseCode{1000}})
	r.text("a")
	if code, done := r.Done(); r.Hopeless() || !done || code != wsproto.CloseNormal {
		t.Errorf("all of it was received: hopeless %v, done %v with %v", r.Hopeless(), done, code)
	}
	r = opened(&Expectation{Check: CheckEcho})
	r.ExpectEcho(Echo{Len: 1, Last: true, Equal: func(int, []byte) bool { return true }})
	if r.Hopeless() {
		t.Error("the echo is still to come, and there is no hope")
	}
	r.text("ab")
	if !r.Hopeless() {
		t.Error("the echo is wrong, and there is hope")
	}
}

func TestUnboundedPeerIsBounded(t *testing.T) {
	r := opened(&Expectation{Outcomes: []Outcome{{OK, nil}}})
	for range maxWirelog {
		r.FrameEnds(wsproto.Header{Fin: true, Opcode: wsproto.OpPing})
		r.text("")
	}
	if rec := r.Record(); len(rec.Received) != maxObservations || len(rec.Wirelog) != maxWirelog || rec.RxFrames[wsproto.OpPing] != maxWirelog {
		t.Errorf("%d observations and %d rows are kept, of %d frames", len(rec.Received), len(rec.Wirelog), rec.RxFrames[wsproto.OpPing])
	}
}

func TestUnplayed(t *testing.T) {
	r := Unplayed(wsproto.Server, &Expectation{Outcomes: []Outcome{{OK, nil}}}, "nobody came")
	if r.Behavior != Failed || r.BehaviorClose != Failed || r.WasNotCleanReason != "nobody came" {
		t.Errorf("%+v", r)
	}
}
