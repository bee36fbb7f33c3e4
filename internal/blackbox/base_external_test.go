package blackbox_test

import (
	"path/filepath"
	"testing"

	"github.com/wscheck/wscheck/internal/blackbox"
	"github.com/wscheck/wscheck/internal/engine"
	"github.com/wscheck/wscheck/internal/reference"
	"github.com/wscheck/wscheck/oracle"
	"github.com/wscheck/wscheck/wsproto"
)

// TestBase demands that nothing is found that the base breaks with the same script, and
// that another fault is, though it breaks the same clause.
func TestBase(t *testing.T) {
	t.Parallel()
	const clause oracle.ClauseID = "wscheck/echo-content"
	for _, role := range roles {
		for _, c := range []struct {
			mutant, base string
			found        bool
		}{{"echo-truncated-125", "", true}, {"echo-truncated-125", "echo-truncated-125", false}, {"echo-uppercase", "echo-truncated-125", true}} {
			t.Run(role.String()+"/"+c.mutant+"/"+c.base, func(t *testing.T) {
				t.Parallel()
				base := func() engine.Target { return peer(role, reference.Options{Mutant: c.base}) }
				o, err := blackbox.Run(t.Context(), blackbox.Options{
					Target: peer(role, reference.Options{Mutant: c.mutant}), Base: base(),
					Seed: 1, Scripts: 250, Dir: filepath.Join(t.TempDir(), "findings"), ShrinkTries: 100,
				})
				if err != nil {
					t.Fatal(err)
				}
				found := false
				for _, f := range o.Findings {
					if !c.found || !f.Reproduced() {
						t.Errorf("%s is said to be broken by\n%v", f.Clause, f.Script)
					}
					if f.Clause == clause {
						found = true
						if replay(t, base(), &blackbox.Recording{Clauses: []oracle.ClauseID{f.Clause}, Script: f.Script}).Again() {
							t.Errorf("the base breaks %s too, by\n%v", f.Clause, f.Script)
						}
					}
				}
				if found != c.found {
					t.Errorf("%d findings, one of %s: %v", len(o.Findings), clause, found)
				}
			})
		}
	}
}

// TestBaseUnreachable demands that a base that is not there is an error.
func TestBaseUnreachable(t *testing.T) {
	t.Parallel()
	gone := engine.URL("ws+unix://"+filepath.Join(t.TempDir(), "nothing"), nil)
	if _, err := blackbox.Run(t.Context(), blackbox.Options{Target: peer(wsproto.Server, reference.Options{}), Base: gone, Scripts: 1}); err == nil {
		t.Error("a base that is not there is none")
	}
}
