package engine_test

import (
	"reflect"
	"testing"

	"github.com/wscheck/wscheck/internal/catalogue"
	"github.com/wscheck/wscheck/internal/engine"
	"github.com/wscheck/wscheck/internal/report"
	"github.com/wscheck/wscheck/oracle"
)

// TestCompare has each case in one count. What was not played, or showed nothing, is not
// equal.
func TestCompare(t *testing.T) {
	const unplayed = oracle.Outcome(200)
	pairs := []struct {
		id            string
		first, second oracle.Outcome
	}{
		{"equal", oracle.Pass, oracle.Pass},
		{"both-fail", oracle.Violation, oracle.Violation},
		{"fails-over-one", oracle.Pass, oracle.Violation},
		{"ends-over-one", oracle.Pass, oracle.Inconclusive},
		{"neither-shows", oracle.Inconclusive, oracle.Inconclusive},
		{"late", oracle.Pass, oracle.Slow},
		{"not-known", oracle.Undecidable, oracle.Undecidable},
		{"second-is-gone", oracle.Pass, unplayed},
		{"first-is-gone", unplayed, oracle.Pass},
		{"both-are-gone", unplayed, unplayed},
	}
	r := &report.Report{Agents: []*report.Agent{{}, {}}}
	for _, p := range pairs {
		cs := &catalogue.Case{ID: p.id}
		r.Cases = append(r.Cases, cs)
		for i, outcome := range []oracle.Outcome{p.first, p.second} {
			if outcome != unplayed {
				r.Agents[i].Results = append(r.Agents[i].Results, &report.Result{Case: cs, RFC: oracle.Verdict{Outcome: outcome}})
			}
		}
	}
	want := engine.Parity{
		Equal: 2, Undecided: 3, Unplayed: [2]int{2, 1},
		Differ: []engine.Difference{
			{Case: "fails-over-one", First: "pass", Second: "violation", Fails: true},
			{Case: "ends-over-one", First: "pass", Second: "inconclusive"},
		},
	}
	if got := engine.Compare(r); !reflect.DeepEqual(got, want) {
		t.Errorf("%+v, want %+v", got, want)
	}
}
