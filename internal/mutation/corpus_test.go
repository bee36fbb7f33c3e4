package mutation

import (
	"slices"
	"strings"
	"testing"

	"github.com/wscheck/wscheck/corpus"
	"github.com/wscheck/wscheck/internal/catalogue"
	"github.com/wscheck/wscheck/oracle"
	"github.com/wscheck/wscheck/wsproto"
)

// beyondEntries are the clauses that one conversation cannot show being broken, and
// why.
var beyondEntries = map[oracle.ClauseID]string{
	"wscheck/peer-toiled": "work for much is held against that for less",
	"wscheck/peer-kept":   "memory is what is left of many connections",
	"wscheck/peer-mixed":  "octets come from another connection",

	"rfc6455/4.1/key-random": "the key came on another connection before",
}

// TestEveryClauseHasAnEntry wants an entry of the corpus for each clause that the
// other endpoint can see being broken, also for those that are judged under the
// id of another.
func TestEveryClauseHasAnEntry(t *testing.T) {
	entries, err := corpus.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	for c := range oracle.Clauses() {
		if _, excused := unprovoked[c.ID]; !oracle.Lookup(judgedAs(c.ID)).Visible() || c.Over() != oracle.HTTP1 ||
			excused && strings.HasPrefix(string(c.ID), "wscheck/") {
			continue
		}
		if !slices.ContainsFunc(entries, func(e *corpus.Entry) bool { return slices.Contains(e.Rules, c.ID) }) {
			if beyondEntries[c.ID] == "" {
				t.Errorf("no entry for %s: %s", c.ID, c.Text)
			}
		} else if why := beyondEntries[c.ID]; why != "" {
			t.Errorf("an entry for %s, though %s", c.ID, why)
		}
	}
}

// judgedAs is the clause at which one is judged.
func judgedAs(id oracle.ClauseID) oracle.ClauseID {
	for oracle.Lookup(id).SameAs != "" {
		id = oracle.Lookup(id).SameAs
	}
	return id
}

// TestCorpusKills plays the entries about each clause with its mutants: in each
// role, an entry finds one of them out and names the clause.
func TestCorpusKills(t *testing.T) {
	type owed struct {
		clause oracle.ClauseID
		role   wsproto.Role
	}
	mutants := map[owed][]Subject{}
	for _, s := range Subjects() {
		if beyondEntries[s.Clause] != "" {
			continue
		}
		key := owed{s.Clause, s.Role}
		mutants[key] = append(mutants[key], s)
	}
	sources := Sources()
	all := sources[slices.IndexFunc(sources, func(s Source) bool { return s.Name == "corpus" })]
	for key, subjects := range mutants {
		about := all
		about.Cases = func(ours wsproto.Role) []*catalogue.Case {
			return slices.DeleteFunc(all.Cases(ours), func(c *catalogue.Case) bool { return !slices.Contains(c.Clauses, key.clause) })
		}
		m, err := Run(t.Context(), &Config{Subjects: subjects, Sources: []Source{about}})
		if err != nil {
			t.Fatal(err)
		}
		if !slices.ContainsFunc(m.Rows, func(row Row) bool { return row.Named(m.Columns) }) {
			t.Errorf("no entry finds out a %v that breaks %s", key.role, key.clause)
		}
	}
}
