package catalogue

import (
	"slices"
	"strings"
	"testing"

	"github.com/wscheck/wscheck/oracle"
)

func TestExercised(t *testing.T) {
	for _, row := range exercised {
		for of := range strings.FieldsSeq(row.ids) {
			if !slices.ContainsFunc(Autobahn(), func(c *Case) bool {
				id := strings.TrimPrefix(c.ID, AutobahnPrefix)
				return id == of || strings.HasSuffix(of, ".") && strings.HasPrefix(id, of)
			}) {
				t.Errorf("%q is neither a case nor a section", of)
			}
		}
		for _, id := range row.clauses {
			if clause := oracle.Lookup(id); clause == nil {
				t.Errorf("%s is not a clause", id)
			} else if !clause.Visible() {
				t.Errorf("%s cannot be seen by a case: %s", id, clause.Unseen)
			}
		}
	}
	for _, c := range Autobahn() {
		if len(c.Clauses) == 0 {
			t.Errorf("%s exercises no clause", c.ID)
		}
		if slices.Contains(c.Clauses, "wscheck/echo-content") && slices.Contains(c.Clauses, "rfc6455/8.1/utf8-fail") {
			t.Errorf("%s is both to be echoed and to be refused", c.ID)
		}
	}
}
