package engine

import (
	"testing"

	"github.com/wscheck/wscheck/gen"
	"github.com/wscheck/wscheck/oracle"
	"github.com/wscheck/wscheck/wsproto"
)

// TestSeedCases demands short scripts of the role, those that find mutants first, and one of
// each clause that has any before there is a third one of many.
func TestSeedCases(t *testing.T) {
	for _, role := range []wsproto.Role{wsproto.Client, wsproto.Server} {
		seeds := SeedCases(role)
		clauses := map[oracle.ClauseID]int{}
		for i, cs := range seeds {
			if steps, octets := gen.Cost(&cs.Script); cs.Script.Role != role || octets > firstSize*maxSeedOctets || steps > firstSize*maxSeed {
				t.Errorf("%s: %v with %d steps and %d octets", cs.ID, cs.Script.Role, steps, octets)
			}
			if len(cs.Clauses) > 0 {
				if _, known := clauses[cs.Clauses[0]]; !known {
					clauses[cs.Clauses[0]] = i
				}
			}
		}
		first := firstSeeds(role.Peer())
		if len(first) == 0 || len(seeds) <= len(first) || len(clauses) == 0 {
			t.Fatalf("%v: %d seeds, %d of them first, for %d clauses", role, len(seeds), len(first), len(clauses))
		}
		for i, id := range first {
			if seeds[i].ID != id {
				t.Fatalf("%v: seed %d is %s, want %s: go test ./internal/mutation -run TestFirstSeeds -update makes firstseeds.txt anew", role, i, seeds[i].ID, id)
			}
		}
		for id, at := range clauses {
			if at > len(first)+3*len(clauses) {
				t.Errorf("%v: the first seed of %s is number %d, and there are %d clauses", role, id, at, len(clauses))
			}
		}
	}
}

// TestLongCases demands that what is left of the cases is played as well, what blocks the
// peer's writes first and what waits last, and nothing twice but what waits longer than a seed may.
func TestLongCases(t *testing.T) {
	// late says how far back a script stands.
	late := func(s *oracle.Script) int {
		switch longest, _ := waitsOf(s); {
		case stalls(s):
			return 0
		case longest <= fastWait:
			return 1
		}
		return 2
	}
	for _, role := range []wsproto.Role{wsproto.Client, wsproto.Server} {
		played, whole := map[string]bool{}, map[string]bool{}
		for _, cs := range SeedCases(role) {
			longest, _ := waitsOf(&cs.Script)
			played[cs.ID], whole[cs.ID] = true, longest <= fastWait
		}
		long := LongCases(role)
		for i, cs := range long {
			if _, waits := waitsOf(&cs.Script); whole[cs.ID] || waits > maxLongWait || cs.Script.Role != role {
				t.Errorf("%v: %s, which waits for %v, is a seed: %v", role, cs.ID, waits, whole[cs.ID])
			}
			if i > 0 && late(&long[i-1].Script) > late(&cs.Script) {
				t.Errorf("%v: %s stands after %s", role, cs.ID, long[i-1].ID)
			}
			played[cs.ID], whole[cs.ID] = true, true
		}
		if len(long) == 0 || late(&long[0].Script) != 0 || late(&long[len(long)-1].Script) != 2 {
			t.Errorf("%v: none of %d long cases blocks the peer's writes, or none waits", role, len(long))
		}
		for _, cs := range IdleCases(role) {
			if _, waits := waitsOf(&cs.Script); played[cs.ID] || waits <= maxLongWait || waits > maxIdle || cs.Script.Role != role {
				t.Errorf("%v: %s, which waits for %v, is idle, and played otherwise: %v", role, cs.ID, waits, played[cs.ID])
			}
			played[cs.ID], whole[cs.ID] = true, true
		}
		all, err := AllCases(role)
		if err != nil {
			t.Fatal(err)
		}
		for _, cs := range all {
			if _, waits := waitsOf(&cs.Script); !whole[cs.ID] && !cs.Alone && cs.ServerDeflate == nil && waits <= maxIdle {
				t.Errorf("%v: %s is never played whole", role, cs.ID)
			}
		}
	}
}
