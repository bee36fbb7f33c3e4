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
	if t.seldom(3, "many frames") {
		n = one(t, []int{128, 256, 257, 300, 400, 600}, "frames")
	}
	flood(t, n, t.d.below(2, "burst") == 0)
}

// again sends a long message, and once it is back another one that is as long, or not
// longer and in two frames: what a peer took once it takes again.
func again(t *draft) {
	if t.large || t.broken {
		return
	}
	t.large = true
	t.met.add(stateAgain)
	op := t.dataType()
	p := t.payload(op, one(t, longSizes, "size"))
	t.frame(op, true, p)
	t.echoes++
	echo(t)
	if t.d.below(2, "in two frames") == 1 {
		t.frame(op, false, oracle.Payload{})
		t.frame(wsproto.OpContinuation, true, p)
	} else {
		t.frame(op, true, p)
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
func many(t *draft) {
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
		flood(t, some(t), t.d.below(4, "burst") > 0)
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
			t.frame(op, true, t.payload(op, one(t, longSizes, "size")))
			t.echoes++
		case 1:
			flood(t, some(t), t.d.below(2, "burst") == 0)
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

// flood sends so many frames in one step, pings alone or with a message that they
// are parts of.
func flood(t *draft, n int, pings bool) {
	t.met.add(stateBurst)
	t.met.add(stateOpen)
	if !pings {
		t.echoes++
	}
	t.add(oracle.Step{Kind: oracle.StepRaw, Payload: oracle.Payload{Data: burst(t.role, n, pings)}})
	if pings && t.d.below(2, "await the last pong") == 1 {
		awaitPong(t)
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
