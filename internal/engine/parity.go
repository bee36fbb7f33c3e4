package engine

import (
	"slices"
	"strings"

	"github.com/wscheck/wscheck/internal/report"
	"github.com/wscheck/wscheck/oracle"
)

// Difference is a case whose verdicts over two carriers differ, with one server: one
// of the two is wrong.
type Difference struct {
	Case          string
	First, Second string // the outcome, and the clauses that are broken
	Fails         bool   // over one of them alone
}

// Differences returns the cases in which two agents of a report differ, in the order
// of the report. A case that was played with one of them alone is left out, and so
// is one that was not decided in time.
func Differences(first, second *report.Agent) (differ []Difference) {
	other := make(map[string]*report.Result, len(second.Results))
	for _, r := range second.Results {
		other[r.Case.ID] = r
	}
	for _, a := range first.Results {
		b := other[a.Case.ID]
		if b == nil || a.RFC.Outcome == oracle.Slow || b.RFC.Outcome == oracle.Slow {
			continue
		}
		ours, theirs := summaryOf(a), summaryOf(b)
		if ours == theirs {
			continue
		}
		fails := a.RFC.Outcome == oracle.Violation
		differ = append(differ, Difference{Case: a.Case.ID, First: ours, Second: theirs, Fails: fails != (b.RFC.Outcome == oracle.Violation)})
	}
	return differ
}

// summaryOf is the outcome of a result, and the clauses that it breaks.
func summaryOf(r *report.Result) string {
	ids := []string{}
	for _, id := range broken(r.RFC) {
		ids = append(ids, string(id))
	}
	if len(ids) == 0 {
		return r.RFC.Outcome.String()
	}
	slices.Sort(ids)
	return r.RFC.Outcome.String() + " of " + strings.Join(ids, ", ")
}
