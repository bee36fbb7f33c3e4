package mutation

import (
	"slices"
	"testing"

	"github.com/wscheck/wscheck/internal/catalogue"
	"github.com/wscheck/wscheck/oracle"
	"github.com/wscheck/wscheck/wsproto"
)

// TestLongMessages holds messages of several megaoctets against mutants that
// spoil them: the RFCs' verdict finds every one, and none of the endpoint that
// spoils nothing.
func TestLongMessages(t *testing.T) {
	var p player
	ids := []string{"autobahn/9.1.4", "autobahn/9.2.4", "autobahn/9.3.6", "autobahn/9.5.3"}
	if testing.Short() {
		ids = ids[:1]
	}
	for _, role := range []wsproto.Role{wsproto.Client, wsproto.Server} {
		for _, cs := range catalogue.For(role.Peer()) {
			if !slices.Contains(ids, cs.ID) {
				continue
			}
			for _, name := range []string{"", "echo-flipped-bit", "echo-truncated", "echo-trailing"} {
				o := baseOptions()
				o.Mutant = name
				r, err := p.play(Endpoint(role, o), cs)
				if err != nil {
					t.Fatal(err)
				}
				wrong := name != ""
				found := slices.ContainsFunc(r.RFC.Findings, func(f oracle.Finding) bool { return f.Clause == "wscheck/echo-content" })
				if found != wrong || r.RFC.Outcome == oracle.Violation != wrong {
					t.Errorf("%s with the %v %q: %+v", cs.ID, role, name, r.RFC)
				}
			}
		}
	}
}
