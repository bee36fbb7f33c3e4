package oracle

import (
	"math/bits"

	"github.com/wscheck/wscheck/wsproto"
)

// breaches is a set of the rules of RFC 6455 5 that the header of a frame breaks.
type breaches uint16

// breach is one of them: its position in a set.
type breach uint8

const (
	breachUnmasked breach = iota
	breachMasked
	breachRsv
	breachRsv1Control
	breachRsv1Continuation
	breachOpcode
	breachLength63
	breachLengthForm
	breachControlFragmented
	breachControlLength
	breachInterleaved
	breachContinuation
	numBreaches
)

// The two sides of each rule: that nobody sends such a frame, and what is to be
// done with whoever does.
var breachRules = [numBreaches]struct {
	send, fail rule
	want       string
}{
	breachUnmasked:          {newRule("rfc6455/5.1/client-masks"), newRule("rfc6455/5.1/server-closes-unmasked"), "a masked frame"},
	breachMasked:            {newRule("rfc6455/5.1/server-masks-not"), newRule("rfc6455/5.1/client-closes-masked"), "a frame that is not masked"},
	breachRsv:               {newRule("rfc6455/5.2/rsv"), newRule("rfc6455/5.2/rsv-fail"), "reserved bits of 0"},
	breachRsv1Control:       {newRule("rfc7692/6.1/rsv1-control"), newRule("rfc7692/6.1/rsv1-control-fail"), "a control frame without RSV1"},
	breachRsv1Continuation:  {newRule("rfc7692/6.1/rsv1-continuation"), newRule("rfc7692/6.1/rsv1-continuation-fail"), "RSV1 in the first frame of a message alone"},
	breachOpcode:            {newRule("rfc6455/5.2/opcode"), newRule("rfc6455/5.2/opcode-fail"), "an opcode that is not reserved"},
	breachLength63:          {newRule("rfc6455/5.2/length-63bit"), newRule("rfc6455/5.2/length-63bit-fail"), "a payload length of 63 bits"},
	breachLengthForm:        {newRule("rfc6455/5.2/length-minimal"), newRule("rfc6455/5.2/length-minimal-fail"), "the shortest form of the payload length"},
	breachControlFragmented: {newRule("rfc6455/5.5/control-fragmented"), newRule("rfc6455/5.5/control-fragmented-fail"), "a control frame in one piece"},
	breachControlLength:     {newRule("rfc6455/5.5/control-length"), newRule("rfc6455/5.5/control-length-fail"), "a control frame of at most 125 octets"},
	breachInterleaved:       {newRule("rfc6455/5.4/interleaved"), newRule("rfc6455/5.4/interleaved-fail"), "a continuation of the message under way"},
	breachContinuation:      {newRule("rfc6455/5.4/continuation"), newRule("rfc6455/5.4/continuation-fail"), "the first frame of a message"},
}

func (b *breaches) add(which breach) { *b |= 1 << which }

// first returns the first breach of the set and the set without it.
func (b breaches) first() (breach, breaches) {
	return breach(bits.TrailingZeros16(uint16(b))), b & (b - 1)
}

// maxControl is the longest payload of a control frame (RFC 6455 5.5).
const maxControl = 125

const rsv1 = 4

// guard judges the header of a frame by RFC 6455 5.1 to 5.5 and RFC 7692 6.1.
func (s *stream) guard(h *wsproto.Header) (broken breaches) {
	// 5.1: clients mask all frames, servers none.
	switch {
	case s.sender == wsproto.Client && !h.Masked:
		broken.add(breachUnmasked)
	case s.sender == wsproto.Server && h.Masked:
		broken.add(breachMasked)
	}

	// 5.2: reserved bits and opcodes. What an extension that is not known here
	// does with them cannot be judged.
	if !s.ext.foreign {
		s.guardReserved(h, &broken)
	}

	// 5.2: the length is one of 63 bits, in its shortest form.
	switch {
	case h.Form == wsproto.Form64 && h.Length>>63 != 0:
		broken.add(breachLength63)
	case !h.Minimal():
		broken.add(breachLengthForm)
	}

	switch {
	case h.Opcode.IsControl():
		// 5.5: control frames are short and in one piece.
		if !h.Fin {
			broken.add(breachControlFragmented)
		}
		if h.Length > maxControl {
			broken.add(breachControlLength)
		}
	case h.Opcode == wsproto.OpContinuation:
		// 5.4: a continuation continues something.
		if !s.open {
			broken.add(breachContinuation)
		}
	case s.open && !s.ext.foreign:
		// 5.4: the fragments of one message are not interleaved with another's.
		broken.add(breachInterleaved)
	}
	return broken
}

func (s *stream) guardReserved(h *wsproto.Header, broken *breaches) {
	if h.Opcode.IsReserved() {
		broken.add(breachOpcode)
	}
	rsv := h.Rsv
	if s.ext.deflate && rsv&rsv1 != 0 {
		// RFC 7692 6: RSV1 marks the first frame of a compressed message.
		switch {
		case h.Opcode.IsControl():
			broken.add(breachRsv1Control)
		case h.Opcode == wsproto.OpContinuation:
			broken.add(breachRsv1Continuation)
		}
		rsv &^= rsv1
	}
	if rsv != 0 {
		broken.add(breachRsv)
	}
}

// What a peer has the opportunity to break with each frame that it sends.
var (
	sentByClient = setOf(breachRules[breachUnmasked].send)
	sentByServer = setOf(breachRules[breachMasked].send)
	sentInFrame  = setOf(ruleFramed, breachRules[breachRsv].send, breachRules[breachOpcode].send,
		breachRules[breachLength63].send, breachRules[breachLengthForm].send)
	sentInControl = setOf(breachRules[breachControlFragmented].send, breachRules[breachControlLength].send)
	sentInData    = setOf(breachRules[breachInterleaved].send, breachRules[breachContinuation].send)
	sentDeflated  = setOf(breachRules[breachRsv1Control].send, breachRules[breachRsv1Continuation].send)
)

// exerciseFrame notes what the peer could have broken with a frame.
func (j *Judge) exerciseFrame(h *wsproto.Header) {
	j.exercised.addAll(&sentInFrame)
	if j.theirs.in.sender == wsproto.Client {
		j.exercised.addAll(&sentByClient)
	} else {
		j.exercised.addAll(&sentByServer)
	}
	if h.Opcode.IsControl() {
		j.exercised.addAll(&sentInControl)
	} else {
		j.exercised.addAll(&sentInData)
	}
	if j.ext.deflate {
		j.exercised.addAll(&sentDeflated)
	}
}

var ruleFreshKey = newRule("rfc6455/5.3/fresh-key")

// sameKeys is how many frames in a row with one masking key are no coincidence:
// by chance it happens once in 2^96 times.
const sameKeys = 4

// judgeMaskingKey judges RFC 6455 5.3 as far as it shows: one key for all.
func (j *Judge) judgeMaskingKey(it *wsproto.Item) {
	t := &j.theirs
	if !it.Header.Masked || t.in.sender != wsproto.Client {
		return
	}
	if t.keys > 0 && it.Header.Mask == t.key {
		t.keys++
	} else {
		t.key, t.keys = it.Header.Mask, 1
	}
	if t.keys >= 2 {
		j.exercised.add(ruleFreshKey)
	}
	if t.keys == sameKeys {
		j.reportf(ruleFreshKey, it.FrameOffset, "a new masking key for each frame", "%d frames in a row with the key %x", t.keys, t.key)
	}
}
