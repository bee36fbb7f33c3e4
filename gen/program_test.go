package gen

import (
	"bytes"
	"reflect"
	"testing"

	"github.com/wscheck/wscheck/oracle"
	"github.com/wscheck/wscheck/wsproto"
	"pgregory.net/rapid"
)

var roles = []wsproto.Role{wsproto.Client, wsproto.Server}

// TestDecodeIsTotal has any octets be a script within its bounds, and a flipped
// octet change one step at most, apart from what its payload takes of the room
// of those behind it.
func TestDecodeIsTotal(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		role := rapid.SampledFrom(roles).Draw(t, "role")
		program := rapid.SliceOfN(rapid.Byte(), 0, 300).Draw(t, "program")
		s := Decode(role, program)
		total := 0
		for i := range s.Steps {
			total += s.Steps[i].Payload.Size()
		}
		if len(s.Steps) > maxSteps || total > maxPayloads || s.Role != role {
			t.Fatalf("%d steps with %d octets as %s", len(s.Steps), total, s.Role)
		}
		if s.String() == "" {
			t.Fatal("the script has no text")
		}
		if len(program) == 0 {
			return
		}
		at := rapid.IntRange(0, len(program)-1).Draw(t, "at")
		flipped := bytes.Clone(program)
		flipped[at] ^= rapid.Byte().Draw(t, "flip")
		other := Decode(role, flipped)
		if len(other.Steps) != len(s.Steps) {
			t.Fatalf("%d steps became %d", len(s.Steps), len(other.Steps))
		}
		for i := range s.Steps {
			if at > 0 && i == (at-1)/stepOctets {
				continue
			}
			a, b := s.Steps[i], other.Steps[i]
			if total+total > maxPayloads/2 { // one of the two may have run out of room
				a.Payload, b.Payload, a.Fragment, b.Fragment, a.Frame.Form, b.Frame.Form = oracle.Payload{}, oracle.Payload{}, 0, 0, 0, 0
			}
			if !reflect.DeepEqual(a, b) {
				t.Fatalf("octet %d changed step %d from %v to %v", at, i, &a, &b)
			}
		}
	})
}

// TestEncodeDecode has a script that a program can say survive both.
func TestEncodeDecode(t *testing.T) {
	for _, s := range []*oracle.Script{
		{},
		{End: oracle.EndNone, Handshake: oracle.Handshake{Chop: 1, WithFrames: true}},
		{End: oracle.EndAwait, Steps: []oracle.Step{
			{Kind: oracle.StepFrame, Frame: wsproto.Header{Opcode: wsproto.OpPing, Rsv: 5, Form: wsproto.Form64},
				Payload: oracle.Payload{Data: []byte("Hello, world! "), Len: 125}, Masking: oracle.MaskNever, Chop: 2, Sync: true},
			{Kind: oracle.StepMessage, Frame: wsproto.Header{Opcode: wsproto.OpBinary}, Payload: oracle.Payload{Data: []byte{0xff}, Len: 65536}},
			{Kind: oracle.StepClose, Payload: oracle.Payload{Data: []byte{0x03, 0xe8}, Len: 2}},
			{Kind: oracle.StepShutdown},
			{Kind: oracle.StepReset},
		}},
	} {
		got := Decode(s.Role, Encode(s))
		if got.String() != s.String() {
			t.Errorf("got\n%s\nwant\n%s", got, s)
		}
	}
}

// TestEncodeIsFixed has the octets of a decoded program say the same again.
func TestEncodeIsFixed(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		program := rapid.SliceOfN(rapid.Byte(), 1, 100).Draw(t, "program")
		once := Decode(wsproto.Client, Encode(Decode(wsproto.Client, program)))
		twice := Decode(wsproto.Client, Encode(once))
		if once.String() != twice.String() {
			t.Fatalf("first\n%s\nthen\n%s", once, twice)
		}
	})
}
