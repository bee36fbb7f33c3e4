package oracle

import (
	"regexp"
	"strings"
	"testing"
)

var idForm = regexp.MustCompile(`^(rfc6455|rfc7692|rfc8441|rfc9113|wscheck)(/[0-9.]+)?/[a-z0-9]+(-[a-z0-9]+)*$`)

func TestClauseTable(t *testing.T) {
	seen := make(map[ClauseID]bool)
	for c := range Clauses() {
		t.Run(string(c.ID), func(t *testing.T) {
			if seen[c.ID] {
				t.Error("id stands twice")
			}
			seen[c.ID] = true
			if !idForm.MatchString(string(c.ID)) {
				t.Error("id is not document/section/words")
			}
			if got := Lookup(c.ID); got != c {
				t.Errorf("Lookup = %v", got)
			}
			if c.Level > ShouldNot || c.Binds == 0 || c.Binds&^BindsBoth != 0 {
				t.Errorf("level %v, binds %v", c.Level, c.Binds)
			}
			if c.Text == "" || !strings.HasSuffix(c.Text, ".") || strings.Contains(c.Text, "\n") {
				t.Errorf("text is not one sentence: %q", c.Text)
			}
			if c.Unseen != "" && c.SameAs != "" {
				t.Error("both unseen and the same as another")
			}
			if c.Disputed && c.Note == "" {
				t.Error("disputed without a note")
			}
			if c.SameAs == "" {
				return
			}
			other := Lookup(c.SameAs)
			if other == nil || other.SameAs != "" {
				t.Errorf("the same as %s, which is no clause of its own", c.SameAs)
			}
		})
	}
}

// TestEveryClauseIsJudged holds the judge to the table: what can be seen has a
// rule.
func TestEveryClauseIsJudged(t *testing.T) {
	for c := range Clauses() {
		if got := judged.has(rule(clauseIndex[c.ID])); got != c.Visible() {
			t.Errorf("%s: visible %v, judged %v", c.ID, c.Visible(), got)
		}
	}
}

func TestLookupUnknown(t *testing.T) {
	if c := Lookup("rfc6455/5.5/no-such-clause"); c != nil {
		t.Errorf("got %v", c)
	}
}

func TestSectionOf(t *testing.T) {
	for id, want := range map[ClauseID]string{
		"rfc6455/5.5/control-fragmented": "RFC 6455 5.5",
		"rfc7692/7.1.2.1/window-kept":    "RFC 7692 7.1.2.1",
		"wscheck/echo-content":           "wscheck",
	} {
		if got := Lookup(id).Section; got != want {
			t.Errorf("%s: got %q, want %q", id, got, want)
		}
	}
}
