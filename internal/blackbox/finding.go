package blackbox

import (
	"cmp"
	"slices"

	"github.com/wscheck/wscheck/internal/report"
	"github.com/wscheck/wscheck/oracle"
)

// Outcome is what a run found.
type Outcome struct {
	Stats

	// Findings are in the order of their clauses in the clause table.
	Findings []*Finding

	// Stopped says why the run ended before its time, "" if it did not.
	Stopped string
}

// Finding is a clause that the peer breaks, and a script that shows it.
type Finding struct {
	Clause oracle.ClauseID
	Number int // of the script in the run; -1 where it is a long case, or not known

	// Script shows it: as the run played it where it could not be made shorter.
	// Original is how the run played it. Both are nil where it is not known.
	Script, Original *oracle.Script

	// Result is of the last conversation that showed it; nil where it is not
	// known which script did.
	Result *report.Result

	// Shown is in how many of Tries the script showed it when it was played
	// again. Once is enough for it to be reproduced; less than all is flaky.
	Shown, Tries int

	// How is how the peer ended, and Suspects are the scripts that were under way or had been played shortly
	// before, where it is not known which of them it was.
	How      string
	Suspects []*oracle.Script

	// Files are what was written: a corpus entry, and an input for go test where
	// that says the same. Where there are only suspects, an entry for each.
	Files []string
}

// Reproduced reports whether the script showed it again.
func (f *Finding) Reproduced() bool { return f.Shown > 0 }

// Flaky reports whether the script shows it at times only.
func (f *Finding) Flaky() bool { return f.Shown > 0 && f.Shown < f.Tries }

func breaks(r *report.Result, id oracle.ClauseID) bool { return slices.Contains(r.RFC.Broken(), id) }

// silent reports whether a result calls a clause broken for what was not seen.
func silent(r *report.Result, id oracle.ClauseID) bool {
	return slices.ContainsFunc(r.RFC.Findings, func(f oracle.Finding) bool {
		return f.Clause == id && f.Outcome == oracle.Violation && f.Basis != oracle.Seen
	})
}

// sortFindings puts findings into the order of the clause table.
func sortFindings(findings []*Finding) {
	rank := map[oracle.ClauseID]int{}
	for c := range oracle.Clauses() {
		rank[c.ID] = len(rank)
	}
	slices.SortFunc(findings, func(a, b *Finding) int {
		return cmp.Or(cmp.Compare(rank[a.Clause], rank[b.Clause]), cmp.Compare(a.Number, b.Number))
	})
}
