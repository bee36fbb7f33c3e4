package mutation

import (
	"slices"
	"testing"

	"github.com/wscheck/wscheck/corpus"
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
		if !oracle.Lookup(judgedAs(c.ID)).Visible() {
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

// TestCorpusKills plays the corpus with every mutant: for each clause and role
// that has mutants, an entry finds one of them out and names the clause.
func TestCorpusKills(t *testing.T) {
	if testing.Short() {
		t.Skip("every mutant: not run with -short")
	}
	m, err := Run(t.Context(), &Config{Sources: []Source{corpusSource()}})
	if err != nil {
		t.Fatal(err)
	}
	type owed struct {
		clause oracle.ClauseID
		role   wsproto.Role
	}
	named := map[owed]bool{}
	for i := range m.Rows {
		row := &m.Rows[i]
		key := owed{row.Clause, row.Role}
		named[key] = named[key] || row.Named(m.Columns)
	}
	for key, ok := range named {
		if !ok {
			t.Errorf("no entry finds out a %v that breaks %s", key.role, key.clause)
		}
	}
}
