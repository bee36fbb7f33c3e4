package engine

import (
	"sync"

	"github.com/wscheck/wscheck/gen"
	"github.com/wscheck/wscheck/internal/catalogue"
	"github.com/wscheck/wscheck/oracle"
	"github.com/wscheck/wscheck/wsproto"
)

// maxSeedOctets bounds the payloads of a seed of random runs.
const maxSeedOctets = 1 << 17

// seedCases are the cases that random scripts of our side in a role begin with.
var seedCases = [2]func() []*catalogue.Case{
	wsproto.Client: sync.OnceValue(func() []*catalogue.Case { return chooseSeeds(wsproto.Client) }),
	wsproto.Server: sync.OnceValue(func() []*catalogue.Case { return chooseSeeds(wsproto.Server) }),
}

// SeedCases returns the cases of the catalogue and the corpus that a source of
// random scripts begins with: those that are short. One case of each clause comes
// first, then another of each, and so on, so that any number of them from the
// first on says something of everything. They are shared and must not be changed.
func SeedCases(role wsproto.Role) []*catalogue.Case { return seedCases[role]() }

func chooseSeeds(role wsproto.Role) []*catalogue.Case {
	all, err := AllCases(role)
	if err != nil {
		return nil // the embedded corpus is damaged: its own tests say so
	}
	byClause := map[oracle.ClauseID][]*catalogue.Case{}
	clauses := []oracle.ClauseID{""} // of those that name none
	for c := range oracle.Clauses() {
		clauses = append(clauses, c.ID)
	}
	left := 0
	for _, cs := range all {
		steps, octets := gen.Cost(&cs.Script)
		if cs.Slow || cs.Alone || cs.Bulk || cs.ServerDeflate != nil || octets > maxSeedOctets || steps > maxSeed {
			continue
		}
		seed := *cs
		seed.Script.Role = role
		of := oracle.ClauseID("")
		if len(cs.Clauses) > 0 {
			of = cs.Clauses[0]
		}
		byClause[of] = append(byClause[of], &seed)
		left++
	}
	seeds := make([]*catalogue.Case, 0, left)
	for len(seeds) < left {
		for _, id := range clauses {
			if of := byClause[id]; len(of) > 0 {
				seeds, byClause[id] = append(seeds, of[0]), of[1:]
			}
		}
	}
	return seeds
}
