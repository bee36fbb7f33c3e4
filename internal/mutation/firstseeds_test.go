package mutation

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/wscheck/wscheck/gen"
	"github.com/wscheck/wscheck/internal/catalogue"
	"github.com/wscheck/wscheck/internal/engine"
	"github.com/wscheck/wscheck/internal/workers"
	"github.com/wscheck/wscheck/oracle"
	"github.com/wscheck/wscheck/wsproto"
)

// firstSeedsFile names the cases that random runs begin with.
const firstSeedsFile = "../engine/firstseeds.txt"

// hunters is how many mutants are played with side by side: most of the time they wait.
const hunters = 32

// TestFirstSeeds holds the order in which random runs begin against the mutants: the first
// hundred seeds find three of four, over loopback and in haste, as a random run plays them.
//
// With -update, it counts for each case the mutants that no case before it finds, and puts
// first what finds the most for its length. Run again, it can do better: a case that moved up
// finds what others found before.
func TestFirstSeeds(t *testing.T) {
	var made strings.Builder
	for _, role := range []wsproto.Role{wsproto.Server, wsproto.Client} {
		subjects := slices.DeleteFunc(Subjects(), func(s Subject) bool {
			return s.Role != role || measurable(s) || strings.HasPrefix(s.Name, "hang-") // takes long, whatever is played
		})
		seeds := engine.SeedCases(role.Peer())
		cases := seeds
		if !*update {
			subjects, cases = sample(subjects), seeds[:100]
		}
		finds := map[string]int{} // by the id of the case
		early := 0
		var mu sync.Mutex
		workers.Each(t.Context(), len(subjects), hunters, func(i int) {
			found, err := firstToFind(t.Context(), &subjects[i], cases)
			if err != nil {
				t.Errorf("%v: %v", subjects[i], err)
				return
			}
			mu.Lock()
			defer mu.Unlock()
			if found != "" {
				finds[found]++
			}
			if slices.ContainsFunc(seeds[:100], func(cs *catalogue.Case) bool { return cs.ID == found }) {
				early++
			}
		})
		if early < len(subjects)*2/3 {
			t.Errorf("the first 100 seeds find %d of %d mutants of the %v: go test ./internal/mutation -run TestFirstSeeds -update may do better", early, len(subjects), role)
		}
		first := slices.DeleteFunc(slices.Clone(seeds), func(cs *catalogue.Case) bool { return finds[cs.ID] == 0 })
		worth := func(cs *catalogue.Case) float64 {
			steps, octets := gen.Cost(&cs.Script)
			return float64(finds[cs.ID]) / (1 + float64(steps)/64 + float64(octets)/(64<<10))
		}
		slices.SortStableFunc(first, func(a, b *catalogue.Case) int { return cmp.Compare(worth(b), worth(a)) })
		for _, cs := range first {
			fmt.Fprintln(&made, role, cs.ID)
		}
	}
	if *update {
		if err := os.WriteFile(firstSeedsFile, []byte(made.String()), 0o666); err != nil {
			t.Fatal(err)
		}
	}
}

// firstToFind returns the id of the first case in which a subject breaks a binding
// clause, or would if it were known to do nothing more; "" for none.
func firstToFind(ctx context.Context, s *Subject, cases []*catalogue.Case) (string, error) {
	p, err := engine.NewPlayer(ctx, s.Endpoint(), nil)
	if unreachable := (*engine.UnreachableError)(nil); errors.As(err, &unreachable) {
		return "", nil // no run begins with it
	}
	if err != nil {
		return "", err
	}
	defer p.Close()
	for _, cs := range cases {
		r, owed, _, err := p.PlayFast(ctx, cs)
		if err != nil {
			return "", err
		}
		if r.RFC.Outcome == oracle.Violation || len(owed) > 0 {
			return cs.ID, nil
		}
	}
	return "", nil
}
