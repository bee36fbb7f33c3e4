package gen

import (
	"time"

	"github.com/wscheck/wscheck/oracle"
	"github.com/wscheck/wscheck/wsproto"
)

// courses are the legal things to do on an open connection, each as often as it
// is likely. The first is the plainest.
var courses = weighted([]choice[func(*draft)]{
	{18, message},
	{10, parts},
	{6, ping},
	{6, fragments},
	{4, packed},
	{4, tempt},
	{5, echo},
	{3, pong},
	{3, halves},
	{3, together},
	{1, rest},
	{1, rarely},
	{4, kept},
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

// message sends a message in one frame, a sixth of them compressed where that may be.
func message(t *draft) {
	if t.ext.compresses && t.d.below(6, "compressed") == 5 {
		packed(t)
		return
	}
	op := t.dataType()
	t.frame(op, true, t.payload(op, t.size()))
	t.echoes++
	if !t.broken && t.seldom(8, "await the echo") {
		awaitEchoes(t)
	}
}

// parts sends a message in fragments, with control frames and pauses between
// them.
func parts(t *draft) {
	op := t.dataType()
	fragmented(t, op, t.content(op, t.partsSize()), t.d.below(5, "cuts"), within)
}

// partsSize draws the size of a message in fragments: now and then as long as a buffer.
func (t *draft) partsSize() int {
	if t.seldom(8, "longer") {
		return t.bufferSize(shortBuffer, shortBuffers)
	}
	return t.smallSize()
}

// kept sends two messages where a peer may wrongly keep something of the first for the second: its window, its type,
// its size or its octets. The second is no longer than the first, so that it may not be called too long.
func kept(t *draft) {
	switch {
	case t.ext.compresses && !t.limited() && t.d.below(4, "far back") > 0:
		farBack(t)
		return
	case t.d.below(4, "in fragments") < 3:
		message(t)
		return
	}
	op, n, cuts := t.dataType(), t.bufferSize(shortBuffer, shortBuffers), 1+t.d.below(3, "cuts")
	p := t.payload(op, n)
	for i := range cuts {
		t.frame(t.partType(op, i), false, p)
		p = oracle.Payload{}
	}
	t.frame(wsproto.OpContinuation, true, p)
	t.echoes++
	if t.d.below(2, "await the echo") == 1 {
		echo(t)
	}
	if t.seldom(3, "other type") {
		op = wsproto.OpText + wsproto.OpBinary - op
	}
	fragmented(t, op, t.content(op, n-t.d.below(n+1, "less")/2), cuts, within)
	t.met.add(stateInTurn)
}

// fragmented sends octets as one message that is cut at so many places, with
// what between does in between.
func fragmented(t *draft, op wsproto.Opcode, octets []byte, cuts int, between func(*draft)) {
	t.inside = op
	size := len(octets)
	for i := range cuts {
		n := t.d.below(len(octets)+1, "fragment")
		t.frame(t.partType(op, i), false, oracle.Payload{Data: octets[:n:n]})
		if op == wsproto.OpText && n < len(octets) && octets[n]&0xc0 == 0x80 {
			t.met.add(stateCodePointCut)
		}
		octets = octets[n:]
		t.met.add(stateInText + state(op-wsproto.OpText))
		steps := len(t.script.Steps)
		between(t)
		if size-len(octets) > 1000 && len(t.script.Steps) > steps {
			t.met.add(stateLongWithin)
		}
		if t.over {
			return
		}
	}
	t.frame(t.partType(op, cuts), true, oracle.Payload{Data: octets})
	t.inside = 0
	t.echoes++
}

// within is what may come between two fragments.
func within(t *draft) {
	switch t.d.below(12, "between fragments") {
	case 7, 8, 9:
		t.met.add(stateControlWithin)
		ping(t)
	case 10:
		t.met.add(stateControlWithin)
		pong(t)
	case 11:
		if t.seldom(4, "close within") {
			endByClose(t)
			return
		}
		t.frame(wsproto.OpContinuation, false, oracle.Payload{})
	}
}

// fragments sends a message that the engine cuts, and compresses where that was
// agreed on.
func fragments(t *draft) {
	op := t.dataType()
	p := t.payload(op, t.size())
	if p.Size() > 1<<15 && t.seldom(3, "unlike") {
		unlike(t, op, p.Size())
		return
	}
	s := oracle.Step{Kind: oracle.StepMessage, Frame: wsproto.Header{Opcode: op}, Payload: p}
	if n := p.Size(); n > 1 {
		s.Fragment = max(1, n/(1+t.d.below(6, "fragments")))
		if t.seldom(16, "many fragments") {
			s.Fragment = max(1, n/(17+t.d.below(48, "fragments")))
			t.met.add(stateManyFragments)
		}
	}
	s.Plain = t.ext.compresses && t.seldom(6, "plain")
	t.write(&s)
	s.Chop = max(s.Chop, min(s.Chop, 1)*p.Size()/8)
	t.add(s)
	t.met.add(stateOpen)
	t.echoes++
}

// unlike sends a message in two frames, one of n octets and the other short, and half of the time a ping between.
func unlike(t *draft, op wsproto.Opcode, n int) {
	sizes := [2]int{n, t.smallSize()}
	first := t.d.below(2, "long frame")
	t.frame(op, false, t.payload(op, sizes[first]))
	if t.d.below(2, "ping between") == 1 {
		t.met.add(stateControlWithin)
		ping(t)
	}
	t.frame(wsproto.OpContinuation, true, t.payload(op, sizes[1-first]))
	t.echoes++
}

// ping sends a ping, now and then the same once more, and waits for the pong half of the
// time. Each wait is for one pong more, as the peer need not answer those that it was not
// waited for (RFC 6455 5.5.3).
func ping(t *draft) {
	s := *barePing(t)
	if t.seldom(16, "the same again") {
		t.add(s)
	}
	if t.d.below(4, "await the pong") > 0 {
		awaitPong(t)
	}
}

func awaitPong(t *draft) {
	if t.broken {
		return
	}
	t.awaited++
	t.add(oracle.Step{Kind: oracle.StepAwait, Until: oracle.AwaitPong, Count: t.awaited, Timeout: patience})
}

// barePing sends a ping and nothing else.
func barePing(t *draft) *oracle.Step {
	t.met.add(statePinged)
	return t.frame(wsproto.OpPing, true, controlPayload(t))
}

// pong sends an unsolicited pong.
func pong(t *draft) { t.frame(wsproto.OpPong, true, controlPayload(t)) }

// controlPayload draws the payload of a ping or a pong.
func controlPayload(t *draft) oracle.Payload {
	n := one(t, controlSizes, "size")
	if t.seldom(3, "any size") {
		n = t.d.below(maxControl+1, "size")
	}
	if t.d.below(2, "content") == 0 {
		return t.payload(wsproto.OpText, n)
	}
	return t.payload(wsproto.OpBinary, n)
}

var controlSizes = []int{4, 0, 0, 1, 2, 8, 124, 123, 125, 125, 125}

// halves sends a frame in two steps, with time for the peer between them.
func halves(t *draft) {
	op := t.dataType()
	octets := t.content(op, t.smallSize())
	if t.seldom(3, "in the header") {
		splitHeader(t, op, octets)
		return
	}
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

// splitHeader sends a frame whose header, or a part of it, comes some time before the rest.
func splitHeader(t *draft, op wsproto.Opcode, content []byte) {
	f := wsproto.NewFrame(op, true, content)
	if f.Masked = t.role == wsproto.Client; f.Masked {
		f.Mask = [4]byte{1, 2, byte(t.d.below(256, "key")), byte(t.d.below(256, "key"))}
	}
	octets := f.AppendTo(nil)
	n := 1 + t.d.below(len(octets)-len(content), "first part")
	t.add(oracle.Step{Kind: oracle.StepRaw, Payload: oracle.Payload{Data: octets[:n:n]}})
	t.add(oracle.Step{Kind: oracle.StepWait, Timeout: one(t, []time.Duration{pause, pause, patience}, "pause")})
	if n < len(octets) {
		t.add(oracle.Step{Kind: oracle.StepRaw, Payload: oracle.Payload{Data: octets[n:]}})
	}
	t.echoes++
	t.met.add(stateFrameCut)
}

// together sends several frames as octets, so that a piece can hold parts of
// more than one.
func together(t *draft) {
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

// echo waits for what the peer owes us.
func echo(t *draft) {
	switch {
	case t.broken:
		return
	case t.echoes > 0:
		awaitEchoes(t)
	default:
		op := t.dataType()
		s := oracle.Step{Kind: oracle.StepEcho, Frame: wsproto.Header{Opcode: op}, Payload: t.payload(op, t.smallSize()), Count: 2 + t.d.below(3, "times")}
		t.add(s)
		t.met.add(stateOpen)
		t.echoes += s.Count
	}
}

// awaitEchoes waits for all messages that have to come back.
func awaitEchoes(t *draft) {
	t.add(oracle.Step{Kind: oracle.StepAwait, Until: oracle.AwaitMessage, Count: t.echoes, Timeout: patience})
}

// rest gives the peer time.
func rest(t *draft) { t.add(oracle.Step{Kind: oracle.StepWait, Timeout: pause}) }

// calm gives the peer so much time that what comes next is all that it has to
// act on.
func calm(t *draft) { t.add(oracle.Step{Kind: oracle.StepWait, Timeout: patience}) }
