package oracle

import (
	"math"
	"math/bits"
	"slices"

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
// done with a peer that does.
var breachRules = [numBreaches]struct {
	send, fail rule
	want       string
}{
	breachUnmasked: {
		send: newRule(clause("rfc6455/5.1/client-masks", Must, bindsClient,
			"mask every frame.")),
		fail: newRule(clause("rfc6455/5.1/server-closes-unmasked", Must, bindsServer,
			"close the connection on a frame that is not masked.")),
		want: "a masked frame",
	},
	breachMasked: {
		send: newRule(clause("rfc6455/5.1/server-masks-not", MustNot, bindsServer,
			"mask a frame.")),
		fail: newRule(clause("rfc6455/5.1/client-closes-masked", Must, bindsClient,
			"close the connection on a frame that is masked.")),
		want: "a frame that is not masked",
	},
	breachRsv: {
		send: newRule(clause("rfc6455/5.2/rsv", Must, bindsBoth,
			"send reserved bits of 0, unless an extension in use defines them.").
			broken("sends a reserved bit that no extension in use defines")),
		fail: newRule(clause("rfc6455/5.2/rsv-fail", Must, bindsBoth,
			"fail the connection on a reserved bit that no extension in use defines.")),
		want: "reserved bits of 0",
	},
	breachRsv1Control: {
		send: newRule(clause("rfc7692/6.1/rsv1-control", MustNot, bindsBoth,
			"set RSV1 of a control frame.")),
		fail: newRule(clause("rfc7692/6.1/rsv1-control-fail", Must, bindsBoth,
			"fail the connection on a control frame with RSV1.")),
		want: "a control frame without RSV1",
	},
	breachRsv1Continuation: {
		send: newRule(clause("rfc7692/6.1/rsv1-continuation", MustNot, bindsBoth,
			"set RSV1 of a frame that is not the first of its message.")),
		fail: newRule(clause("rfc7692/6.1/rsv1-continuation-fail", Must, bindsBoth,
			"fail the connection on RSV1 in a frame that is not the first of its message.")),
		want: "RSV1 in the first frame of a message alone",
	},
	breachOpcode: {
		send: newRule(clause("rfc6455/5.2/opcode", Must, bindsBoth,
			"send no opcode that is reserved.")),
		fail: newRule(clause("rfc6455/5.2/opcode-fail", Must, bindsBoth,
			"fail the connection on an opcode that is reserved.")),
		want: "an opcode that is not reserved",
	},
	breachLength63: {
		send: newRule(clause("rfc6455/5.2/length-63bit", Must, bindsBoth,
			"send no payload length of 64 bits whose most significant bit is 1.")),
		fail: newRule(clause("rfc6455/5.2/length-63bit-fail", Must, bindsBoth,
			"fail the connection on a payload length whose most significant bit is 1.").noted(validation)),
		want: "a payload length of 63 bits",
	},
	breachLengthForm: {
		send: newRule(clause("rfc6455/5.2/length-minimal", Must, bindsBoth,
			"write each payload length in the fewest octets.").
			broken("writes a payload length in more octets than it takes")),
		fail: newRule(clause("rfc6455/5.2/length-minimal-fail", Must, bindsBoth,
			"fail the connection on a payload length in more octets than it takes.").
			disputed("Section 5.2 forbids the sender to do it; that a receiver has to check follows from 10.7 alone, " +
				"and the length is unambiguous all the same. Many implementations take it.")),
		want: "the shortest form of the payload length",
	},
	breachControlFragmented: {
		send: newRule(clause("rfc6455/5.5/control-fragmented", MustNot, bindsBoth,
			"fragment a control frame.")),
		fail: newRule(clause("rfc6455/5.5/control-fragmented-fail", Must, bindsBoth,
			"fail the connection on a fragmented control frame.").noted(validation)),
		want: "a control frame in one piece",
	},
	breachControlLength: {
		send: newRule(clause("rfc6455/5.5/control-length", Must, bindsBoth,
			"send control frames of at most 125 octets.").
			broken("sends a control frame of more than 125 octets")),
		fail: newRule(clause("rfc6455/5.5/control-length-fail", Must, bindsBoth,
			"fail the connection on a control frame of more than 125 octets.").noted(validation)),
		want: "a control frame of at most 125 octets",
	},
	breachInterleaved: {
		send: newRule(clause("rfc6455/5.4/interleaved", MustNot, bindsBoth,
			"begin a message before the one under way is finished.")),
		fail: newRule(clause("rfc6455/5.4/interleaved-fail", Must, bindsBoth,
			"fail the connection on a message within a message.").noted(validation)),
		want: "a continuation of the message under way",
	},
	breachContinuation: {
		send: newRule(clause("rfc6455/5.4/continuation", Must, bindsBoth,
			"send a continuation frame only within a message.").
			broken("continues a message where none is under way")),
		fail: newRule(clause("rfc6455/5.4/continuation-fail", Must, bindsBoth,
			"fail the connection on a continuation of nothing.").noted(validation)),
		want: "the first frame of a message",
	},
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

var (
	ruleFreshKey = newRule(clause("rfc6455/5.3/fresh-key", Must, bindsClient,
		"pick a new masking key for each frame."))
	ruleKeyPredictable = newRule(clause("rfc6455/5.3/key-predictable", MustNot, bindsClient,
		"make it simple to predict a masking key from those before.").
		noted("It is judged where the step from one key to the next comes again, as where keys count up or down, and where half of the bits never change. " +
			"Over all connections of a client it is judged too where keys come again, where a quarter of their bits follow from the others, and where bits " +
			"follow from the key before: a few keys do not distinguish a strong source from a weak one."))
)

// maskingKeys are what is known of the keys of a client's frames.
type maskingKeys struct {
	keys  recurring
	steps [3]recurring // from the key before to the key, in three kinds of arithmetic
	last  uint32
	fixed uint32 // bits that are the same in all keys
}

// recurring counts the numbers that come again shortly after they came.
type recurring struct {
	last  [8]uint32 // in a ring
	seen  int       // since this was begun
	again int       // of them are one of the eight before
}

// add returns how many numbers are one of the eight before them, this one among them; 0 if
// this one is not.
func (r *recurring) add(n uint32) int {
	if r.seen == keysKnown {
		*r = recurring{}
	}
	again := slices.Contains(r.last[:min(r.seen, len(r.last))], n)
	r.last[r.seen%len(r.last)] = n
	r.seen++
	if !again {
		return 0
	}
	r.again++
	return r.again
}

// How many keys, or steps from one to the next, that were there shortly before are not a
// coincidence, of so many: it happens by chance once in 2^60 times. A client
// whose keys have no more than half of their bits free makes them simple to predict; that
// so many keys look so by chance happens once in 2^590 times.
const (
	keysAgain = 3
	keysKnown = 1000
	keysAlike = 40
	bitsAlike = 16
)

// keysKept is how many masking keys of a conversation are kept for [Judge.Masked].
const keysKept = 256

// judgeMaskingKey judges what shows of RFC 6455 5.3: keys that come again, that follow
// from those before, or that have few bits.
func (j *Judge) judgeMaskingKey(it *wsproto.Item) {
	t := &j.theirs.keys
	if !it.Header.Masked || j.theirs.in.sender != wsproto.Client {
		return
	}
	m := it.Header.Mask
	key := uint32(m[0])<<24 | uint32(m[1])<<16 | uint32(m[2])<<8 | uint32(m[3])
	if key == 0 && it.Header.Length == 0 {
		return // there is nothing to mask
	}
	if masked := j.theirs.masked; len(masked) < keysKept && !slices.Contains(t.keys.last[:min(t.keys.seen, len(t.keys.last))], key) {
		j.theirs.masked = append(masked, it.Header)
	}
	if t.keys.add(key) == keysAgain {
		j.reportf(ruleFreshKey, it.FrameOffset, "a new masking key for each frame",
			"%d frames with the key of another shortly before, the last of them %x", keysAgain, m)
	}
	if t.keys.seen == 1 {
		t.fixed = math.MaxUint32
	} else {
		j.exercised.add(ruleFreshKey)
		j.exercised.add(ruleKeyPredictable)
		t.fixed &^= key ^ t.last
	}
	const want = "a masking key that cannot be predicted"
	for i, step := range [...]uint32{key - t.last, bits.ReverseBytes32(key) - bits.ReverseBytes32(t.last), key ^ t.last} {
		if t.keys.seen > 1 && step != 0 && t.steps[i].add(step) == keysAgain {
			j.reportf(ruleKeyPredictable, it.FrameOffset, want, "the key %x, as far from the one before as others shortly before", m)
		}
	}
	if t.keys.seen == keysAlike && t.keys.again < keysAgain && bits.OnesCount32(t.fixed) >= bitsAlike {
		j.reportf(ruleKeyPredictable, it.FrameOffset, want, "%d keys in which %d bits are the same, the last of them %x", keysAlike, bits.OnesCount32(t.fixed), m)
	}
	t.last = key
}

const (
	ofIntermediaries = "It binds intermediaries, which are neither client nor server."
	byContent        = "What was meant is known to the peer alone; with an echo it shows in the content."
	validation       = "The RFC forbids the sender to do it and asks receivers to validate what they get (10.7)."
)

// Clauses that are not judged here, and why.
var _ = unjudged(
	clause("rfc6455/5.2/extension-data", Must, bindsBoth,
		"state how long its extension data is and how its use is negotiated.").
		unseen("It binds those who specify an extension."),
	clause("rfc6455/5.3/masked-bit", Must, bindsClient,
		"set the mask bit of a masked frame.").sameAs("rfc6455/5.1/client-masks"),
	clause("rfc6455/5.3/key-entropy", Must, bindsClient,
		"derive its masking keys from a strong source of entropy.").
		unseen("A few keys do not distinguish a strong source from a weak one."),
	clause("rfc6455/5.4/control-fragmented", MustNot, bindsBoth,
		"fragment a control frame.").sameAs("rfc6455/5.5/control-fragmented"),
	clause("rfc6455/5.4/order", Must, bindsBoth,
		"send the fragments of a message in their order.").unseen(byContent),
	clause("rfc6455/5.4/receive-fragments", Must, bindsBoth,
		"accept both fragmented and unfragmented messages.").unseen(
		"A peer may close at any time; with an echo, a message that it did not take shows as wscheck/echo-missing."),
	clause("rfc6455/5.4/intermediary-control", MustNot, bindsBoth,
		"change the fragmentation of a control frame.").unseen(ofIntermediaries),
	clause("rfc6455/5.4/intermediary-reserved", MustNot, bindsBoth,
		"change the fragmentation of a message with reserved bits that it does not know.").unseen(ofIntermediaries),
	clause("rfc6455/5.4/intermediary-extensions", MustNot, bindsBoth,
		"change the fragmentation where extensions are in use that it does not know.").unseen(ofIntermediaries),
	clause("rfc6455/5.4/intermediary-handshake", MustNot, bindsBoth,
		"change the fragmentation where it did not see the handshake.").unseen(ofIntermediaries),
	clause("rfc6455/5.4/one-type", Must, bindsBoth,
		"send all fragments of a message with one type.").sameAs("rfc6455/5.4/interleaved"),
	clause("rfc6455/5.8/negotiated", Must, bindsBoth,
		"use only extensions that were negotiated in the opening handshake.").
		sameAs("rfc6455/5.2/rsv"),
	clause("rfc6455/6.1/open", Must, bindsBoth,
		"send messages only in the OPEN state.").sameAs("rfc6455/5.5.1/data-after-close"),
	clause("rfc6455/6.1/abort", Must, bindsBoth,
		"stop sending a message when the connection is no longer OPEN.").
		sameAs("rfc6455/5.5.1/data-after-close"),
	clause("rfc6455/6.1/opcode", Must, bindsBoth,
		"give the first frame of a message the opcode for its type.").unseen(byContent),
	clause("rfc6455/6.1/fin", Must, bindsBoth,
		"set the FIN bit of the last frame of a message.").unseen(byContent),
	clause("rfc6455/6.1/mask", Must, bindsClient,
		"mask the frames of a message.").sameAs("rfc6455/5.1/client-masks"),
	clause("rfc6455/6.1/transmit", Must, bindsBoth,
		"transmit the frames that it has formed.").unseen(byContent),
	clause("rfc6455/6.2/parse", Must, bindsBoth,
		"read what it receives as frames.").unseen(byContent),
	clause("rfc6455/6.2/control", Must, bindsBoth,
		"handle control frames as section 5.5 says.").sameAs("rfc6455/5.5.2/pong"),
	clause("rfc6455/6.2/type", Must, bindsBoth,
		"note the type of a message from the opcode of its first frame.").unseen(byContent),
	clause("rfc6455/6.2/next-message", Must, bindsBoth,
		"treat the data frame after the last of a message as a new message.").unseen(byContent),
	clause("rfc6455/6.2/unmask", Must, bindsServer,
		"remove the masking of data frames.").unseen(byContent),
	clause("rfc6455/10.3/new-key", Must, bindsClient,
		"choose a new masking key for each frame.").sameAs("rfc6455/5.3/fresh-key"),
)
