package gen

import (
	"math/rand/v2"
	"slices"
	"unicode/utf8"

	"github.com/wscheck/wscheck/oracle"
	"github.com/wscheck/wscheck/wsproto"
)

// runUps are how often something is done before what counts.
var runUps = []int{13, 13, 21, 21, 33, 51, 65, 101, 129, 201, 257, 301}

// runUp sends many messages, pings or fragments that are right, or long messages: what a peer
// checks at the beginning of a connection it checks later too. It returns how many messages
// and pings that were.
func runUp(t *draft) (messages, pings int) {
	t.met.add(stateRunUp)
	n, before := one(t, runUps, "run-up"), t.echoes
	switch t.d.below(8, "kind of run-up") {
	case 0, 1, 2:
		op := t.dataType()
		t.addEcho(op, t.payload(op, t.d.below(24, "size")), n)
	case 3:
		op := t.dataType()
		t.addEcho(op, t.payload(op, 22_000), 3+t.d.below(4, "messages"))
	case 4, 5:
		return 0, flood(t, n, pingsAlone)
	case 6:
		flood(t, n, shortMessages)
		pings = n / pingEvery
	case 7:
		flood(t, n, fragmentsOfOne)
		pings = n / pingEvery
	}
	return t.echoes - before, pings
}

// addEcho sends a message so many times, each once the one before is back.
func (t *draft) addEcho(op wsproto.Opcode, p oracle.Payload, times int) {
	t.add(oracle.Step{
		Kind: oracle.StepEcho, Frame: wsproto.Header{Opcode: op}, Payload: p, Count: times,
		Plain: t.ext.compresses && t.seldom(4, "plain"),
	})
	t.met.add(stateOpen)
	t.echoes += times
}

// pingsInTurn sends dozens of pings, each once the one before is answered: a peer need not answer
// all of those that come together.
func pingsInTurn(t *draft) (pings int) {
	pings = one(t, []int{13, 33, 51, 65}, "pings in turn")
	for range pings {
		barePing(t)
		awaitPong(t)
	}
	return pings
}

// runOn continues the message that was begun with many frames and does not end it. They are
// empty where anything else may be wrong.
func runOn(t *draft, empty bool) {
	t.met.add(stateRunUp)
	var octets []byte
	for i := range one(t, runUps, "frames") {
		f := wsproto.NewFrame(wsproto.OpContinuation, false, []byte{byte('a' + i%26)})
		if empty {
			f = wsproto.NewFrame(wsproto.OpContinuation, false, nil)
		}
		if f.Masked = t.role == wsproto.Client; f.Masked {
			f.Mask = [4]byte{1, 2, byte(i >> 8), byte(i)}
		}
		octets = f.AppendTo(octets)
	}
	t.add(oracle.Step{Kind: oracle.StepRaw, Payload: oracle.Payload{Data: octets}})
}

// mayBeLate reports whether a script is one for [Late]: a short one on a connection that
// opens.
func mayBeLate(s *oracle.Script) bool {
	steps, octets := Cost(s)
	h := &s.Handshake
	return steps > 0 && steps <= maxVaried && octets <= maxVariedOctets && !h.Refused && !h.MayRefuse && !h.WithFrames && len(h.Before) == 0
}

// Late returns a script that first does something right many times and then what s does, or
// has many more frames in the first message of s that comes in fragments. What s is about
// comes late then. s is not changed. The same state of rng gives the same script.
func Late(rng *rand.Rand, s *oracle.Script) *oracle.Script {
	v := variation{rng: rng, Script: *s}
	t := v.draft()
	begun := slices.IndexFunc(s.Steps, beginsMessage)
	within := begun >= 0 || !slices.ContainsFunc(s.Steps, sendsData)
	switch within = within && rng.IntN(3) == 0; {
	case within && begun >= 0:
		f := &s.Steps[begun]
		runOn(t, f.Frame.Rsv != 0 || f.Frame.Opcode == wsproto.OpText && !utf8.Valid(f.Payload.Data))
		v.Steps = slices.Concat(s.Steps[:begun+1], t.script.Steps, s.Steps[begun+1:])
	case within:
		op := t.dataType()
		t.frame(op, false, t.payload(op, t.smallSize()))
		runOn(t, false)
		v.Steps = slices.Concat(t.script.Steps, s.Steps)
	default:
		var messages, pings int
		if rng.IntN(8) == 0 {
			pings = pingsInTurn(t)
		} else {
			messages, pings = runUp(t)
		}
		v.Steps = slices.Concat(t.script.Steps, s.Steps)
		putOff(v.Steps[len(t.script.Steps):], messages, pings)
	}
	return &v.Script
}

// putOff has the waits of a script's steps be for so many messages and pongs more.
func putOff(steps []oracle.Step, messages, pings int) {
	for i := range steps {
		switch s := &steps[i]; {
		case s.Kind != oracle.StepAwait:
		case s.Until == oracle.AwaitMessage:
			s.Count += messages
		case s.Until == oracle.AwaitPong:
			s.Count += pings
		}
	}
}

// beginsMessage reports whether a step is the first frame of a message in fragments.
func beginsMessage(s oracle.Step) bool {
	return s.Kind == oracle.StepFrame && (s.Frame.Opcode == wsproto.OpText || s.Frame.Opcode == wsproto.OpBinary) && !s.Frame.Fin && !s.HasDeclared
}

// sendsData reports whether a step sends a data frame, or may.
func sendsData(s oracle.Step) bool {
	switch s.Kind {
	case oracle.StepMessage, oracle.StepEcho, oracle.StepRaw:
		return true
	}
	return s.Kind == oracle.StepFrame && s.Frame.Opcode <= wsproto.OpBinary
}
