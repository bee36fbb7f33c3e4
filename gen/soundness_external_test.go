package gen_test

import (
	"math/rand/v2"
	"testing"

	"github.com/wscheck/wscheck/gen"
	"github.com/wscheck/wscheck/internal/deflate"
	"github.com/wscheck/wscheck/internal/mutation"
	"github.com/wscheck/wscheck/internal/reference"
	"github.com/wscheck/wscheck/internal/report/transcript"
	"github.com/wscheck/wscheck/internal/testseeds"
	"github.com/wscheck/wscheck/oracle"
	"github.com/wscheck/wscheck/wsproto"
)

// TestSoundness holds random conversations against the conforming endpoint, with
// its legal freedoms drawn at random: it is never called wrong.
func TestSoundness(t *testing.T) {
	testSoundness(t, func(rng *rand.Rand, role wsproto.Role) (*oracle.Script, any) {
		c := gen.Random(rng, role)
		return c.Script, c.Faults
	})
}

// TestProgramSoundness is TestSoundness for programs of random octets, few of
// which make sense.
func TestProgramSoundness(t *testing.T) {
	testSoundness(t, func(rng *rand.Rand, role wsproto.Role) (*oracle.Script, any) {
		program := make([]byte, rng.IntN(40))
		for i := range program {
			program[i] = byte(rng.Uint32())
		}
		return gen.Decode(role, program), program
	})
}

// TestVariedSoundness is TestSoundness for variations of random conversations, one
// of another.
func TestVariedSoundness(t *testing.T) {
	var last [2]*oracle.Script
	testSoundness(t, func(rng *rand.Rand, role wsproto.Role) (*oracle.Script, any) {
		other := gen.Random(rng, role).Script
		if last[role] == nil || rng.IntN(8) == 0 {
			last[role] = gen.Random(rng, role).Script
		}
		last[role] = gen.Vary(rng, last[role], func() *oracle.Script { return other })
		return last[role], nil
	})
}

// testSoundness plays scripts of some origin.
func testSoundness(t *testing.T, draw func(*rand.Rand, wsproto.Role) (script *oracle.Script, origin any)) {
	n := 4000
	if testing.Short() {
		n = 400
	}
	outcomes := make(map[oracle.Outcome]int)
	from, to := testseeds.Range(t, n)
	for seed := from; seed < to; seed++ {
		rng := rand.New(rand.NewPCG(seed, 1))
		role := wsproto.Role(seed % 2)
		script, origin := draw(rng, role.Peer())
		o := freely(rng, seed)
		r := play(t, mutation.Endpoint(role, o), script)[0]
		outcomes[r.RFC.Outcome]++
		if r.RFC.Outcome == oracle.Violation {
			t.Errorf("seed %d: a conforming %v with %+v, deflate %+v is called wrong: %+v\n%+v\n%s", seed, role, o.Freedom, o.Deflate, origin, r.RFC.Findings, script)
			for _, line := range transcript.Lines(r) {
				t.Log(line)
			}
			return
		}
	}
	t.Logf("%v", outcomes)
	if outcomes[oracle.Pass] < int(to-from)/10 {
		t.Errorf("hardly any conversation comes to something: %v", outcomes)
	}
}

// freely draws an endpoint that conforms.
func freely(rng *rand.Rand, seed uint64) reference.Options {
	o := reference.Options{Freedom: reference.Freedoms(seed)}
	o.Freedom.CloseAfter = 0 // legal by the RFCs, but not what an echo server is asked to do
	bits := func() int { return deflate.MinWindowBits + rng.IntN(deflate.MaxWindowBits-deflate.MinWindowBits+1) }
	switch rng.IntN(4) {
	case 0:
	case 1:
		o.Deflate = &reference.Deflate{
			ServerNoContextTakeover: rng.IntN(2) == 0, ClientNoContextTakeover: rng.IntN(2) == 0,
			ServerMaxWindowBits: bits(), ClientMaxWindowBits: bits(),
		}
	default:
		o.Deflate = new(reference.Deflate)
	}
	if rng.IntN(4) == 0 {
		o.Subprotocols = []string{"chat", "superchat"}
	}
	o.Freedom.Opening.Body = rng.IntN(8) == 0
	return o
}
