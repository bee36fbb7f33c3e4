package gen_test

import (
	"fmt"
	"math/rand/v2"
	"slices"

	"github.com/wscheck/wscheck/gen"
	"github.com/wscheck/wscheck/oracle"
	"github.com/wscheck/wscheck/wsproto"
)

func ExampleRandom() {
	rng := rand.New(rand.NewPCG(7, 0))
	right, clauses := 0, map[oracle.ClauseID]bool{}
	for range 10000 {
		c := gen.Random(rng, wsproto.Client)
		if len(c.Faults) == 0 {
			right++
		}
		for _, f := range c.Faults {
			for _, id := range f.Clauses {
				clauses[id] = true
			}
		}
	}
	fmt.Println("right:", right > 2000, "clauses:", len(clauses) > 40)
	// Output:
	// right: true clauses: true
}

func ExampleDecode() {
	// A ping of 125 octets, and a text frame with RSV1 that is written octet by
	// octet.
	program := []byte{0, 0, 0x00, 0x89, 14, 0, 0x44, 0xc1, 0, 0}
	for _, s := range gen.Decode(wsproto.Client, program).Steps {
		fmt.Println(s.Kind, s.Frame.Opcode, "rsv", s.Frame.Rsv, "octets", s.Payload.Size(), "chop", s.Chop)
	}
	// Output:
	// frame PING rsv 0 octets 125 chop 0
	// frame TEXT rsv 4 octets 14 chop 1
}

func ExampleShrink() {
	reserved := func(s *oracle.Script) bool {
		return slices.ContainsFunc(s.Steps, func(step oracle.Step) bool { return step.Frame.Opcode == 11 })
	}
	rng := rand.New(rand.NewPCG(7, 0))
	found := gen.Random(rng, wsproto.Server).Script
	for !reserved(found) {
		found = gen.Random(rng, wsproto.Server).Script
	}
	steps, octets := gen.Cost(gen.Shrink(found, reserved, 200))
	fmt.Println(steps, "step,", octets, "octets")
	// Output:
	// 1 step, 0 octets
}
