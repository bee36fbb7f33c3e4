package mutation

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/wscheck/wscheck/gen"
	"github.com/wscheck/wscheck/internal/catalogue"
	"github.com/wscheck/wscheck/internal/engine"
	"github.com/wscheck/wscheck/internal/report"
	"github.com/wscheck/wscheck/internal/workers"
	"github.com/wscheck/wscheck/oracle"
	"github.com/wscheck/wscheck/wsproto"
)

// firstSeedsFile names the cases that random runs begin with.
const firstSeedsFile = "../engine/firstseeds.txt"

// hunters is how many mutants are played with side by side: most of the time they wait.
const hunters = 32

// TestFirstSeeds holds the order in which random runs begin against the mutants: the first
// hundred seeds find two of three, over loopback and in haste, as a random run plays them.
//
// With -update, it plays each seed with each mutant in memory, and makes the order anew.
func TestFirstSeeds(t *testing.T) {
	var made strings.Builder
	for _, role := range []wsproto.Role{wsproto.Server, wsproto.Client} {
		subjects := slices.DeleteFunc(Subjects(), func(s Subject) bool {
			return s.Role != role || measurable(s) || strings.HasPrefix(s.Name, "hang-") // takes long, whatever is played
		})
		seeds := engine.SeedCases(role.Peer())
		if *update {
			for _, cs := range orderSeeds(t, subjects, seeds) {
				fmt.Fprintln(&made, role, cs.ID)
			}
			continue
		}
		var early atomic.Int32
		subjects = sample(subjects)
		workers.Each(t.Context(), len(subjects), hunters, func(i int) {
			found, err := finds(t.Context(), &subjects[i], seeds[:100])
			if err != nil {
				t.Errorf("%v: %v", subjects[i], err)
			}
			if found {
				early.Add(1)
			}
		})
		if n := int(early.Load()); n < len(subjects)*2/3 {
			t.Errorf("the first 100 seeds find %d of %d mutants of the %v: go test ./internal/mutation -run TestFirstSeeds -update may do better", n, len(subjects), role)
		}
	}
	if *update {
		if err := os.WriteFile(firstSeedsFile, []byte(made.String()), 0o666); err != nil {
			t.Fatal(err)
		}
	}
}

// proofCost is what a mutant counts for that shows by silence alone: to prove one takes longer than to
// play all that comes first, and the earlier it shows, the earlier that begins.
const proofCost = 4

// orderSeeds returns those of the cases that find mutants which no case before them does, each time the one
// that finds the most for what it costs.
func orderSeeds(t *testing.T, subjects []Subject, cases []*catalogue.Case) (first []*catalogue.Case) {
	finds, loud := make([][]sign, len(cases)), make([]atomic.Bool, len(subjects))
	var p player
	workers.Each(t.Context(), len(cases), runtime.GOMAXPROCS(0), func(i int) {
		finds[i] = make([]sign, len(subjects))
		for j := range subjects {
			r, err := p.play(subjects[j].Endpoint(), cases[i])
			if err != nil {
				t.Errorf("%v: %s: %v", subjects[j], cases[i].ID, err)
				return
			}
			if finds[i][j] = signOf(r); finds[i][j] == loudly {
				loud[j].Store(true)
			}
		}
	})
	left := map[int]bool{}
	for j := range subjects {
		left[j] = true
	}
	for !t.Failed() {
		best, most := -1, 0.0
		for i, cs := range cases {
			worth := 0.0
			for j := range left {
				switch {
				case finds[i][j] == loudly:
					worth++
				case finds[i][j] == silently && !loud[j].Load():
					worth += proofCost
				}
			}
			steps, octets := gen.Cost(&cs.Script)
			if worth /= 1 + float64(steps)/64 + float64(octets)/(64<<10); worth > most {
				best, most = i, worth
			}
		}
		if best < 0 {
			break
		}
		first = append(first, cases[best])
		for j := range subjects {
			if sign := finds[best][j]; sign == loudly || sign == silently && !loud[j].Load() {
				delete(left, j)
			}
		}
	}
	return first
}

// sign is how a case shows that a mutant is one.
type sign uint8

const (
	none     sign = iota
	silently      // by what the mutant does not do
	loudly        // by what it does
)

func signOf(r *report.Result) (s sign) {
	for i := range r.RFC.Findings {
		switch f := &r.RFC.Findings[i]; {
		case f.Outcome != oracle.Violation:
		case f.Basis == oracle.Seen:
			return loudly
		default:
			s = silently
		}
	}
	return s
}

// finds reports whether a subject breaks a binding clause in one of the cases, or would if it were
// known to do nothing more.
func finds(ctx context.Context, s *Subject, cases []*catalogue.Case) (bool, error) {
	p, err := engine.NewPlayer(ctx, s.Endpoint(), nil)
	if unreachable := (*engine.UnreachableError)(nil); errors.As(err, &unreachable) {
		return false, nil // no run begins with it
	}
	if err != nil {
		return false, err
	}
	defer p.Close()
	for _, cs := range cases {
		r, owed, _, err := p.PlayFast(ctx, cs)
		if err != nil {
			return false, err
		}
		if r.RFC.Outcome == oracle.Violation || len(owed) > 0 {
			return true, nil
		}
	}
	return false, nil
}
