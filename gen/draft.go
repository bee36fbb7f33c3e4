package gen

import (
	"encoding/base64"
	"math"
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
	rest    []byte          // of that message, if it is compressed: what was not sent yet
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
	mistakes := [...]int{0, 0, 1, 1, 1, 1, 1, 1, 2}[d.below(9, "mistakes")]
	t.script.Steps = make([]oracle.Step, 0, 8)
	if t.open(mistakes > 0); t.broken {
		mistakes--
		t.act()
	} else {
		for range d.below(7, "courses") {
			t.act()
		}
	}
	for range mistakes {
		if t.over {
			break
		}
		makeMistake(t)
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

// open draws the opening handshake, a wrong one now and then where it may be.
func (t *draft) open(mayErr bool) {
	err := mayErr && t.seldom(5, "wrong opening")
	forms, terms := openings[t.role](), extensions[t.role]()
	o, e := &forms.all[0], &terms.all[0]
	switch {
	case err && t.seldom(3, "wrong extension"):
		e = terms.draw(t, true, "extension")
	case err:
		o = forms.draw(t, true, "opening")
	default:
		// A server that refuses what is written in another way and has an offer too may
		// have refused either: they are seldom together.
		others := 4
		if t.seldom(3, "other opening") {
			o, others = forms.draw(t, false, "opening"), 1
		}
		if t.d.below(7, "with an extension") >= 7-others {
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
		if t.seldom(2, "later") {
			later := one(t, laters(), "later")
			h.Before, h.BegunEarly = later.Before, later.BegunEarly
			t.met.add(stateLater)
		} else {
			h.Key = t.key()
		}
	}
	t.early(h)
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
	switch {
	case t.role == wsproto.Client:
		h.MayRefuse = true
		t.add(oracle.Step{Kind: oracle.StepFrame, Frame: wsproto.Header{Fin: true, Opcode: wsproto.OpPong}})
		rest(t)
	case t.seldom(3, "part of a header"):
		splitHeader(t, wsproto.OpText, t.content(wsproto.OpText, t.smallSize()))
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
	if t.rest != nil || t.inside != 0 && t.d.below(2, "finish the message") == 1 {
		t.goOn(true, t.smallSize())
	}
	switch t.d.below(8, "after the mistake") {
	case 0:
	case 1, 2:
		barePing(t)
	case 3:
		message(t)
	case 4:
		t.act()
	case 5:
		rest(t)
		message(t)
	case 6:
		message(t)
		barePing(t)
	case 7:
		t.add(oracle.Step{Kind: oracle.StepAwait, Until: oracle.AwaitEnd, Timeout: patience / 2})
	}
}

// end draws the end of the conversation.
func (t *draft) end() {
	if t.over {
		return
	}
	pinged := 4
	if t.broken {
		pinged = 11 // the pong shows that the peer continues
	}
	switch n := t.d.below(16, "end"); {
	case n < pinged:
		t.script.End = oracle.EndClose
	case n < 14:
		endByClose(t)
	case n < 15:
		breakOff(t)
	default:
		t.script.End = oracle.EndNone
	}
}

// frame adds a frame of ours that is right by itself, and how it is written.
func (t *draft) frame(op wsproto.Opcode, fin bool, p oracle.Payload) *oracle.Step {
	t.add(oracle.Step{Kind: oracle.StepFrame, Frame: wsproto.Header{Fin: fin, Opcode: op}, Payload: p})
	t.met.add(stateOpen)
	s := &t.script.Steps[len(t.script.Steps)-1]
	t.write(s)
	t.mask(s)
	return s
}

// write draws how a step gets onto the wire.
func (t *draft) write(s *oracle.Step) {
	switch t.d.below(12, "writing") {
	case 10:
		s.Sync = true
		t.met.add(stateApart)
	case 11:
		// A few pieces, for each of them takes its time on a real connection.
		n := s.Payload.Size() + 6
		s.Chop = max(one(t, []int{1, 2, 3, 5}, "pieces"), n/8)
		t.met.add(stateChopped)
	}
}

// mask has a frame of a client's masked with a key of our choice now and then:
// zeros hide nothing, and are as good as any.
func (t *draft) mask(s *oracle.Step) {
	if t.role == wsproto.Client && t.seldom(16, "key") {
		s.Masking = oracle.MaskKey
		s.Frame.Mask = one(t, [][4]byte{{}, {0xff, 0xff, 0xff, 0xff}, {0, 0, 0, 1}, {0x81, 0x05, 'H', 'e'}}, "which key")
	}
}

// dataType draws the type of a message.
func (t *draft) dataType() wsproto.Opcode {
	return wsproto.OpText + wsproto.Opcode(t.d.below(5, "type")/3)
}

// partType is the opcode of a message's i-th frame.
func (t *draft) partType(op wsproto.Opcode, i int) wsproto.Opcode {
	if i == 0 {
		return op
	}
	return wsproto.OpContinuation
}

// limited reports whether the window of our own messages may be.
func (t *draft) limited() bool {
	if t.role == wsproto.Client {
		return t.ext.clientLimited
	}
	return t.ext.serverLimited
}

// Sizes around which implementations change their ways: the boundaries of the
// forms of length (RFC 6455 5.2), and round numbers.
var (
	boundarySizes = []int{0, 1, 125, 126, 127, 125, 126, 124, 128, 129}
	roundSizes    = []int{100, 200, 1000, 1448, 1460, 10000}
	longSizes     = []int{16384, 65535, 65536, 65536, 65535, 65537, 32768, 65536}
)

// Buffers are of a power of two octets: from 256 to 8,192, and from 16 to 128 KiB.
const (
	shortBuffer, shortBuffers = 1 << 8, 6
	longBuffer, longBuffers   = 1 << 14, 4
)

// maxHeader is the most octets that a header has.
const maxHeader = 14

// bufferSize draws a size at which a buffer ends, alone or with the header before it:
// a power of two from least on, or a few octets less or more.
func (t *draft) bufferSize(least, powers int) int {
	n := least << t.d.below(powers, "buffer")
	switch t.d.below(5, "edge") {
	case 1:
		n--
	case 2:
		n++
	case 3:
		n -= 1 + t.d.below(maxHeader, "header")
	case 4:
		n -= t.header(n)
	}
	return n
}

// header is how many octets the header of a frame of ours has that takes about n octets.
func (t *draft) header(n int) int {
	octets := 2
	switch {
	case n > math.MaxUint16+8:
		octets += 8
	case n > maxControl:
		octets += 2
	}
	if t.role == wsproto.Client {
		octets += 4
	}
	return octets
}

// size draws the size of a message in octets: mostly small, now and then at a
// boundary, and long once in a conversation at most.
func (t *draft) size() int {
	n := t.d.below(48, "size class")
	switch {
	case n == 47 && !t.large:
		t.large = true
		t.met.add(stateLarge)
		if t.seldom(10, "buffer") {
			return t.bufferSize(longBuffer, longBuffers)
		}
		return one(t, longSizes, "size")
	case n >= 44:
		if t.seldom(4, "round") {
			return one(t, roundSizes, "size")
		}
		return t.bufferSize(shortBuffer, shortBuffers)
	}
	return t.smallSize()
}

// smallSize is a size of up to 129 octets.
func (t *draft) smallSize() int {
	if t.d.below(2, "boundary") == 1 {
		return one(t, boundarySizes, "size")
	}
	return t.d.below(48, "size")
}

// explicit is the size in octets up to which payloads are spelt out.
const explicit = 256

// payload draws the content of a message or control frame of n octets: UTF-8 for
// text, anything for others.
func (t *draft) payload(op wsproto.Opcode, n int) oracle.Payload {
	switch {
	case n == 0:
		return oracle.Payload{}
	case n <= explicit:
		return oracle.Payload{Data: t.content(op, n)}
	}
	unit := t.unit(op)
	if op == wsproto.OpText && t.d.below(2, "wide") == 1 {
		unit = one(t, wide, "text")
		if n > 1<<12 {
			t.met.add(stateWide)
		}
	}
	if rest := n % len(unit); op == wsproto.OpText && rest != 0 {
		switch t.d.below(4, "whole units") {
		case 0:
			unit = units[0] // which can be cut anywhere
		case 1:
			n -= rest
		default:
			n += len(unit) - rest
		}
	}
	return oracle.Payload{Data: []byte(unit), Len: n}
}

// unit draws what a payload repeats.
func (t *draft) unit(op wsproto.Opcode) string {
	if op == wsproto.OpText || t.d.below(3, "binary") == 0 {
		if t.seldom(12, "padded") {
			return one(t, padded, "text")
		}
		return one(t, units, "text")
	}
	return one(t, binaries, "octets")
}

// content is n octets of that kind. Longer ones are made of several units, so that one
// message shows what a peer makes of each.
func (t *draft) content(op wsproto.Opcode, n int) []byte {
	if n == 0 {
		return nil
	}
	octets := make([]byte, 0, n)
	for len(octets) < n {
		part := n - len(octets)
		if part >= severalUnits && t.d.below(3, "several units") > 0 {
			part /= 2
		}
		unit := t.unit(op)
		if op == wsproto.OpText {
			octets = appendText(octets, unit, part)
			continue
		}
		for ; part > len(unit); part -= len(unit) {
			octets = append(octets, unit...)
		}
		octets = append(octets, unit[:part]...)
	}
	return octets
}

// severalUnits is the size in octets from which a content may have several units.
const severalUnits = 16
