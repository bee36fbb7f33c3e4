package http2

import (
	"slices"
	"testing"
	"time"

	"github.com/wscheck/wscheck/internal/catalogue"
	"github.com/wscheck/wscheck/internal/engine"
	"github.com/wscheck/wscheck/internal/mutation"
	"github.com/wscheck/wscheck/internal/reference"
	"github.com/wscheck/wscheck/internal/report"
	"github.com/wscheck/wscheck/internal/testseeds"
	"github.com/wscheck/wscheck/oracle"
	"github.com/wscheck/wscheck/wsproto"
)

// covering are the cases and mutants of the package.
func covering() mutation.Covering {
	c := mutation.Covering{Cases: allCases()}
	for _, m := range Mutants() {
		c.Mutants = append(c.Mutants, reference.Mutant{Name: m.Name, Clause: m.Clause, Roles: m.Roles, Text: m.Text})
	}
	return c
}

// TestEveryClauseIsCovered wants a case and a mutant for each clause about HTTP/2.
func TestEveryClauseIsCovered(t *testing.T) {
	for _, c := range mutation.Cover(covering()) {
		if c.Over() == oracle.HTTP2 && c.Visible() && (len(c.Cases) == 0 || len(c.Mutants) == 0) {
			t.Errorf("%s: cases %q, mutants %q", c.ID, c.Cases, c.Mutants)
		}
	}
	seen := map[string]bool{}
	for _, cs := range allCases() {
		if seen[cs.ID] || cs.Script.Uncarried(oracle.HTTP2) != "" {
			t.Errorf("%s is there twice, or not carried", cs.ID)
		}
		seen[cs.ID] = true
		for _, id := range cs.Clauses {
			if oracle.Lookup(id) == nil {
				t.Errorf("%s: no clause %s", cs.ID, id)
			}
		}
	}
}

// TestMutants plays the cases with each mutant: one of them names its clause.
func TestMutants(t *testing.T) {
	for _, m := range Mutants() {
		for _, role := range m.Roles {
			t.Run(role.String()+"/"+m.Name, func(t *testing.T) {
				cases := slices.DeleteFunc(Cases(role.Peer()), func(cs *catalogue.Case) bool {
					return !slices.Contains(cs.Clauses, m.Clause)
				})
				if len(cases) == 0 {
					t.Fatalf("no case for %s", m.Clause)
				}
				ref := reference.Options{Freedom: reference.Freedom{Seed: 1}}
				r, err := engine.RunBubble(t, target(role, Options{Mutant: m.Name}, ref), &engine.Config{Carrier: Carrier, Select: cases})
				if err != nil {
					t.Fatal(err)
				}
				for _, result := range r.Agents[0].Results {
					if slices.ContainsFunc(result.RFC.Findings, func(f oracle.Finding) bool { return f.Clause == m.Clause }) {
						return
					}
				}
				t.Errorf("%s is not found: %s", m.Clause, engine.Describe(r.Agents[0].Results[0], report.JudgeRFC, ""))
			})
		}
	}
}

// TestSoundness plays the cases with endpoints that take the liberties of the RFCs:
// none is called wrong.
func TestSoundness(t *testing.T) {
	n := 200
	if testing.Short() {
		n = 50
	}
	from, to := testseeds.Range(t, n)
	cases := map[wsproto.Role][]*catalogue.Case{wsproto.Server: quick(wsproto.Client), wsproto.Client: quick(wsproto.Server)}
	failed := 0
	for seed := from; seed < to; seed++ {
		role := wsproto.Role(seed % 2)
		all := cases[role]
		some := []*catalogue.Case{all[seed*2654435761%uint64(len(all))], all[len(all)-1-int(seed*40503%uint64(min(len(all), len(Cases(role.Peer())))))]}
		ref := reference.Options{Freedom: reference.Freedoms(seed + 1), Deflate: new(reference.Deflate)}
		ref.Freedom.CloseAfter = 0
		r, err := engine.RunBubble(t, target(role, Options{Seed: seed + 1}, ref), &engine.Config{Carrier: Carrier, Select: some, Hang: time.Minute})
		if err != nil {
			t.Fatal(err)
		}
		for _, result := range r.Agents[0].Results {
			if result.RFC.Outcome == oracle.Violation {
				if failed++; failed < 4 {
					t.Errorf("seed %d, the %v: %+v\n%s", seed+1, role, drawFreedom(seed+1), engine.Describe(result, report.JudgeRFC, ""))
				}
			}
		}
	}
	if failed > 0 {
		t.Errorf("%d failed", failed)
	}
}
