package oracle

import (
	"slices"
	"testing"
)

// TestByGravity puts what decides first, and changes neither the order within an
// outcome nor the verdict.
func TestByGravity(t *testing.T) {
	v := Verdict{Outcome: Violation, Findings: []Finding{
		{Clause: "should", Outcome: Allowed}, {Clause: "must", Outcome: Violation},
		{Clause: "should too", Outcome: Allowed}, {Clause: "must not", Outcome: Violation},
	}}
	before := slices.Clone(v.Findings)
	var got []string
	for _, f := range v.ByGravity() {
		got = append(got, f.Phrase()+" "+string(f.Clause))
	}
	if want := []string{"violation of must", "violation of must not", "allowed, by should", "allowed, by should too"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	if !slices.Equal(v.Findings, before) {
		t.Error("the verdict was changed")
	}
	if got := (&Verdict{}).ByGravity(); len(got) != 0 {
		t.Errorf("no findings become %v", got)
	}
}
