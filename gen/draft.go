package gen

import (
	"encoding/base64"
	"time"

	"github.com/wscheck/wscheck/oracle"
	"github.com/wscheck/wscheck/wsproto"
)

// draft is a conversation that is being drawn, and what is known of its state.
type draft struct {
	d      draws
	role   wsproto.Role
	script *oracle.Script
	faults []Fault
	met    states // for measuring

	ext     *opening
	inside  wsproto.Opcode  // of the fragmented message under way, 0 for none
	echoes  int             // messages that have to come back, if nothing is wrong
	awaited int             // pongs that were waited for
	broken  bool            // something wrong was sent: the peer owes nothing any more
	over    bool            // our side has begun to close, or has ended the connection
	broke   oracle.ClauseID // which of its clauses the last mistake is about, "" if that is unknown
	large   bool            // a long payload was sent, and one is enough
}

// converse draws a conversation: an opening handshake, some steps that are
// legal, a mistake if there is to be one, what follows it, and an end.
func converse(d draws, role wsproto.Role) *draft {
	t := &draft{d: d, role: role, script: &oracle.Script{Role: role}}
	mistakes := [...]int{0, 0, 1, 1, 1, 1, 1, 2}[d.below(8, "mistakes")]
	t.script.Steps = make([]oracle.Step, 0, 8)
	if t.open(mistakes > 0) {
		mistakes--
	}
	if t.broken {
		t.act()
	} else {
		for range d.below(6, "courses") {
			t.act()
		}
	}
	for range mistakes {
		if t.over {
			break
		}
		t.err()
		t.react()
	}
	t.end()
	return t
}

// conversation is what was drawn.
func (t *draft) conversation() Conversation { return Conversation{Script: t.script, Faults: t.faults} }

// seldom is true once in n times.
func (t *draft) seldom(n int, what string) bool { return t.d.below(n, what) == n-1 }

// one returns one of several; the first is the plainest.
func one[T any](t *draft, of []T, what string) T { return of[t.d.below(len(of), what)] }

// blame notes a fault.
func (t *draft) blame(name string, clauses []oracle.ClauseID) {
	t.faults = append(t.faults, Fault{Name: name, Clauses: clauses})
	t.broken = true
	t.met.add(stateFault)
}

// open draws the opening handshake, a wrong one now and then where it may be,
// and reports whether it is wrong.
func (t *draft) open(mayErr bool) bool {
	err := mayErr && t.d.below(5, "wrong opening") >= 3
	forms, terms := openings[t.role](), extensions[t.role]()
	o, e := &forms.all[0], &terms.all[0]
	switch {
	case err && t.seldom(3, "wrong extension"):
		e = terms.draw(t, true, "extension")
	case err:
		o = forms.draw(t, true, "opening")
	default:
		if t.seldom(6, "other opening") {
			o = forms.draw(t, false, "opening")
		}
		if t.d.below(5, "with an extension") >= 3 {
			e = terms.draw(t, false, "extension")
		}
	}
	h := &t.script.Handshake
	*h = o.Handshake
	t.ext = e
	h.Offers = e.Offers
	h.Refused = o.Refused || e.Refused
	h.MayRefuse = !h.Refused && (o.MayRefuse || e.MayRefuse)
	switch {
	case o.wrong:
		t.blame(o.name, o.clauses)
	case e.wrong:
		t.blame(e.name, e.clauses)
	}
	t.broken = h.Refused // a server may well decline an offer and continue
	if e.compresses {
		t.met.add(stateCompressing)
	}
	if t.seldom(8, "opening in pieces") {
		h.Chop = one(t, []int{64, 7, 1}, "pieces")
	}
	if t.role == wsproto.Client && o == &forms.all[0] && t.seldom(32, "other key") {
		h.Key = t.key()
	}
	t.early(h)
	return o.wrong || e.wrong
}

// key draws a right Sec-WebSocket-Key.
func (t *draft) key() string {
	octets := make([]byte, 16)
	for i := range octets {
		octets[i] = byte(t.d.below(256, "key"))
	}
	return base64.StdEncoding.EncodeToString(octets)
}

// early has the first frames follow the opening handshake in the same write now
// and then. A server may do that; a client has to wait, and a server need not
// take what comes too early.
func (t *draft) early(h *oracle.Handshake) {
	every := 8
	if t.role == wsproto.Client {
		every = 40
	}
	if h.Refused || !t.seldom(every, "frames at once") {
		return
	}
	h.WithFrames = true
	t.met.add(stateEarly)
	if t.role == wsproto.Client {
		h.MayRefuse = true
		t.add(oracle.Step{Kind: oracle.StepFrame, Frame: wsproto.Header{Fin: true, Opcode: wsproto.OpPong}})
		t.rest()
	}
}

// The waits of a script.
const (
	pause    = 50 * time.Millisecond // nothing is owed by then
	patience = 2 * time.Second       // for what the peer owes us
)

func (t *draft) add(s oracle.Step) { t.script.Steps = append(t.script.Steps, s) }

// act takes one legal step, or the few that belong together.
func (t *draft) act() {
	if t.over {
		return
	}
	one(t, courses, "step")(t)
}

// react is what follows a mistake: nothing, or something that a peer must no
// longer act on, at once or after a while.
func (t *draft) react() {
	if t.over {
		return
	}
	if t.inside != 0 && t.d.below(2, "finish the message") == 1 {
		t.frame(wsproto.OpContinuation, true, t.payload(t.inside, t.smallSize()))
		t.inside = 0
	}
	switch t.d.below(8, "after the mistake") {
	case 0, 1, 2:
	case 3:
		t.barePing()
	case 4:
		t.message()
	case 5:
		t.act()
	case 6:
		t.add(oracle.Step{Kind: oracle.StepWait, Timeout: pause})
		t.message()
	case 7:
		t.add(oracle.Step{Kind: oracle.StepAwait, Until: oracle.AwaitEnd, Timeout: patience / 2})
	}
}

// end draws the end of the conversation.
func (t *draft) end() {
	if t.over {
		return
	}
	switch n := t.d.below(16, "end"); {
	case n < 8:
		t.script.End = oracle.EndClose
	case n < 14:
		t.close()
	case n < 15:
		t.breakOff()
	default:
		t.script.End = oracle.EndNone
	}
}
