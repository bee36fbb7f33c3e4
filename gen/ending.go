package gen

import (
	"github.com/wscheck/wscheck/oracle"
	"github.com/wscheck/wscheck/wsproto"
)

// endByClose ends the conversation by a closing handshake of ours (RFC 6455 7.1.2).
func endByClose(t *draft) {
	closing(t)
	finish(t)
}

// closing sends a close frame that is right.
func closing(t *draft) {
	t.met.add(stateClosing)
	switch t.d.below(4, "before closing") {
	case 1:
		calm(t)
	case 2, 3:
		if t.echoes > 0 && !t.broken {
			awaitEchoes(t)
		}
	}
	s := oracle.Step{Kind: oracle.StepClose}
	if n := t.d.below(8, "close"); n > 1 {
		s.Code = one(t, goodCodes, "code")
		if n > 4 {
			s.Reason = string(t.content(wsproto.OpText, one(t, []int{7, 1, 30, 122, 123}, "reason")))
		}
	}
	t.add(s)
}

// finish waits for the end after our close frame.
func finish(t *draft) {
	t.script.End = oracle.EndAwait
	t.over = true
}

// leave ends the connection at once, in one of the ways that TCP has.
func leave(t *draft) {
	t.script.End = oracle.EndNone
	t.over = true
	switch t.d.below(4, "leaving") {
	case 0:
		t.met.add(stateHalfClosed)
		t.add(oracle.Step{Kind: oracle.StepShutdown})
		t.add(oracle.Step{Kind: oracle.StepAwait, Until: oracle.AwaitEnd, Timeout: patience})
	case 1:
		t.met.add(stateReset)
		t.add(oracle.Step{Kind: oracle.StepReset})
	case 2:
		t.met.add(stateDropped)
		t.add(oracle.Step{Kind: oracle.StepDrop})
	}
}

// breakOff leaves in the middle of something, or in the middle of nothing.
func breakOff(t *draft) {
	switch t.d.below(5, "broken off") {
	case 1:
		t.add(oracle.Step{Kind: oracle.StepRaw, Payload: oracle.Payload{Data: []byte{0x81}}})
	case 2:
		s := t.frame(wsproto.OpText, true, oracle.Payload{Data: []byte(hello)[:5]})
		s.Declared, s.HasDeclared = uint64(len(hello)), true
	case 3:
		t.frame(wsproto.OpBinary, false, oracle.Payload{Data: []byte(hello)})
	case 4:
		endByClose(t)
	}
	leave(t)
}
