package mutation

import (
	"cmp"
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

// TestFirstSeeds holds the order in which random runs begin against the mutants: the first
// hundred seeds find three of four.
//
// With -update, it counts for each case the mutants that no case before it finds, adds the
// case of killersFile for those that none finds, and puts first what finds the most for its
// length. Run again, it can do better: a case that moved up finds what others found before.
func TestFirstSeeds(t *testing.T) {
	var made strings.Builder
	killers := readKillers(t)
	for _, role := range []wsproto.Role{wsproto.Server, wsproto.Client} {
		subjects := slices.DeleteFunc(Subjects(), func(s Subject) bool { return s.Role != role || measurable(s) })
		if !*update {
			subjects = sample(subjects)
		}
		seeds := engine.SeedCases(role.Peer())
		finds := map[string]int{} // by the id of the case
		early := 0
		var mu sync.Mutex
		var p player
		workers.Each(t.Context(), len(subjects), 0, func(i int) {
			s := &subjects[i]
			cases := seeds[:min(200, len(seeds))]
			if known := slices.IndexFunc(seeds, func(cs *catalogue.Case) bool { return cs.ID == killers[s.String()] }); known >= len(cases) {
				cases = append(slices.Clip(cases), seeds[known])
			}
			found, err := firstToFind(&p, s, cases)
			if err != nil {
				t.Error(err)
				return
			}
			mu.Lock()
			defer mu.Unlock()
			if found != "" {
				finds[found]++
			}
			if slices.ContainsFunc(seeds[:min(100, len(seeds))], func(cs *catalogue.Case) bool { return cs.ID == found }) {
				early++
			}
		})
		if early < len(subjects)*3/4 {
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
// clause, "" for none.
func firstToFind(p *player, s *Subject, cases []*catalogue.Case) (string, error) {
	for _, cs := range cases {
		r, err := p.play(s.Endpoint(), cs)
		if err != nil {
			return "", err
		}
		if r.RFC.Outcome == oracle.Violation {
			return cs.ID, nil
		}
	}
	return "", nil
}
