package gen

import (
	"bytes"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"

	"github.com/wscheck/wscheck/oracle"
	"github.com/wscheck/wscheck/wsproto"
	"pgregory.net/rapid"
)

var roles = []wsproto.Role{wsproto.Client, wsproto.Server}

// drawProgram draws a role and any octets.
func drawProgram(t *rapid.T) (wsproto.Role, []byte) {
	return rapid.SampledFrom(roles).Draw(t, "role"), rapid.SliceOfN(rapid.Byte(), 0, 300).Draw(t, "program")
}

// TestDecodeIsTotal has any octets be a script within its bounds.
func TestDecodeIsTotal(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		role, program := drawProgram(t)
		s := Decode(role, program)
		if len(s.Steps) > maxSteps || s.Role != role {
			t.Fatalf("%d steps as %s", len(s.Steps), s.Role)
		}
		for i := range s.Steps {
			step := &s.Steps[i]
			if n := step.Payload.Size(); n > maxSize || i >= longSteps && step.Payload.Len > shortSize || max(1, step.Count)*n > 2*maxSize+n || step.Chop > 0 && n/step.Chop > 2*maxPieces {
				t.Fatalf("step %d is beyond bounds: %v", i, step)
			}
		}
		if s.String() == "" {
			t.Fatal("the script has no text")
		}
	})
}

// TestOctetIsLocal has a changed octet change one step, or what is around the
// steps.
func TestOctetIsLocal(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		role, program := drawProgram(t)
		if len(program) == 0 {
			return
		}
		s := Decode(role, program)
		at := rapid.IntRange(0, len(program)-1).Draw(t, "at")
		changed := bytes.Clone(program)
		changed[at] ^= rapid.Byte().Draw(t, "flip")
		other := Decode(role, changed)
		if len(other.Steps) != len(s.Steps) {
			t.Fatalf("%d steps became %d", len(s.Steps), len(other.Steps))
		}
		around := at < openingOctets
		if !around && (!reflect.DeepEqual(s.Handshake, other.Handshake) || s.End != other.End) {
			t.Fatalf("octet %d changed the opening handshake or the end", at)
		}
		for i := range s.Steps {
			if !around && i == (at-openingOctets)/stepOctets {
				continue
			}
			if a, b := &s.Steps[i], &other.Steps[i]; !reflect.DeepEqual(a, b) {
				t.Fatalf("octet %d changed step %d from %v to %v", at, i, a, b)
			}
		}
	})
}

// TestEncodeIsExact has a decoded program say the same again.
func TestEncodeIsExact(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		role, program := drawProgram(t)
		once := Decode(role, program)
		again := Encode(once)
		if twice := Decode(role, again); !reflect.DeepEqual(once, twice) {
			t.Fatalf("% x is\n%s\nand % x\n%s", program, once, again, twice)
		}
	})
}

// TestEncodeConversations encodes what the generators make. A program keeps the
// opening handshake, the end, and a step for each step.
func TestEncodeConversations(t *testing.T) {
	if testing.Short() {
		t.Skip("long, and in one goroutine: the race detector has nothing to see")
	}
	for _, role := range roles {
		rng := rand.New(rand.NewPCG(1, uint64(role)))
		openings, same, steps := 0, 0, 0
		for range 2000 {
			s := Random(rng, role).Script
			got := Decode(role, Encode(s))
			if got.End != s.End || len(got.Steps) != min(maxSteps, len(s.Steps)) {
				t.Fatalf("got\n%s\nwant\n%s", got, s)
			}
			h := s.Handshake
			h.Chop, h.WithFrames = got.Handshake.Chop, got.Handshake.WithFrames
			h.MayRefuse = got.Handshake.MayRefuse
			if reflect.DeepEqual(h, got.Handshake) {
				openings++
			}
			for i := range got.Steps {
				a, b := &got.Steps[i], &s.Steps[i]
				if a.Kind != b.Kind || a.Frame.Opcode != b.Frame.Opcode || a.Frame.Fin != b.Frame.Fin || a.Frame.Rsv != b.Frame.Rsv {
					t.Fatalf("got\n%v\nwant\n%v", a, b)
				}
				if steps++; a.String() == b.String() {
					same++
				}
			}
		}
		t.Logf("as %s: %d of 2000 opening handshakes and %d of %d steps are the same", role, openings, same, steps)
		if openings < 1900 || same < steps/4 {
			t.Errorf("too much is lost: %d of 2000 opening handshakes and %d of %d steps are the same", openings, same, steps)
		}
	}
}

// TestProgramsReach has a program of one step say what is to be said, and every
// opening handshake and extension.
func TestProgramsReach(t *testing.T) {
	text := wsproto.Header{Fin: true, Opcode: wsproto.OpText}
	packed := text
	packed.Rsv = rsv1
	for _, role := range roles {
		steps := []oracle.Step{
			{Frame: wsproto.Header{Fin: true, Opcode: wsproto.OpPing, Rsv: 5}},
			{Frame: wsproto.Header{Opcode: 0xb, Form: wsproto.Form64}, Payload: oracle.Payload{Data: []byte(units[0]), Len: 125}, Chop: 2, Sync: true},
			{Frame: text, Payload: oracle.Payload{Data: []byte("\xff")}, Declared: 1<<63 | 1, HasDeclared: true},
			{Frame: text, Payload: oracle.Payload{Data: []byte(units[1]), Len: 65536}, Masking: (&way{against: true}).maskingOf(role)},
			{Frame: text, Masking: oracle.MaskKey},
			{Frame: packed, Payload: oracle.Payload{Data: rightPayloads()[0].payload}},
			{Frame: packed, Payload: oracle.Payload{Data: damagedPayloads()[3].payload}},
			{Kind: oracle.StepMessage, Frame: wsproto.Header{Opcode: wsproto.OpBinary}, Payload: oracle.Payload{Data: []byte("\xff"), Len: 1000}, Fragment: 100, Plain: true},
			{Kind: oracle.StepEcho, Frame: wsproto.Header{Opcode: wsproto.OpText}, Payload: oracle.Payload{Data: []byte(units[0]), Len: 7}, Count: 16},
			{Kind: oracle.StepFrameData, Payload: oracle.Payload{Data: []byte(units[0]), Len: 4}},
			{Kind: oracle.StepRaw, Payload: oracle.Payload{Data: []byte("\x81\x05" + units[0])}},
			{Kind: oracle.StepRaw, Payload: oracle.Payload{Data: burst(role, 257, pingsAlone)}},
			{Kind: oracle.StepRaw, Payload: oracle.Payload{Data: burst(role, 400, fragmentsOfOne)}},
			{Kind: oracle.StepMessage, Frame: wsproto.Header{Opcode: wsproto.OpText}, Payload: oracle.Payload{Data: []byte(units[0]), Len: 1000}, Fragment: 1000 / 300},
			{Kind: oracle.StepClose},
			{Kind: oracle.StepClose, Payload: oracle.Payload{Data: []byte{0x03, 0xed}}},
			{Kind: oracle.StepClose, Payload: oracle.Payload{Data: []byte{0xff}}},
			{Kind: oracle.StepAwait, Until: oracle.AwaitPong, Count: 3, Timeout: patience},
			{Kind: oracle.StepWait, Timeout: patience / 2},
			{Kind: oracle.StepShutdown}, {Kind: oracle.StepReset}, {Kind: oracle.StepDrop},
			{Kind: oracle.StepStopReading}, {Kind: oracle.StepGoOnReading}, {Kind: oracle.StepPongs, Count: 3},
		}
		for i := range steps {
			want := &oracle.Script{Role: role, Steps: steps[i : i+1]}
			if got := Decode(role, Encode(want)); !reflect.DeepEqual(got, want) {
				t.Errorf("got\n%s\nwant\n%s", got, want)
			}
		}
		beginnings := openings[role]().all
		if role == wsproto.Client {
			beginnings = slices.Concat(beginnings, laters())
		}
		for _, o := range beginnings {
			want := &oracle.Script{Role: role, Handshake: o.Handshake}
			if got := Decode(role, Encode(want)); !reflect.DeepEqual(got, want) {
				t.Errorf("%s: got\n%s\nwant\n%s", o.name, got, want)
			}
		}
		for _, e := range extensions[role]().all {
			want := &oracle.Script{Role: role, Handshake: e.Handshake, End: oracle.EndAwait}
			if got := Decode(role, Encode(want)); !reflect.DeepEqual(got, want) {
				t.Errorf("%s: got\n%s\nwant\n%s", e.name, got, want)
			}
		}
	}
}
