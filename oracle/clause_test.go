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
			if c.Level > ShouldNot || c.Binds == 0 || c.Binds&^bindsBoth != 0 {
				t.Errorf("level %v, binds %v", c.Level, c.Binds)
			}
			if !strings.HasSuffix(c.Text, ".") || strings.Contains(c.Text, "\n") || strings.ToLower(c.Text[:1]) != c.Text[:1] {
				t.Errorf("text is not the rest of a sentence: %q", c.Text)
			}
			if want := c.conforming(); want == "" || strings.HasSuffix(want, ".") {
				t.Errorf("want %q", want)
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

// TestClauseOrder demands that the table goes by document and section, whatever the
// files in which the clauses stand.
func TestClauseOrder(t *testing.T) {
	last := ClauseID("")
	for c := range Clauses() {
		if compareIDs(last, c.ID) > 0 {
			t.Errorf("%s stands after %s", c.ID, last)
		}
		last = c.ID
	}
	if compareIDs("rfc6455/5.5.3/x", "rfc6455/11.3.1/x") > 0 || compareIDs("rfc7692/5/x", "rfc6455/11.3.1/x") < 0 {
		t.Error("sections are not compared by their numbers")
	}
}
