package gen_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/wscheck/wscheck/gen"
	"github.com/wscheck/wscheck/internal/mutation"
	"github.com/wscheck/wscheck/internal/testseeds"
	"github.com/wscheck/wscheck/oracle"
)

// TestShrinkFindings shrinks what random conversations find in a spread of
// mutants, by the clause: half of it comes down to a few steps and octets.
func TestShrinkFindings(t *testing.T) {
	if testing.Short() {
		t.Skip("long, and package engine starts the same goroutines")
	}
	const conversations, budget = 400, 400
	every := 25
	if testseeds.All() {
		every = 13
	}
	var steps, octets, calls []int
	subjects := mutation.Subjects()
	for i := 0; i < len(subjects); i += every {
		s := &subjects[i]
		if s.Name == "bloat" || s.Name == "mix-connections" || s.Name == "interleave-pongs" || s.Clause == "rfc6455/4.1/key-random" || s.Clause == "rfc6455/5.3/key-predictable" || strings.HasSuffix(s.Name, "-when-blocked") {
			continue // which do not do the same twice
		}
		peer := mutant(s.Role, s)
		finding, clause := firstFinding(t, s, conversations)
		if finding == nil {
			continue
		}
		played := 0
		shrunk := gen.Shrink(finding, func(candidate *oracle.Script) bool {
			played++
			return slices.Contains(broken(play(t, peer, candidate)[0]), clause)
		}, budget)
		if played > budget {
			t.Errorf("%s: %d calls, want at most %d", s, played, budget)
		}
		if !slices.Contains(broken(play(t, peer, shrunk)[0]), clause) {
			t.Errorf("%s: the script no longer breaks %s:\n%s", s, clause, shrunk)
		}
		a, b := gen.Cost(shrunk)
		steps, octets, calls = append(steps, a), append(octets, b), append(calls, played)
		if a > 4 || b > 128 {
			t.Logf("%s by %s:\n%s\nfrom\n%s", s, clause, shrunk, finding)
		}
	}
	t.Logf("%d findings: steps %v, octets %v, calls %v", len(steps), quartiles(steps), quartiles(octets), quartiles(calls))
	if quartiles(steps)[1] > 3 || quartiles(octets)[1] > 64 {
		t.Errorf("the median finding has %d steps and %d octets, want at most 3 and 64", quartiles(steps)[1], quartiles(octets)[1])
	}
}

// firstFinding is the first of so many random conversations in which a subject
// breaks a clause, and that clause; its own, where it is among them.
func firstFinding(t *testing.T, s *mutation.Subject, conversations int) (*oracle.Script, oracle.ClauseID) {
	t.Helper()
	for at, batch := 0, 4; at < conversations; at, batch = at+batch, min(2*batch, 64) {
		scripts := scriptsOf(random(s.Role.Peer(), uint64(at), batch))
		for i, r := range play(t, mutant(s.Role, s), scripts...) {
			switch clauses := broken(r); {
			case slices.Contains(clauses, s.Clause):
				return scripts[i], s.Clause
			case len(clauses) > 0:
				return scripts[i], clauses[0]
			}
		}
	}
	return nil, ""
}

// quartiles are a quarter, half and three quarters of the way through.
func quartiles(n []int) [3]int {
	if len(n) == 0 {
		return [3]int{}
	}
	n = slices.Sorted(slices.Values(n))
	return [3]int{n[len(n)/4], n[len(n)/2], n[len(n)*3/4]}
}
