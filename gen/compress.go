package gen

import (
	"slices"
	"sync"

	"github.com/wscheck/wscheck/internal/deflate"
	"github.com/wscheck/wscheck/oracle"
	"github.com/wscheck/wscheck/wsproto"
)

// rsv1 marks the first frame of a compressed message (RFC 7692 6).
const rsv1 = 4

// packed sends a message that is compressed already, where that may be: in
// forms that no compressor makes.
func packed(t *draft) {
	if !t.ext.compresses {
		message(t)
		return
	}
	if !t.large && t.seldom(8, "long") {
		t.large = true
		t.met.add(stateLarge)
		sendPacked(t, finalLong())
		return
	}
	switch t.d.below(8, "packed") {
	case 5:
		n := one(t, []int{124, 125, 126, 127, 128}, "size")
		if t.d.below(2, "buffer") == 1 {
			n = t.bufferSize(shortBuffer, shortBuffers)
		}
		sendPacked(t, stored(n))
		return
	case 6, 7:
		if !t.limited() {
			farBack(t)
			return
		}
	}
	all := rightPayloads()
	p := &all[t.d.below(len(all), "compressed")]
	if p.reach > 0 && t.limited() {
		p = &all[0]
	}
	sendPacked(t, p)
}

// stored is a message that is not made shorter, of n octets on the wire.
func stored(n int) *deflated {
	const around = 6 // the header of the block, and the beginning of the flush
	return &deflated{payload: storedMessage([]byte(letters(n - around)))}
}

// farBack sends a message, and then one that consists of a part of it: near its beginning, which may be as far
// away as the window reaches. The first may also come as several messages. Now and then there are dozens of the
// second: a peer may forget its window after so many messages, or after a long one.
func farBack(t *draft) {
	n := one(t, []int{300, 1024, 4096, 300}, "window")
	size, times, blown := n, 1, false
	switch {
	case !t.large && t.seldom(6, "long"):
		t.large = true
		if blown = t.d.below(4, "short on the wire") > 0; blown {
			break
		}
		n = 1 << deflate.MaxWindowBits
		size = n
		if t.d.below(2, "longer than the window") == 1 {
			size = 2*n + 4096
		}
	case t.seldom(12, "many messages"):
		times = 42 + t.d.below(20, "times")
		if t.seldom(4, "more than a hundred") {
			times += 80
		}
	}
	var before [][]byte // what is referred to
	switch {
	case blown:
		t.met.add(stateBlownUp)
		before = [][]byte{blownUp(n, one(t, blownSizes, "size"))}
	case t.seldom(3, "several messages"): // one of them fills the window, with octets to spare
		pieces := 2 + t.d.below(6, "pieces")
		size += 100
		for text := range slices.Chunk([]byte(letters(size)), (size+pieces-1)/pieces) {
			before = append(before, storedMessage(text))
		}
	default:
		before = [][]byte{storedMessage([]byte(letters(size)))}
	}
	for _, payload := range before {
		first := &deflated{payload: payload}
		sendPacked(t, first)
		if size == n && n <= 1<<12 && t.seldom(4, "twice") {
			sendPacked(t, first)
		}
	}
	for range times {
		part := new(deflate.Emitter).Fixed(false).Match(20, n-t.d.below(280, "distance")).EndBlock().Message()
		if times == 1 {
			betweenPacked(t)
			sendPacked(t, &deflated{payload: part})
			continue
		}
		t.frame(t.dataType(), true, oracle.Payload{Data: part}).Frame.Rsv = rsv1
		t.echoes++
	}
	t.met.add(stateFarBack)
}

func storedMessage(text []byte) []byte { return new(deflate.Emitter).Stored(false, text).Message() }

// blownUp is a message of n letters that is inflated to size octets, or a few more: the same letters again and again.
func blownUp(n, size int) []byte {
	const longest = 258
	return new(deflate.Emitter).Stored(false, []byte(letters(n))).Fixed(false).Matches((size-n)/longest+1, longest, n).EndBlock().Message()
}

// blownSizes are those at which implementations have the end of a buffer, or of a window: twice as often the larger.
var blownSizes = []int{1 << 16, 1 << 15, 1 << 16}

// betweenPacked sends what may come between a compressed message and one that refers to it: a
// peer may lose its window over it.
func betweenPacked(t *draft) {
	kind := t.d.below(12, "between compressed messages")
	if kind > 2 {
		t.met.add(stateBetween)
	}
	switch kind {
	case 3:
		all := deflate.EmptyMessages()
		sendPacked(t, &deflated{payload: all[t.d.below(len(all), "empty")].Payload})
	case 4: // the last frame is empty
		t.frame(wsproto.OpText, false, oracle.Payload{Data: rightPayloads()[0].payload}).Frame.Rsv = rsv1
		t.frame(wsproto.OpContinuation, true, oracle.Payload{})
		t.echoes++
	case 5, 6:
		op := t.dataType()
		t.frame(op, true, t.payload(op, t.size()))
		t.echoes++
	case 7:
		op := t.dataType()
		fragmented(t, op, t.content(op, t.partsSize()), 1+t.d.below(2, "cuts"), func(t *draft) { barePing(t) })
	case 8, 9:
		ping(t)
	case 10:
		pong(t)
	case 11:
		awaitEchoes(t)
	}
}

// sendPacked sends a payload as a compressed message, in one frame or two.
func sendPacked(t *draft, p *deflated) {
	t.met.add(stateCompressed)
	op := wsproto.OpBinary
	if !p.binary && t.d.below(3, "type") < 2 {
		op = wsproto.OpText
	}
	octets := p.payload
	cuts := one(t, []int{0, 0, 0, 1, 1, 2, 3}, "cuts")
	for i := range cuts + 1 {
		n := len(octets)
		if i < cuts {
			n = t.d.below(n+1, "fragment")
		}
		s := t.frame(t.partType(op, i), i == cuts, oracle.Payload{Data: octets[:n:n]})
		if octets = octets[n:]; i == 0 {
			s.Frame.Rsv = rsv1
		}
		if i < cuts && t.d.below(2, "ping between") == 1 {
			t.met.add(stateControlWithin)
			barePing(t)
		}
	}
	t.echoes++
}

// temptations are texts by the bits of the window that they tempt a compressor
// to overrun: each repeats at a distance that the next larger window has.
var temptations = sync.OnceValue(func() (all [deflate.MaxWindowBits + 1][]byte) {
	for bits := deflate.MinWindowBits; bits <= deflate.MaxWindowBits; bits++ {
		n := 1 << min(bits, deflate.MaxWindowBits-1)
		all[bits] = []byte(letters(n + n/4))
	}
	return all
})

// tempt sends text that the peer can compress well only by overrunning its
// window, if that is limited, or by taking its context over: the same text
// twice. Now and then it sends text that compresses hardly at all, to about 126 octets.
func tempt(t *draft) {
	if !t.ext.compresses {
		parts(t)
		return
	}
	if t.seldom(4, "about the sizes of headers") {
		op := t.dataType()
		t.frame(op, true, oracle.Payload{Data: []byte(letters(110 + t.d.below(110, "size")))})
		t.echoes++
		return
	}
	bits := t.ext.bits
	if bits == 0 || t.seldom(8, "other window") {
		bits = deflate.MinWindowBits + t.d.below(3, "window")
	}
	text := temptations()[bits]
	s := oracle.Step{
		Kind: oracle.StepMessage, Frame: wsproto.Header{Opcode: t.dataType()},
		Payload: oracle.Payload{Data: text, Len: 2*len(text) + t.d.below(100, "rest")},
	}
	t.met.add(stateCompressed)
	for range 1 + t.d.below(3, "times") {
		t.add(s)
		t.echoes++
	}
}
