package gen

import (
	"fmt"
	"time"

	"github.com/wscheck/wscheck/oracle"
	"github.com/wscheck/wscheck/wsproto"
)

// courses are the legal things to do on an open connection, each as often as it
// is likely. The first is the plainest.
var courses = weighted([]choice[func(*draft)]{
	{12, (*draft).message},
	{7, (*draft).parts},
	{5, (*draft).ping},
	{4, (*draft).fragments},
	{3, (*draft).packed},
	{3, (*draft).tempt},
	{3, (*draft).echo},
	{2, (*draft).pong},
	{2, (*draft).halves},
	{2, (*draft).together},
	{1, (*draft).rest},
	{1, (*draft).rare},
})

// choice is a value and how many times as likely it is as one of weight 1.
type choice[T any] struct {
	weight int
	value  T
}

// weighted is a slice with each value as often as its weight.
func weighted[T any](choices []choice[T]) (all []T) {
	for _, c := range choices {
		for range c.weight {
			all = append(all, c.value)
		}
	}
	return all
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

// message sends a message in one frame.
func (t *draft) message() {
	op := t.dataType()
	t.frame(op, true, t.payload(op, t.size()))
	t.echoes++
}

// dataType draws the type of a message.
func (t *draft) dataType() wsproto.Opcode {
	return wsproto.OpText + wsproto.Opcode(t.d.below(5, "type")/3)
}

// parts sends a message in fragments, with control frames and pauses between
// them.
func (t *draft) parts() {
	op := t.dataType()
	t.fragmented(op, t.content(op, t.smallSize()), t.d.below(5, "cuts"), (*draft).within)
}

// fragmented sends octets as one message that is cut at so many places, with
// what between does in between.
func (t *draft) fragmented(op wsproto.Opcode, octets []byte, cuts int, between func(*draft)) {
	t.inside = op
	for i := range cuts {
		n := t.d.below(len(octets)+1, "fragment")
		t.frame(t.partType(op, i), false, oracle.Payload{Data: octets[:n:n]})
		if op == wsproto.OpText && n < len(octets) && octets[n]&0xc0 == 0x80 {
			t.met.add(stateCodePointCut)
		}
		octets = octets[n:]
		t.met.add(stateInText + state(op-wsproto.OpText))
		between(t)
		if t.over {
			return
		}
	}
	t.frame(t.partType(op, cuts), true, oracle.Payload{Data: octets})
	t.inside = 0
	t.echoes++
}

// partType is the opcode of a message's i-th frame.
func (t *draft) partType(op wsproto.Opcode, i int) wsproto.Opcode {
	if i == 0 {
		return op
	}
	return wsproto.OpContinuation
}

// within is what may come between two fragments.
func (t *draft) within() {
	switch t.d.below(12, "between fragments") {
	case 7, 8, 9:
		t.met.add(stateControlWithin)
		t.ping()
	case 10:
		t.met.add(stateControlWithin)
		t.pong()
	case 11:
		if t.seldom(4, "close within") {
			t.close()
			return
		}
		t.frame(wsproto.OpContinuation, false, oracle.Payload{})
	}
}

// fragments sends a message that the engine cuts, and compresses where that was
// agreed on.
func (t *draft) fragments() {
	op := t.dataType()
	p := t.payload(op, t.size())
	if p.Size() > 1<<15 && t.d.below(2, "unlike") == 1 {
		t.unlike(op, p.Size())
		return
	}
	s := oracle.Step{Kind: oracle.StepMessage, Frame: wsproto.Header{Opcode: op}, Payload: p}
	if n := p.Size(); n > 1 {
		s.Fragment = max(1, n/(1+t.d.below(6, "fragments")))
	}
	s.Plain = t.ext.compresses && t.seldom(6, "plain")
	t.write(&s)
	s.Chop = max(s.Chop, min(s.Chop, 1)*p.Size()/8)
	t.add(s)
	t.met.add(stateOpen)
	t.echoes++
}

// unlike sends a message in two frames, one of n octets and the other short.
func (t *draft) unlike(op wsproto.Opcode, n int) {
	sizes := [2]int{n, t.smallSize()}
	first := t.d.below(2, "long frame")
	t.frame(op, false, t.payload(op, sizes[first]))
	t.frame(wsproto.OpContinuation, true, t.payload(op, sizes[1-first]))
	t.echoes++
}

// ping sends a ping, the same again now and then, and waits for its pong now and then. Each wait is for one
// ping sends a ping, now and then the same once more, and waits for the pong half of the
// time. Each wait is for one pong more, as the peer need not answer those that it was not
// waited for (RFC 6455 5.5.3).
func (t *draft) ping() {
	s := *t.barePing()
	if t.seldom(16, "the same again") {
		t.add(s)
	}
	if t.d.below(2, "await the pong") == 1 {
		t.awaitPong()
	}
}

func (t *draft) awaitPong() {
	if t.broken {
		return
	}
	t.awaited++
	t.add(oracle.Step{Kind: oracle.StepAwait, Until: oracle.AwaitPong, Count: t.awaited, Timeout: patience})
}

// barePing sends a ping and nothing else.
func (t *draft) barePing() *oracle.Step {
	t.met.add(statePinged)
	return t.frame(wsproto.OpPing, true, t.controlPayload())
}

// pong sends an unsolicited pong.
func (t *draft) pong() { t.frame(wsproto.OpPong, true, t.controlPayload()) }

// controlPayload draws the payload of a ping or a pong.
func (t *draft) controlPayload() oracle.Payload {
	n := one(t, controlSizes, "size")
	if t.d.below(2, "content") == 0 {
		return t.payload(wsproto.OpText, n)
	}
	return t.payload(wsproto.OpBinary, n)
}

var controlSizes = []int{4, 0, 0, 1, 2, 8, 30, 64, 124, 123, 125, 125, 125}

// halves sends a frame in two steps, with time for the peer between them.
func (t *draft) halves() {
	op := t.dataType()
	octets := t.content(op, t.smallSize())
	n := t.d.below(len(octets)+1, "first half")
	s := t.frame(op, true, oracle.Payload{Data: octets[:n:n]})
	t.echoes++
	t.met.add(stateFrameCut)
	if n == len(octets) {
		return
	}
	s.Declared, s.HasDeclared = uint64(len(octets)), true
	if t.seldom(4, "pause within") {
		t.add(oracle.Step{Kind: oracle.StepWait, Timeout: pause})
	}
	rest := oracle.Step{Kind: oracle.StepFrameData, Payload: oracle.Payload{Data: octets[n:]}}
	t.write(&rest)
	t.add(rest)
}

// together sends several frames as octets, so that a piece can hold parts of
// more than one.
func (t *draft) together() {
	var octets []byte
	for range 2 + t.d.below(3, "frames") {
		f := wsproto.NewFrame(wsproto.OpPing, true, t.content(wsproto.OpText, t.d.below(8, "size")))
		if t.d.below(2, "data") == 0 {
			f.Opcode = wsproto.OpText
			t.echoes++
		}
		if f.Masked = t.role == wsproto.Client; f.Masked {
			f.Mask = [4]byte{1, 2, byte(t.d.below(256, "key")), byte(t.d.below(256, "key"))}
		}
		octets = f.AppendTo(octets)
	}
	s := oracle.Step{Kind: oracle.StepRaw, Payload: oracle.Payload{Data: octets}}
	if t.d.below(2, "in pieces") == 1 {
		s.Chop = max(3+t.d.below(8, "pieces"), len(octets)/8)
		t.met.add(stateChopped)
	}
	t.add(s)
	t.met.add(stateOpen)
}

// burst sends dozens or hundreds of frames in one step: pings, or one message with
// more frames than many peers have thought of, and pings among them.
func (t *draft) burst() {
	if t.large { // once in a conversation
		return
	}
	t.large = true
	n := 24 + t.d.below(40, "frames")
	if t.seldom(3, "many frames") {
		n = one(t, []int{128, 256, 257, 300, 400, 600}, "frames")
	}
	t.flood(n, t.d.below(2, "burst") == 0)
}

// rare is what takes us or the peer so much longer than the rest that a conversation
// in some hundreds is enough of each.
func (t *draft) rare() {
	switch t.d.below(12, "rare") {
	case 4:
		t.huge()
	case 5:
		t.again()
	case 6:
		t.many()
	case 7:
		t.idle()
	case 8:
		t.pongs()
	case 9:
		t.crossing()
	case 10:
		t.deaf()
	case 11:
		t.burst()
	default:
		t.message()
	}
}

// again sends a long message, and once it is back another one that is as long, or not
// longer and in two frames: what a peer took once it takes again.
func (t *draft) again() {
	if t.large || t.broken {
		return
	}
	t.large = true
	t.met.add(stateAgain)
	op := t.dataType()
	p := t.payload(op, one(t, longSizes, "size"))
	t.frame(op, true, p)
	t.echoes++
	t.echo()
	if t.d.below(2, "in two frames") == 1 {
		t.frame(op, false, oracle.Payload{})
		t.frame(wsproto.OpContinuation, true, p)
	} else {
		t.frame(op, true, p)
	}
	t.echoes++
	t.echo()
}

// huge sends a message of about a mebibyte, or some of 64 KiB and then one that is
// short, far less often than what is rare.
func (t *draft) huge() {
	if t.large || !t.seldom(32, "huge") {
		t.message()
		return
	}
	t.large = true
	op := t.dataType()
	if t.d.below(2, "one message") == 0 {
		t.frame(op, true, t.payload(op, 1<<20+one(t, []int{0, 1, 4096}, "size")))
	} else {
		p := t.payload(op, 1<<16)
		s := oracle.Step{Kind: oracle.StepEcho, Frame: wsproto.Header{Opcode: op}, Payload: p, Count: 5}
		t.add(s)
		s.Payload.Len, s.Count = 2*len(p.Data), 1
		t.add(s)
		t.add(oracle.Step{Kind: oracle.StepEcho, Frame: wsproto.Header{Opcode: op}, Count: 1})
		t.echoes += 6
	}
	t.echoes++
}

// many sends dozens of messages, each once the one before is back: hundreds now and
// then, and a thousand hardly ever.
func (t *draft) many() {
	if t.broken {
		return
	}
	t.met.add(stateMany)
	op := t.dataType()
	times := 11 + t.d.below(30, "times")
	if t.seldom(16, "hundreds") {
		times = 300
		if t.seldom(12, "a thousand") {
			times = 1100
		}
	}
	s := oracle.Step{Kind: oracle.StepEcho, Frame: wsproto.Header{Opcode: op}, Payload: t.payload(op, t.d.below(24, "size")), Count: times}
	t.add(s)
	t.met.add(stateOpen)
	t.echoes += s.Count
}

// idle sends nothing for so long that a peer may ask whether we are still there.
func (t *draft) idle() {
	t.met.add(stateIdle)
	t.add(oracle.Step{Kind: oracle.StepWait, Timeout: one(t, []time.Duration{3 * patience, 15 * patience, 35 * patience}, "idle")})
}

// crossing sends a long message, and hundreds of frames while its echo is under way:
// what a peer writes in two goroutines may get mixed up.
func (t *draft) crossing() {
	if t.large {
		return
	}
	t.large = true
	t.met.add(stateCrossing)
	for range 1 + t.d.below(2, "messages") {
		op := t.dataType()
		t.frame(op, true, t.payload(op, one(t, longSizes, "size")))
		t.echoes++
		t.flood(t.some(), t.d.below(4, "burst") > 0)
	}
}

// deaf has our side not read for a while, so that what the peer writes meanwhile
// has no room.
func (t *draft) deaf() {
	if t.large {
		return
	}
	t.large = true
	t.met.add(stateStalled)
	t.add(oracle.Step{Kind: oracle.StepStopReading})
	for range 1 + t.d.below(4, "courses without reading") {
		switch t.d.below(4, "without reading") {
		case 0:
			op := t.dataType()
			t.frame(op, true, t.payload(op, one(t, longSizes, "size")))
			t.echoes++
		case 1:
			t.flood(t.some(), t.d.below(2, "burst") == 0)
		case 2:
			t.barePing()
		case 3:
			t.message()
		}
	}
	t.add(oracle.Step{Kind: oracle.StepWait, Timeout: one(t, stallTimes, "stall")})
	if t.seldom(8, "reading again") {
		return // at the next wait for something of the peer's, or the end
	}
	t.add(oracle.Step{Kind: oracle.StepGoOnReading})
}

// stallTimes are how long our side does not read: the long ones are for peers that
// give up a write after a time.
var stallTimes = []time.Duration{pause, 6 * pause, 6 * pause, patience, 6 * patience, 15 * patience}

// pongs has our side answer each ping of the peer's more than once, and leaves it the
// time to ping.
func (t *draft) pongs() {
	t.met.add(statePongs)
	t.add(oracle.Step{Kind: oracle.StepPongs, Count: 2 + t.d.below(3, "pongs")})
	t.add(oracle.Step{Kind: oracle.StepWait, Timeout: one(t, []time.Duration{pause, pause, 3 * patience, 15 * patience}, "idle")})
}

// some is how many frames there are beside something else that is long: dozens, and
// hundreds now and then.
func (t *draft) some() int {
	if t.seldom(8, "many frames") {
		return 300
	}
	return 12 + t.d.below(36, "frames")
}

// flood sends so many frames in one step, pings alone or with a message that they
// are parts of.
func (t *draft) flood(n int, pings bool) {
	t.met.add(stateBurst)
	t.met.add(stateOpen)
	if !pings {
		t.echoes++
	}
	t.add(oracle.Step{Kind: oracle.StepRaw, Payload: oracle.Payload{Data: burst(t.role, n, pings)}})
	if pings && t.d.below(2, "await the last pong") == 1 {
		t.awaitPong()
	}
}

// burst is n frames of a role: pings, or the fragments of one message and pings
// among them.
func burst(role wsproto.Role, n int, pings bool) (octets []byte) {
	add := func(f wsproto.Frame, i int) {
		if f.Masked = role == wsproto.Client; f.Masked {
			f.Mask = [4]byte{1, 2, byte(i >> 8), byte(i)}
		}
		octets = f.AppendTo(octets)
	}
	for i := range n {
		if pings || i%16 == 15 {
			add(wsproto.NewFrame(wsproto.OpPing, true, fmt.Appendf(nil, "ping %04d", i)), i)
		}
		if !pings {
			op := wsproto.OpContinuation
			if i == 0 {
				op = wsproto.OpText
			}
			add(wsproto.NewFrame(op, i == n-1, []byte{byte('a' + i%26)}), i)
		}
	}
	return octets
}

// echo waits for what the peer owes us.
func (t *draft) echo() {
	switch {
	case t.broken:
		return
	case t.echoes > 0:
		t.add(oracle.Step{Kind: oracle.StepAwait, Until: oracle.AwaitMessage, Count: t.echoes, Timeout: patience})
	default:
		op := t.dataType()
		s := oracle.Step{Kind: oracle.StepEcho, Frame: wsproto.Header{Opcode: op}, Payload: t.payload(op, t.smallSize()), Count: 2 + t.d.below(3, "times")}
		t.add(s)
		t.met.add(stateOpen)
		t.echoes += s.Count
	}
}

// rest gives the peer time.
func (t *draft) rest() { t.add(oracle.Step{Kind: oracle.StepWait, Timeout: pause}) }

// calm gives the peer so much time that what comes next is all that it has to
// act on.
func (t *draft) calm() { t.add(oracle.Step{Kind: oracle.StepWait, Timeout: patience}) }
