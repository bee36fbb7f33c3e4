package engine

import (
	"testing"

	"github.com/wscheck/wscheck/gen"
	"github.com/wscheck/wscheck/oracle"
	"github.com/wscheck/wscheck/wsproto"
)

// TestSeedCases demands short scripts of the role, one of each clause that has any before
// there is a third one of many, and the case that finds the most mutants first.
func TestSeedCases(t *testing.T) {
	for _, role := range []wsproto.Role{wsproto.Client, wsproto.Server} {
		seeds := SeedCases(role)
		clauses := map[oracle.ClauseID]int{}
		for i, cs := range seeds {
			if steps, octets := gen.Cost(&cs.Script); cs.Script.Role != role || octets > killerSize*maxSeedOctets || steps > killerSize*maxSeed {
				t.Errorf("%s: %v with %d steps and %d octets", cs.ID, cs.Script.Role, steps, octets)
			}
			if len(cs.Clauses) > 0 {
				if _, known := clauses[cs.Clauses[0]]; !known {
					clauses[cs.Clauses[0]] = i
				}
			}
		}
		if len(seeds) < 500 || len(clauses) < 50 {
			t.Errorf("%v: %d seeds for %d clauses", role, len(seeds), len(clauses))
		}
		finds := killers(role.Peer())
		for id, n := range finds {
			if n > finds[seeds[0].ID] {
				t.Errorf("%v: %s finds %d mutants, and the first seed %s %d", role, id, n, seeds[0].ID, finds[seeds[0].ID])
			}
		}
		for id, first := range clauses {
			if first > 3*len(clauses) {
				t.Errorf("%v: the first seed of %s is number %d, and there are %d clauses", role, id, first, len(clauses))
			}
		}
	}
}
