package report

import (
	"strings"
	"testing"

	"github.com/wscheck/wscheck/oracle"
)

// TestLooks holds the table to all outcomes, in the order of the oracle.
func TestLooks(t *testing.T) {
	for i, l := range Looks {
		if l.outcome != oracle.Outcome(i) || l.Label.Text == "" || l.Label.Tone == "" || l.behavior == "" {
			t.Errorf("row %d is %+v", i, l)
		}
	}
	if name := oracle.Outcome(len(Looks)).String(); !strings.HasPrefix(name, "Outcome(") {
		t.Errorf("%s has no row", name)
	}
}
