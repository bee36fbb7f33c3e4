package oracle

import (
	"cmp"
	"slices"
)

// ByGravity returns the findings with the gravest first, so that what has room
// for one shows the one that decided. Findings of one outcome stay in the order
// of the conversation. The result is a copy.
func (v *Verdict) ByGravity() []Finding {
	findings := slices.Clone(v.Findings)
	slices.SortStableFunc(findings, func(a, b Finding) int { return cmp.Compare(b.Outcome, a.Outcome) })
	return findings
}

// Phrase is what comes before the clause where a finding is shown: "violation of",
// "allowed, by".
func (f *Finding) Phrase() string {
	if f.Outcome == Violation {
		return "violation of"
	}
	return f.Outcome.String() + ", by"
}
