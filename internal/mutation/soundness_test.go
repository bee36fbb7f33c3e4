package mutation

import (
	"context"
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/wscheck/wscheck/internal/catalogue"
	"github.com/wscheck/wscheck/internal/deflate"
	"github.com/wscheck/wscheck/internal/reference"
	"github.com/wscheck/wscheck/internal/report"
	"github.com/wscheck/wscheck/internal/report/transcript"
	"github.com/wscheck/wscheck/internal/testseeds"
	"github.com/wscheck/wscheck/internal/workers"
	"github.com/wscheck/wscheck/oracle"
	"github.com/wscheck/wscheck/wsproto"
)

// moreDraws is how often TestSoundness plays each case where WSCHECK_ALL is set, as in .ci/run,
// and thoroughDraws how often where [aliveVariable] is. Otherwise it plays a part of them once.
const moreDraws, thoroughDraws = 5, 25

// TestSoundness plays each case of the catalogue a few times, each time with an endpoint
// that takes other liberties of the RFCs and with our octets chopped in another way: it is
// never called wrong, nor does it fail a run by what nobody saw.
func TestSoundness(t *testing.T) {
	var all []*liberty
	for _, role := range []wsproto.Role{wsproto.Client, wsproto.Server} {
		seed := uint64(0) // for each role, so that a case more for one changes nothing for the other
		cases := catalogue.For(role.Peer())
		if !thorough() {
			cases = testseeds.Part(cases, 0)
		}
		for i, cs := range cases {
			times := 1
			if testseeds.All() {
				times = moreDraws
			}
			switch {
			case thorough():
				times = thoroughDraws
			case testing.Short():
				times = map[bool]int{true: 1}[i%4 == 0 && !takesLong(cs)]
			case takesLong(cs):
				times = map[bool]int{true: 1}[cs.Number <= autobahnCases]
			}
			for range times {
				seed++
				all = append(all, drawLiberty(seed, role, cs))
			}
		}
	}
	var p player
	var mu sync.Mutex
	failed := 0
	outcomes := make(map[oracle.Outcome]int)
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	workers.Each(ctx, len(all), 0, func(i int) {
		l := all[i]
		r, err := l.play(&p)
		mu.Lock()
		defer mu.Unlock()
		if err != nil {
			t.Error(err)
			stop()
			return
		}
		outcomes[r.RFC.Outcome]++
		if r.Failed(report.JudgeRFC) {
			t.Errorf("%s", l.smallest(&p).describe(&p))
			if failed++; failed == 5 {
				stop()
			}
		}
	})
	t.Logf("%v", outcomes)
	if failed == 0 && outcomes[oracle.Pass] < len(all)/2 {
		t.Errorf("only %d of %d plays are conclusive: %v", outcomes[oracle.Pass], len(all), outcomes)
	}
}

// liberty is a case and what the endpoint and our side make of it.
type liberty struct {
	seed    uint64
	role    wsproto.Role // the endpoint's
	cs      *catalogue.Case
	options reference.Options
}

// drawLiberty draws what there is to draw about a case.
func drawLiberty(seed uint64, role wsproto.Role, cs *catalogue.Case) *liberty {
	rng := rand.New(rand.NewPCG(seed, 0))
	l := &liberty{seed: seed, role: role, cs: chopped(cs, rng)}
	l.options = reference.Options{Freedom: reference.Freedoms(seed), Deflate: drawDeflate(rng)}
	l.options.Freedom.CloseAfter = 0 // legal by the RFCs, but not what an echo server does
	if rng.IntN(8) == 0 {
		l.options.Subprotocols = subprotocols
	}
	l.options.Freedom.Opening.Body = rng.IntN(8) == 0
	return l
}

// drawDeflate draws a policy for permessage-deflate, mostly the plain one.
func drawDeflate(rng *rand.Rand) *reference.Deflate {
	bits := func() int { return deflate.MinWindowBits + rng.IntN(deflate.MaxWindowBits-deflate.MinWindowBits+1) }
	switch rng.IntN(4) {
	case 0:
		return nil
	case 1:
		return &reference.Deflate{
			ServerNoContextTakeover: rng.IntN(2) == 0, ClientNoContextTakeover: rng.IntN(2) == 0,
			ServerMaxWindowBits: bits(), ClientMaxWindowBits: bits(),
		}
	}
	return new(reference.Deflate)
}

// choppedUpTo is the longest payload in octets that is chopped beyond what its
// case asks for.
const choppedUpTo = 2000

// chopped returns the case with its octets written in other pieces, as they may
// arrive anyhow.
func chopped(cs *catalogue.Case, rng *rand.Rand) *catalogue.Case {
	if rng.IntN(2) == 0 {
		return cs
	}
	other := *cs
	other.Script.Steps = slices.Clone(cs.Script.Steps)
	chop := func(n *int) {
		if *n == 0 && rng.IntN(2) == 0 {
			*n = 1 + rng.IntN(9)
		}
	}
	chop(&other.Script.Handshake.Chop)
	for i := range other.Script.Steps {
		if s := &other.Script.Steps[i]; s.Payload.Size() <= choppedUpTo {
			chop(&s.Chop)
		}
	}
	return &other
}

func (l *liberty) play(p *player) (*report.Result, error) {
	return p.play(Endpoint(l.role, l.options), l.cs)
}

// smallest takes away the liberties that the verdict does not depend upon.
func (l *liberty) smallest(p *player) *liberty {
	small := *l
	var clear func(v reflect.Value)
	clear = func(v reflect.Value) {
		for i := range v.NumField() {
			f := v.Field(i)
			if f.Kind() == reflect.Struct {
				clear(f)
				continue
			}
			kept := reflect.ValueOf(f.Interface())
			f.SetZero()
			if r, err := small.play(p); err != nil || !r.Failed(report.JudgeRFC) {
				f.Set(kept)
			}
		}
	}
	clear(reflect.ValueOf(&small.options).Elem())
	return &small
}

// describe returns all that shows who is wrong.
func (l *liberty) describe(p *player) string {
	r, err := l.play(p)
	if err != nil {
		return err.Error()
	}
	var b strings.Builder
	fmt.Fprintf(&b, "seed %d: %s, with a conforming %v:\n%+v\n", l.seed, l.cs.ID, l.role, r.RFC)
	fmt.Fprintf(&b, "its freedom: %+v\nits compression: %+v\n%s\n", l.options.Freedom, l.options.Deflate, l.cs.Script.String())
	for _, line := range transcript.Lines(r) {
		b.WriteString(line + "\n")
	}
	return b.String()
}
