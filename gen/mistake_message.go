package gen

import (
	"github.com/wscheck/wscheck/oracle"
	"github.com/wscheck/wscheck/wsproto"
)

// fragmentMistakes are about fragments (RFC 6455 5.4).
var fragmentMistakes = []mistake{
	{name: "continuation-of-nothing", weight: 5, where: outside, clauses: []oracle.ClauseID{"rfc6455/5.4/continuation-fail"}, do: func(t *draft) {
		if t.d.below(2, "after a fragmented message") == 1 {
			fragmented(t, wsproto.OpText, t.content(wsproto.OpText, t.smallSize()), 1, func(*draft) {})
		}
		p := t.payload(wsproto.OpText, t.smallSize())
		if t.seldom(3, "empty") {
			p = oracle.Payload{}
		}
		t.frame(wsproto.OpContinuation, !t.seldom(4, "continued"), p)
	}},
	{name: "message-in-message", weight: 5, where: inside, packed: true, clauses: []oracle.ClauseID{"rfc6455/5.4/interleaved-fail"}, do: func(t *draft) {
		op := t.inside
		if t.seldom(3, "other type") {
			op = wsproto.OpText + wsproto.OpBinary - op
		}
		if t.rest != nil && t.d.below(2, "what would be right in a continuation") == 1 {
			t.goOn(true, 0).Frame.Opcode = op
			return
		}
		t.frame(op, t.d.below(3, "final") < 2, t.payload(op, t.smallSize()))
		if t.rest == nil && t.d.below(2, "go on") == 1 {
			t.frame(wsproto.OpContinuation, true, t.payload(op, t.smallSize()))
			t.inside = 0
		}
	}},
}

// utf8Fail is what all text that is not UTF-8 puts to the test.
var utf8Fail = []oracle.ClauseID{"rfc6455/8.1/utf8-fail"}

// textMistakes are text that is not UTF-8 (RFC 6455 8.1).
var textMistakes = []mistake{
	{name: "text-not-utf8", weight: 12, where: outside, clauses: utf8Fail, do: func(t *draft) {
		spoil(t, one(t, flaws, "flaw").octets, t.content(wsproto.OpText, t.d.below(5, "after")))
	}},
	{name: "text-cut", weight: 3, where: outside, clauses: utf8Fail, do: func(t *draft) {
		spoil(t, one(t, stumps, "stump"), nil)
	}},
}

// spoil sends text with a flaw between other text: near its beginning or further
// on, in one frame or cut about the flaw.
func spoil(t *draft, flaw string, tail []byte) {
	size := t.d.below(8, "before")
	if t.d.below(4, "far") == 3 { // about the end of a block in which text is looked at
		size = 16*(1+t.d.below(8, "blocks")) - t.d.below(4, "before its end")
	}
	if t.seldom(4, "second text") {
		t.frame(wsproto.OpText, true, t.payload(wsproto.OpText, 1+t.d.below(8, "size")))
		t.echoes++
	}
	octets := append(t.content(wsproto.OpText, size), flaw...)
	octets = append(octets, tail...)
	if !t.large && t.seldom(24, "very far") {
		t.large = true
		t.met.add(stateLarge)
		const blocks = 1<<16 + 1<<12
		t.frame(wsproto.OpText, false, oracle.Payload{Data: []byte(units[0]), Len: blocks - t.d.below(4, "before their end")})
		t.frame(wsproto.OpContinuation, true, oracle.Payload{Data: octets[size:]})
		return
	}
	whole := oracle.Payload{Data: octets}
	switch t.d.below(6, "written") {
	case 0, 1, 2:
		s := t.frame(wsproto.OpText, true, whole)
		if s.Chop > 0 && size < 8 {
			s.Chop = 1
		}
	case 3:
		t.add(oracle.Step{
			Kind: oracle.StepMessage, Frame: wsproto.Header{Opcode: wsproto.OpText}, Payload: whole, Fragment: one(t, []int{1, 2, 3, 60}, "fragment"),
			Plain: t.d.below(2, "plain") == 1,
		})
	default:
		at := min(len(octets), size+t.d.below(len(flaw)+1, "cut"))
		t.frame(wsproto.OpText, false, oracle.Payload{Data: octets[:at:at]})
		if t.d.below(2, "ping between") == 1 {
			ping(t)
		}
		t.frame(wsproto.OpContinuation, true, oracle.Payload{Data: octets[at:]})
	}
}
