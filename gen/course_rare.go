package gen

import (
	"fmt"
	"time"

	"github.com/wscheck/wscheck/oracle"
	"github.com/wscheck/wscheck/wsproto"
)

// rarely does what takes us or the peer so much longer than the rest that a conversation
// in some hundreds is enough of each.
func rarely(t *draft) {
	switch t.d.below(12, "rare") {
	case 3:
		if !t.broken && t.seldom(4, "pings in turn") {
			pingsInTurn(t)
		}
	case 4:
		huge(t)
	case 5:
		again(t)
	case 6:
		many(t)
	case 7:
		idle(t)
	case 8:
		pongs(t)
	case 9:
		crossing(t)
	case 10:
		deaf(t)
	case 11:
		sendBurst(t)
	default:
		message(t)
	}
}

// sendBurst sends dozens or hundreds of frames in one step: pings, or one message with
// more frames than many peers have thought of, and pings among them.
func sendBurst(t *draft) {
	if t.large { // once in a conversation
		return
	}
	t.large = true
	n := 24 + t.d.below(40, "frames")
	if t.seldom(6, "many frames") {
		n = one(t, []int{128, 256, 257, 300, 400, 600}, "frames")
	}
	flood(t, n, frameKind(t.d.below(3, "burst")))
}

// again sends a long message, and once it is back another one that is about as long,
// in two frames or of the other type: what a peer took once it takes again.
func again(t *draft) {
	if t.large || t.broken {
		return
	}
	t.large = true
	t.met.add(stateAgain)
	op := t.dataType()
	p := t.payload(op, one(t, longSizes, "size"))
	compress := t.ext.compresses && t.d.below(4, "compress") > 0
	whole := func() {
		if compress {
			t.add(oracle.Step{Kind: oracle.StepMessage, Frame: wsproto.Header{Opcode: op}, Payload: p})
			return
		}
		t.frame(op, true, p)
	}
	whole()
	t.echoes++
	echo(t)
	if t.seldom(4, "other type") {
		other := wsproto.OpText + wsproto.OpBinary - op
		op, p = other, t.payload(other, p.Size())
	}
	if t.d.below(2, "in two frames") == 1 && !compress {
		first, last := oracle.Payload{}, p
		if t.d.below(2, "the last is empty") == 1 {
			first, last = p, first
		}
		t.frame(op, false, first)
		if t.d.below(2, "ping between") == 1 {
			barePing(t)
		}
		t.frame(wsproto.OpContinuation, true, last)
	} else {
		whole()
	}
	t.echoes++
	echo(t)
}

// huge sends a message of about a mebibyte, or some of 64 KiB and then one that is
// short, far less often than what is rare.
func huge(t *draft) {
	if t.large || !t.seldom(32, "huge") {
		message(t)
		return
	}
	t.large = true
	op := t.dataType()
	if t.d.below(2, "one message") == 0 {
		t.frame(op, true, t.payload(op, 1<<20+one(t, []int{0, 1, 4096}, "size")))
	} else {
		p := t.payload(op, 1<<16)
		s := oracle.Step{Kind: oracle.StepEcho, Frame: wsproto.Header{Opcode: op}, Payload: p, Count: 5}
		if t.d.below(2, "in fragments") == 1 {
			s.Fragment = 1 << 14
		}
		t.add(s)
		s.Payload.Len, s.Fragment, s.Count = 2*len(p.Data), 0, 1
		t.add(s)
		t.add(oracle.Step{Kind: oracle.StepEcho, Frame: wsproto.Header{Opcode: op}, Count: 1})
		t.echoes += 6
	}
	t.echoes++
}

// many sends dozens of messages, each once the one before is back: hundreds now and
// then, and a thousand hardly ever.
func many(t *draft) {
	if t.broken {
		return
	}
	t.met.add(stateMany)
	op := t.dataType()
	times := 11 + t.d.below(30, "times")
	if t.seldom(6, "hundreds") {
		times = 300
		if t.seldom(48, "a thousand") {
			times = 1100
		}
	}
	t.addEcho(op, t.payload(op, t.d.below(24, "size")), times)
}

// idle sends nothing for so long that a peer may ask whether we are still there.
func idle(t *draft) {
	t.met.add(stateIdle)
	t.add(oracle.Step{Kind: oracle.StepWait, Timeout: one(t, []time.Duration{3 * patience, 15 * patience, 35 * patience}, "idle")})
}

// crossing sends a long message, and hundreds of frames while its echo is under way:
// what a peer writes in two goroutines may get mixed up.
func crossing(t *draft) {
	if t.large {
		return
	}
	t.large = true
	t.met.add(stateCrossing)
	for range 1 + t.d.below(2, "messages") {
		op := t.dataType()
		t.frame(op, true, t.payload(op, one(t, longSizes, "size")))
		t.echoes++
		flood(t, some(t), one(t, []frameKind{fragmentsOfOne, pingsAlone, pingsAlone, shortMessages}, "burst"))
	}
}

// deaf has our side not read for a while, so that what the peer writes meanwhile
// has no room.
func deaf(t *draft) {
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
			t.frame(op, true, t.payload(op, one(t, stallSizes, "size")))
			t.echoes++
		case 1:
			flood(t, some(t), frameKind(t.d.below(3, "burst")))
		case 2:
			barePing(t)
		case 3:
			message(t)
		}
	}
	t.add(oracle.Step{Kind: oracle.StepWait, Timeout: one(t, stallTimes, "stall")})
	if t.seldom(8, "reading again") {
		return // at the next wait for something of the peer's, or the end
	}
	t.add(oracle.Step{Kind: oracle.StepGoOnReading})
}

// stallSizes are those of messages that we do not read the echo of: the long ones have no
// room in the buffers of a system.
var stallSizes = []int{16384, 65536, 65537, 1 << 18, 1 << 18, 1 << 19}

// stallTimes are how long our side does not read: the long ones are for peers that
// give up a write after a time.
var stallTimes = []time.Duration{pause, 6 * pause, 6 * pause, patience, 6 * patience, 15 * patience}

// pongs has our side answer each ping of the peer's more than once, and leaves it the
// time to ping.
func pongs(t *draft) {
	t.met.add(statePongs)
	t.add(oracle.Step{Kind: oracle.StepPongs, Count: 2 + t.d.below(3, "pongs")})
	t.add(oracle.Step{Kind: oracle.StepWait, Timeout: one(t, []time.Duration{pause, pause, 3 * patience, 15 * patience}, "idle")})
}

// some is how many frames there are beside something else that is long: dozens, and
// hundreds now and then.
func some(t *draft) int {
	if t.seldom(8, "many frames") {
		return 300
	}
	return 12 + t.d.below(36, "frames")
}

// frameKind is what the frames of a burst are.
type frameKind uint8

const (
	pingsAlone frameKind = iota
	fragmentsOfOne
	shortMessages
)

// flood sends so many frames in one step, and returns how many. There are seldom more than
// maxPings pings, which cost many peers far more than other frames do.
func flood(t *draft, n int, kind frameKind) int {
	if kind == pingsAlone && n > maxPings && t.d.below(4, "many pings") > 0 {
		n = maxPings
	}
	t.met.add(stateBurst)
	t.met.add(stateOpen)
	switch kind {
	case fragmentsOfOne:
		t.echoes++
	case shortMessages:
		t.echoes += n
	}
	t.add(oracle.Step{Kind: oracle.StepRaw, Payload: oracle.Payload{Data: burst(t.role, n, kind)}})
	if kind == pingsAlone && t.d.below(2, "await the last pong") == 1 {
		awaitPong(t)
	}
	return n
}

const maxPings = 60

// pingEvery is after how many frames of a message, or messages, there is a ping in a burst.
const pingEvery = 16

// burst is n frames of a role: pings, the fragments of one message, or messages. There are
// pings among fragments and messages.
func burst(role wsproto.Role, n int, kind frameKind) (octets []byte) {
	add := func(f wsproto.Frame, i int) {
		if f.Masked = role == wsproto.Client; f.Masked {
			f.Mask = [4]byte{1, 2, byte(i >> 8), byte(i)}
		}
		octets = f.AppendTo(octets)
	}
	for i := range n {
		if kind == pingsAlone || i%pingEvery == pingEvery-1 {
			add(wsproto.NewFrame(wsproto.OpPing, true, fmt.Appendf(nil, "ping %04d", i)), i)
		}
		switch {
		case kind == shortMessages:
			add(wsproto.NewFrame(wsproto.OpText, true, fmt.Appendf(nil, "message %04d", i)), i)
		case kind == fragmentsOfOne && i == 0:
			add(wsproto.NewFrame(wsproto.OpText, i == n-1, []byte("a")), i)
		case kind == fragmentsOfOne:
			add(wsproto.NewFrame(wsproto.OpContinuation, i == n-1, []byte{byte('a' + i%26)}), i)
		}
	}
	return octets
}
