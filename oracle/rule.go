package oracle

import (
	"fmt"
	"math/bits"
)

// rule is a visible clause as the judge names it: its position in the clause
// table. Rules are declared beside the guards that apply them.
type rule uint16

// noRule stands where no clause does.
const noRule rule = 1<<16 - 1

// ruleSet is a set of rules.
type ruleSet [8]uint64

func (s *ruleSet) add(r rule)      { s[r>>6] |= 1 << (r & 63) }
func (s *ruleSet) has(r rule) bool { return s[r>>6]&(1<<(r&63)) != 0 }

func (s *ruleSet) addAll(other *ruleSet) {
	for i := range s {
		s[i] |= other[i]
	}
}

// clauses returns the ids in the order of the table.
func (s *ruleSet) clauses() []ClauseID {
	var ids []ClauseID
	for i, word := range s {
		for ; word != 0; word &= word - 1 {
			ids = append(ids, clauseTable[i<<6+bits.TrailingZeros64(word)].ID)
		}
	}
	return ids
}

func setOf(rules ...rule) (s ruleSet) {
	for _, r := range rules {
		s.add(r)
	}
	return s
}

// judged holds the rules that the judge applies: every visible clause has to be
// among them.
var judged ruleSet

// newRule declares that the judge applies a clause. It panics where the table
// has no such clause, or has it as one that nobody can see.
func newRule(id ClauseID) rule {
	i, ok := clauseIndex[id]
	if !ok {
		panic(fmt.Sprintf("oracle: no clause %s", id))
	}
	if !clauseTable[i].Visible() {
		panic(fmt.Sprintf("oracle: clause %s is not judged under its own id", id))
	}
	if i >= 64*len(judged) {
		panic("oracle: the clause table is longer than a ruleSet can hold")
	}
	r := rule(i)
	judged.add(r)
	return r
}

func (r rule) clause() *Clause { return &clauseTable[r] }
