package gen

import (
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/wscheck/wscheck/oracle"
	"github.com/wscheck/wscheck/wsproto"
	"pgregory.net/rapid"
)

// drawScript draws a script: of either generator, or of a program.
func drawScript(t *rapid.T) *oracle.Script {
	role, program := drawProgram(t)
	if rapid.Bool().Draw(t, "program") {
		return Decode(role, program)
	}
	return Conversations(role).Draw(t, "conversation").Script
}

// TestShrinkToNothing shrinks a script in which nothing matters to the plain one.
func TestShrinkToNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := drawScript(t)
		got := Shrink(s, func(*oracle.Script) bool { return true }, 1000)
		if want := (&oracle.Script{Role: s.Role}).String(); got.String() != want {
			t.Fatalf("got\n%s\nfrom\n%s", got, s)
		}
	})
}

// TestShrinkIsCareful has a script be left as it is, the budget be kept, the
// result be one that was kept and never be more than the script was, and the same
// be done again.
func TestShrinkIsCareful(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := drawScript(t)
		budget := rapid.IntRange(0, 300).Draw(t, "budget")
		before, text := deepCopy(s), s.String()
		seed := rapid.Uint64().Draw(t, "seed")
		run := func() (*oracle.Script, int) {
			rng := rand.New(rand.NewPCG(seed, 0))
			calls := 0
			kept := []*oracle.Script{s}
			got := Shrink(s, func(c *oracle.Script) bool {
				calls++
				if rng.IntN(3) > 0 {
					return false
				}
				kept = append(kept, c)
				return true
			}, budget)
			if got != kept[len(kept)-1] {
				t.Fatal("the result is not the last script that was kept")
			}
			return got, calls
		}
		got, calls := run()
		if calls > budget {
			t.Fatalf("%d calls, want at most %d", calls, budget)
		}
		if s.String() != text || !reflect.DeepEqual(s, before) {
			t.Fatalf("changed\n%s\nto\n%s", before, s)
		}
		a, n := Cost(s)
		if b, m := Cost(got); b > a || m > n {
			t.Fatalf("%d steps and %d octets became %d and %d", a, n, b, m)
		}
		if again, _ := run(); again.String() != got.String() {
			t.Fatalf("got\n%s\nand then\n%s", got, again)
		}
	})
}

// deepCopy is a script that shares nothing with s that could be changed.
func deepCopy(s *oracle.Script) *oracle.Script {
	c := *s
	c.Steps = slices.Clone(s.Steps)
	for i := range c.Steps {
		c.Steps[i].Payload.Data = slices.Clone(s.Steps[i].Payload.Data)
	}
	c.Handshake.Fields = slices.Clone(s.Handshake.Fields)
	c.Handshake.Drop = slices.Clone(s.Handshake.Drop)
	c.Handshake.Subprotocols = slices.Clone(s.Handshake.Subprotocols)
	c.Handshake.Offers = slices.Clone(s.Handshake.Offers)
	c.Handshake.Raw = slices.Clone(s.Handshake.Raw)
	return &c
}

// TestShrinkTo has what matters stay, and as little else as can be.
func TestShrinkTo(t *testing.T) {
	text := wsproto.Header{Fin: true, Opcode: wsproto.OpText}
	noise := func(steps ...oracle.Step) *oracle.Script {
		before, after := Random(rand.New(rand.NewPCG(1, 0)), wsproto.Client).Script, Random(rand.New(rand.NewPCG(2, 0)), wsproto.Client).Script
		return &oracle.Script{Handshake: before.Handshake, Steps: slices.Concat(before.Steps, steps, after.Steps), End: oracle.EndAwait}
	}
	has := func(is func(*oracle.Step) bool) func(*oracle.Script) bool {
		return func(s *oracle.Script) bool {
			return slices.ContainsFunc(s.Steps, func(step oracle.Step) bool { return is(&step) })
		}
	}
	for _, c := range []struct {
		name  string
		from  *oracle.Script
		keeps func(*oracle.Script) bool
		want  oracle.Step
	}{
		{
			"opcode", noise(oracle.Step{Frame: wsproto.Header{Opcode: 7, Rsv: 3, Form: wsproto.Form64}, Payload: oracle.Payload{Data: []byte("abc")}, Chop: 1, Sync: true}),
			has(func(s *oracle.Step) bool { return s.Frame.Opcode == 7 }), oracle.Step{Frame: wsproto.Header{Fin: true, Opcode: 7}},
		},
		{
			"size", noise(oracle.Step{Frame: text, Payload: oracle.Payload{Data: []byte("wscheck"), Len: 70000}}),
			has(func(s *oracle.Step) bool { return s.Payload.Size() >= 65536 }), oracle.Step{Frame: text, Payload: oracle.Payload{Data: []byte("*"), Len: 65536}},
		},
		{
			"size off the boundaries", noise(oracle.Step{Kind: oracle.StepMessage, Frame: text, Payload: oracle.Payload{Data: []byte("wscheck"), Len: 70000}, Fragment: 7}),
			has(func(s *oracle.Step) bool { return s.Payload.Size() >= 4711 }), oracle.Step{Frame: text, Payload: oracle.Payload{Data: []byte("*"), Len: 4711}},
		},
		{
			"octet", noise(oracle.Step{Frame: text, Payload: oracle.Payload{Data: []byte("Hello\xff, world!")}}),
			has(func(s *oracle.Step) bool {
				return s.Frame.Opcode == wsproto.OpText && slices.Contains(s.Payload.Data, 0xff)
			}), oracle.Step{Frame: text, Payload: oracle.Payload{Data: []byte("\xff")}},
		},
		{
			"fragments", noise(
				oracle.Step{Frame: wsproto.Header{Opcode: wsproto.OpText}, Payload: oracle.Payload{Data: []byte("ab")}},
				oracle.Step{Frame: wsproto.Header{Fin: true}, Payload: oracle.Payload{Data: []byte("cd")}}),
			has(func(s *oracle.Step) bool { return s.Frame.Opcode == wsproto.OpText && s.Payload.Size() >= 4 }), oracle.Step{Frame: text, Payload: oracle.Payload{Data: []byte("****")}},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			if !c.keeps(c.from) {
				t.Fatalf("nothing to shrink:\n%s", c.from)
			}
			got := Shrink(c.from, c.keeps, 2000)
			if want := (&oracle.Script{Steps: []oracle.Step{c.want}}); got.String() != want.String() {
				t.Errorf("got\n%s\nwant\n%s", got, want)
			}
		})
	}
}

// TestShrinkOpening has what matters of an opening handshake stay.
func TestShrinkOpening(t *testing.T) {
	from := Random(rand.New(rand.NewPCG(1, 0)), wsproto.Client).Script
	from.Handshake = oracle.Handshake{Fields: wsproto.Fields{{Raw: "A: 1\r\n"}, {Raw: "B: " + strings.Repeat("2", 1000) + "\r\n"}, {Raw: "C: 3\r\n"}}}
	from.Handshake.Drop, from.Handshake.Method, from.Handshake.Chop = []string{"Upgrade", "Host"}, "POST", 7
	got := Shrink(from, func(s *oracle.Script) bool {
		h := &s.Handshake
		return slices.Contains(h.Drop, "Upgrade") && slices.ContainsFunc(h.Fields, func(f wsproto.Field) bool { return strings.HasPrefix(f.Raw, "B") })
	}, 2000)
	if steps, octets := Cost(got); steps != 0 || octets > 2*longField || len(got.Handshake.Fields) != 1 || len(got.Handshake.Drop) != 1 {
		t.Errorf("got\n%s", got)
	}
}
