package corpus_test

import (
	"reflect"
	"testing"

	"github.com/wscheck/wscheck/corpus"
	"github.com/wscheck/wscheck/internal/catalogue"
	"github.com/wscheck/wscheck/internal/testseeds"
	"github.com/wscheck/wscheck/oracle"
)

// TestCatalogueRoundTrip holds the text forms to express every script that
// there is: those of the suite become entries, and come back the same. Long ones do where
// WSCHECK_ALL is set.
func TestCatalogueRoundTrip(t *testing.T) {
	ids := make(map[string]string)
	for _, cs := range catalogue.All() {
		if cs.Slow && !testseeds.All() {
			continue
		}
		want := &corpus.Entry{
			Name: "x", Rules: []oracle.ClauseID{"wscheck/stay"}, Role: cs.Script.Role, Script: &cs.Script,
		}
		text := want.Format()
		got, err := corpus.Parse("x.ws", text)
		if err != nil {
			t.Errorf("%s: %v", cs.ID, err)
			continue
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%s: another script comes back:\n%s\n%s", cs.ID, text, got.Script)
		}
		ids[got.ID()] = cs.ID
	}
	if len(ids) < len(catalogue.All())/2 {
		t.Errorf("%d ids for %d cases", len(ids), len(catalogue.All()))
	}
}
