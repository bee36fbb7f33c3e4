package gen

import (
	"math/rand/v2"
	"slices"
	"sync"
	"testing"

	"github.com/wscheck/wscheck/oracle"
	"github.com/wscheck/wscheck/wsproto"
)

// shapeOf is a feature for each kind of step that follows another in a script.
func shapeOf(s *oracle.Script) (features []uint32) {
	last := uint32(0)
	for i := range s.Steps {
		kind := uint32(s.Steps[i].Kind)<<4 | uint32(s.Steps[i].Frame.Opcode)
		features = append(features, last<<8|kind)
		last = kind
	}
	return features
}

// poolSeeds are a few scripts.
func poolSeeds(role wsproto.Role) (seeds []*oracle.Script) {
	rng := rand.New(rand.NewPCG(9, 9))
	for range 20 {
		seeds = append(seeds, Random(rng, role).Script)
	}
	return seeds
}

// drawPool has workers take n scripts from a pool, and returns them.
func drawPool(role wsproto.Role, seed uint64, n, lag, workers int) (scripts []string, varied int) {
	p := NewPool(role, seed, poolSeeds(role), lag)
	scripts = make([]string, n)
	var mu sync.Mutex
	next := 0
	var wg sync.WaitGroup
	for range workers {
		wg.Go(func() {
			for {
				mu.Lock()
				i := next
				next++
				mu.Unlock()
				if i >= n {
					return
				}
				made, ok := p.Script(i)
				if !ok {
					return
				}
				mu.Lock()
				scripts[i] = made.Script.String()
				if made.Varied {
					varied++
				}
				mu.Unlock()
				p.Learn(i, made.Script, shapeOf(made.Script))
			}
		})
	}
	wg.Wait()
	return scripts, varied
}

// TestPoolIsDeterministic has one worker and many take the same scripts.
func TestPoolIsDeterministic(t *testing.T) {
	const n, lag = 600, 64
	for _, role := range roles {
		alone, varied := drawPool(role, 1, n, lag, 1)
		together, _ := drawPool(role, 1, n, lag, 16)
		if i := slices.IndexFunc(alone, func(s string) bool { return s == "" }); i >= 0 {
			t.Fatalf("%v: script %d is missing", role, i)
		}
		for i := range alone {
			if alone[i] != together[i] {
				t.Fatalf("%v: script %d is\n%s\nwith one worker and\n%s\nwith many", role, i, alone[i], together[i])
			}
		}
		if varied < n/8 {
			t.Errorf("%v: %d of %d scripts are variations", role, varied, n)
		}
		if other, _ := drawPool(role, 2, n, lag, 1); slices.Equal(alone, other) {
			t.Errorf("%v: another seed gives the same scripts", role)
		}
		for i, s := range poolSeeds(role) {
			if !slices.Contains(alone[:64], s.String()) {
				t.Errorf("%v: seed %d is not among the first scripts", role, i)
			}
		}
	}
}

// TestPoolIsBounded teaches a pool something new with every script.
func TestPoolIsBounded(t *testing.T) {
	const lag = 16
	p := NewPool(wsproto.Client, 1, nil, lag)
	for n := range 4 * seenBits {
		s := &oracle.Script{}
		if n%1024 == 0 {
			made, _ := p.Script(n)
			s = made.Script
		}
		p.Learn(n, s, []uint32{uint32(n), uint32(n + 1<<20)})
		if len(p.kept) > 2*maxKept+lag || len(p.coming) > 1 {
			t.Fatalf("after %d scripts %d are kept and %d wait", n, len(p.kept), len(p.coming))
		}
	}
}

// TestPoolStops ends the wait for a script that nobody ends.
func TestPoolStops(t *testing.T) {
	p := NewPool(wsproto.Client, 1, nil, 1)
	n := slices.Index(turns[:], turnVaried)
	waited := make(chan bool)
	go func() {
		_, ok := p.Script(n)
		waited <- ok
	}()
	p.Stop()
	if <-waited {
		t.Error("a script is made though those before it are not learned")
	}
}

// TestVary demands that a variation is bounded, depends on the state of rng alone,
// and leaves what it is made of as it was.
func TestVary(t *testing.T) {
	if testing.Short() {
		t.Skip("long, and in one goroutine: the race detector has nothing to see")
	}
	for _, role := range roles {
		rng := rand.New(rand.NewPCG(1, 2))
		s := Random(rng, role).Script
		before, same := s.String(), 0
		for n := range uint64(600) {
			other := Random(rand.New(rand.NewPCG(n, 3)), role).Script
			otherBefore := other.String()
			vary := func() *oracle.Script {
				return Vary(rand.New(rand.NewPCG(n, 4)), s, func() *oracle.Script { return other })
			}
			v := vary()
			if s.String() != before || other.String() != otherBefore {
				t.Fatalf("%v, %d: a script is changed", role, n)
			}
			text := v.String()
			if text != vary().String() {
				t.Fatalf("%v, %d: a variation is not the same again", role, n)
			}
			if steps, octets := Cost(v); steps > maxVaried || octets > maxVariedOctets+1<<16 || v.Role != role {
				t.Fatalf("%v, %d: %d steps and %d octets", role, n, steps, octets)
			}
			if text == before {
				same++
			}
			s, before = v, text
		}
		if same > 200 {
			t.Errorf("%v: %d of 600 variations vary nothing", role, same)
		}
	}
}

// lateSeeds are scripts that are wrong at their first frame, within a message, in a control
// frame, and after a wait.
func lateSeeds(role wsproto.Role) []*oracle.Script {
	text := oracle.Step{Kind: oracle.StepFrame, Frame: wsproto.Header{Fin: true, Opcode: wsproto.OpText}, Payload: oracle.Payload{Data: []byte(hello)}}
	part, rest, ping := text, text, text
	part.Frame.Fin, rest.Frame.Opcode = false, wsproto.OpContinuation
	rest.Frame.Rsv, ping.Frame.Opcode, ping.Frame.Rsv = 1, wsproto.OpPing, 2
	await := oracle.Step{Kind: oracle.StepAwait, Until: oracle.AwaitMessage, Count: 1, Timeout: patience}
	var seeds []*oracle.Script
	for _, steps := range [][]oracle.Step{{text, await, ping}, {part, rest}, {ping}, {part, ping, rest}} {
		seeds = append(seeds, &oracle.Script{Role: role, Steps: steps})
	}
	return seeds
}

// TestLate demands that what comes before is long, and that the steps of the script follow,
// waiting for as much more.
func TestLate(t *testing.T) {
	for _, role := range roles {
		for i, s := range lateSeeds(role) {
			before, grown := s.String(), 0
			for n := range uint64(200) {
				late := Late(rand.New(rand.NewPCG(n, 5)), s)
				if late.String() != Late(rand.New(rand.NewPCG(n, 5)), s).String() {
					t.Fatalf("%v, seed %d, %d: it is not the same again", role, i, n)
				}
				var frames, awaited int
				for _, step := range late.Steps {
					frames += step.Count
					if step.Kind == oracle.StepRaw {
						frames += len(step.Payload.Data) / 8
					}
					if step.Kind == oracle.StepAwait && step.Until == oracle.AwaitMessage {
						awaited = step.Count
					}
				}
				if last := late.Steps[len(late.Steps)-1]; last.String() != s.Steps[len(s.Steps)-1].String() || frames < 3 {
					t.Fatalf("%v, seed %d, %d: %d frames before, in\n%v", role, i, n, frames, late)
				}
				if awaited > 1 {
					grown++
				}
			}
			if s.String() != before || (grown > 60) != (i == 0) {
				t.Errorf("%v, seed %d: %d of 200 scripts wait for more, of\n%v", role, i, grown, s)
			}
		}
	}
}

// TestPoolHasLateSeeds demands that seeds come late once all were played.
func TestPoolHasLateSeeds(t *testing.T) {
	seeds := lateSeeds(wsproto.Client)
	seeds[1].Handshake.Refused = true // nothing comes after it
	p := NewPool(wsproto.Client, 1, seeds, 1000)
	late := map[int]int{}
	for n := range 400 {
		if made, ok := p.Script(n); ok && made.Late {
			late[made.Seed]++
		}
	}
	if len(late) != 3 || late[1] != 0 || late[0] < 20 {
		t.Errorf("of 400 scripts, these are seeds that come late: %v", late)
	}
}
