package engine_test

import (
	"strings"
	"testing"

	"github.com/wscheck/wscheck/internal/catalogue"
	"github.com/wscheck/wscheck/internal/engine"
	"github.com/wscheck/wscheck/internal/reference"
	"github.com/wscheck/wscheck/oracle"
	"github.com/wscheck/wscheck/wsproto"
)

// laterCases are those in which another request comes before the opening handshake.
func laterCases() (cases []*catalogue.Case) {
	for _, c := range catalogue.For(wsproto.Client) {
		if len(c.Script.Handshake.Before) > 0 {
			cases = append(cases, c)
		}
	}
	return cases
}

// TestLaterRequests has no server be called wrong that answers other requests as HTTP allows, and
// closes the connection after them or not.
func TestLaterRequests(t *testing.T) {
	for page := reference.PageCounted; page <= reference.PageNone; page++ {
		var o reference.Options
		o.Freedom.Opening.Page = page
		run, err := engine.RunBubble(t, engine.Server(serving(o)), &engine.Config{Select: laterCases()})
		if err != nil {
			t.Fatal(err)
		}
		passed := 0
		for _, r := range run.Agents[0].Results {
			switch v := r.RFC; {
			case v.Outcome == oracle.Pass:
				passed++
			case v.Outcome != oracle.Unsupported && v.Outcome != oracle.Allowed:
				t.Errorf("page %d: %s: %+v", page, r.Case.ID, v)
			}
		}
		want := 0
		if page <= reference.PageChunked {
			want = len(run.Agents[0].Results)
		}
		if passed != want {
			t.Errorf("page %d: %d cases pass, want %d of %d", page, passed, want, len(run.Agents[0].Results))
		}
	}
}

// TestLaterMutants has each fault that shows after another request alone be found.
func TestLaterMutants(t *testing.T) {
	for _, m := range reference.Mutants() {
		switch m.Name {
		case "refuse-request-second", "refuse-request-after-body", "lose-request-begun", "hang-second-request", "accept-first-key", "accept-first-protocol":
		default:
			continue
		}
		o := reference.Options{Mutant: m.Name, Subprotocols: []string{"chat"}}
		run, err := engine.RunBubble(t, engine.Server(serving(o)), &engine.Config{Select: laterCases()})
		if err != nil {
			t.Fatal(err)
		}
		var broken []string
		for _, r := range run.Agents[0].Results {
			for _, id := range r.RFC.Broken() {
				broken = append(broken, string(id))
			}
		}
		if !strings.Contains(strings.Join(broken, " "), string(m.Clause)) {
			t.Errorf("%s: broken are %v, want %s", m.Name, broken, m.Clause)
		}
	}
}
