package mutation

import (
	"slices"
	"testing"

	"github.com/wscheck/wscheck/corpus"
	"github.com/wscheck/wscheck/harness/catalogue"
	"github.com/wscheck/wscheck/oracle"
	"github.com/wscheck/wscheck/wsproto"
)

// TestEveryClauseHasAnEntry wants an entry of the corpus for each clause that the
// other endpoint can see being broken, also for those that are judged under the
// id of another.
func TestEveryClauseHasAnEntry(t *testing.T) {
	entries, err := corpus.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	for c := range oracle.Clauses() {
		if !oracle.Lookup(judgedAs(c.ID)).Visible() || c.Over() != oracle.HTTP1 {
			continue
		}
		if !slices.ContainsFunc(entries, func(e *corpus.Entry) bool { return slices.Contains(e.Rules, c.ID) }) {
			t.Errorf("no entry for %s: %s", c.ID, c.Text)
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
		key := owed{s.Clause, s.Role}
		mutants[key] = append(mutants[key], s)
	}
	all := corpusSource()
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
