package gen_test

import (
	"fmt"
	"hash/fnv"
	"slices"
	"testing"

	"github.com/wscheck/wscheck/internal/mutation"
	"github.com/wscheck/wscheck/internal/report"
	"github.com/wscheck/wscheck/internal/testseeds"
	"github.com/wscheck/wscheck/oracle"
)

// TestKills has random conversations find the faults of a spread of mutants,
// without any case of the catalogue, the pool, or feedback; with WSCHECK_ALL, of all of them.
// What stays takes memory or time, which is not measured here, or needs a conversation made for
// it, or another URL.
func TestKills(t *testing.T) {
	conversations, every := 4000, 17
	switch {
	case testseeds.All():
		every = 1
	case testing.Short():
		conversations, every = 1000, 40
	}
	var alive []string
	subjects := mutation.Subjects()
	var counts []int
	for i := range subjects {
		// By the name, so that a new mutant changes nothing for the others.
		name := fnv.New32a()
		fmt.Fprint(name, subjects[i].String())
		if name.Sum32()%uint32(every) != 0 {
			continue
		}
		n, dead := kill(t, &subjects[i], conversations)
		counts = append(counts, n)
		if !dead {
			alive = append(alive, subjects[i].String())
		}
	}
	median := quartiles(counts)[1]
	t.Logf("%d mutants, the median one in %d conversations; alive: %q", len(counts), median, alive)
	if len(alive) > 1+len(counts)*5/100 { // one, since they are few
		t.Errorf("%d of %d mutants are alive: %q", len(alive), len(counts), alive)
	}
	if median > 20 {
		t.Errorf("the median mutant takes %d conversations, want at most 20", median)
	}
}

// kill plays conversations with a subject until one shows its fault, and returns
// how many it took.
func kill(t *testing.T, s *mutation.Subject, conversations int) (played int, dead bool) {
	t.Helper()
	peer := mutant(s.Role, s)
	for batch := 4; played < conversations; played, batch = played+batch, min(2*batch, 64) {
		all := random(s.Role.Peer(), uint64(played), batch)
		for i, r := range play(t, peer, scriptsOf(all)...) {
			if r.RFC.Outcome == oracle.Violation || isBent(r, s.Clause) && !isBent(play(t, mutant(s.Role, nil), all[i].Script)[0], s.Clause) {
				return played + i + 1, true
			}
		}
	}
	return played, false
}

// isBent reports whether a clause is found not to be kept where that is allowed:
// as the disputed ones are.
func isBent(r *report.Result, id oracle.ClauseID) bool {
	return slices.ContainsFunc(r.RFC.Findings, func(f oracle.Finding) bool { return f.Clause == id })
}
