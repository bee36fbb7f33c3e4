package gen

import (
	"math"

	"github.com/wscheck/wscheck/oracle"
	"github.com/wscheck/wscheck/wsproto"
)

// headerMistakes are in the header of a frame (RFC 6455 5.1, 5.2).
var headerMistakes = []mistake{
	{name: "reserved-bits", weight: 6, packed: true, clauses: []oracle.ClauseID{"rfc6455/5.2/rsv-fail"}, do: func(t *draft) {
		bits := []uint8{2, 1, 4, 2, 1, 4, 3, 7}
		if t.ext.compresses {
			bits = []uint8{2, 1, 2, 1, 3, 6, 7}
		}
		anyFrame(t).Frame.Rsv = one(t, bits, "bits")
	}},
	{name: "reserved-opcode", weight: 12, packed: true, clauses: []oracle.ClauseID{"rfc6455/5.2/opcode-fail"}, do: func(t *draft) {
		op := one(t, []wsproto.Opcode{3, 4, 5, 6, 7, 0xb, 0xc, 0xd, 0xe, 0xf}, "opcode")
		s := t.frame(op, !t.seldom(8, "continued"), t.payload(wsproto.OpBinary, wrongSize(t)))
		if op.IsControl() && s.Payload.Size() > maxControl {
			s.Payload = oracle.Payload{}
		}
	}},
	{name: "mask-missing", weight: 5, packed: true, only: asClient, clauses: []oracle.ClauseID{"rfc6455/5.1/server-closes-unmasked"}, do: func(t *draft) {
		unlikeRole(t).Masking = oracle.MaskNever
	}},
	{name: "mask-forbidden", weight: 3, packed: true, only: asServer, clauses: []oracle.ClauseID{"rfc6455/5.1/client-closes-masked"}, do: func(t *draft) {
		unlikeRole(t).Masking = oracle.MaskAlways
	}},
	{name: "octets", weight: 1, clauses: []oracle.ClauseID{"rfc6455/5.2/rsv-fail", "rfc6455/5.2/opcode-fail"}, do: func(t *draft) {
		t.add(oracle.Step{Kind: oracle.StepRaw, Payload: oracle.Payload{Data: one(t, rubbish, "octets")}})
	}},
}

// unlikeRole sends a frame for which the mask is to be wrong: an empty one now
// and then.
func unlikeRole(t *draft) *oracle.Step {
	s := anyFrame(t)
	if t.seldom(4, "empty") {
		s.Payload = oracle.Payload{}
	}
	return s
}

// rubbish is not a frame of either role.
var rubbish = [][]byte{
	[]byte("GET / HTTP/1.1\r\nHost: wscheck.example\r\n\r\n"),
	[]byte("HTTP/1.1 101 Switching Protocols\r\nX: 5678\r\n\r\n"),
	{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff},
	{0x70, 0x70, 0x70, 0x70, 0x70, 0x70, 0x70, 0x70},
}

const maxControl = 125

// lengthMistakes are about how long a frame is (RFC 6455 5.2).
var lengthMistakes = []mistake{
	{name: "length-not-minimal", weight: 4, clauses: []oracle.ClauseID{"rfc6455/5.2/length-minimal-fail"}, do: func(t *draft) {
		s := anyFrame(t)
		if s.Payload.Size() > maxControl {
			s.Payload = oracle.Payload{}
		}
		s.Frame.Form = wsproto.Form16 + wsproto.LengthForm(t.d.below(2, "form"))
		if s.Frame.Opcode.IsData() && t.seldom(4, "longer") {
			s.Frame.Form = wsproto.Form64
			s.Payload = oracle.Payload{Data: []byte{'*'}, Len: one(t, []int{126, 65535, 1000}, "size")}
		}
	}},
	{name: "length-top-bit", weight: 3, packed: true, clauses: []oracle.ClauseID{"rfc6455/5.2/length-63bit-fail"}, do: func(t *draft) {
		s := dataFrame(t)
		n := uint64(s.Payload.Size())
		s.Frame.Form, s.HasDeclared = wsproto.Form64, true
		s.Declared = one(t, []uint64{1<<63 | n, 1 << 63, math.MaxUint64, math.MaxUint64 - 13, 3 << 62}, "length")
		stall(t)
	}},
	{name: "length-huge", weight: 2, clauses: []oracle.ClauseID{"wscheck/peer-bloated", "wscheck/peer-panicked", "wscheck/echo-extra"}, do: func(t *draft) {
		s := dataFrame(t)
		s.HasDeclared = true
		s.Declared = one(t, []uint64{1 << 31, 1<<31 - 1, 1 << 32, 1<<32 + 5, 1 << 40, 1 << 62, math.MaxInt64, math.MaxInt64 - 13, 1 << 27}, "length")
		stall(t)
	}},
	{name: "length-unlike-payload", weight: 2, clauses: []oracle.ClauseID{"wscheck/echo-content", "wscheck/echo-extra"}, do: func(t *draft) {
		s := anyFrame(t)
		s.HasDeclared = true
		s.Declared = uint64(t.d.below(2*s.Payload.Size()+3, "length"))
		if s.Declared > uint64(s.Payload.Size()) {
			stall(t)
		}
	}},
}

// stall ends a conversation in the middle of a frame that the peer may wait for
// the rest of: nothing more can be asked.
func stall(t *draft) {
	switch t.d.below(3, "then") {
	case 0:
		t.add(oracle.Step{Kind: oracle.StepWait, Timeout: pause})
	case 1:
		t.add(oracle.Step{Kind: oracle.StepAwait, Until: oracle.AwaitEnd, Timeout: patience / 2})
	}
	leave(t)
}
