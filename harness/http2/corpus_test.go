package http2

import (
	"slices"
	"testing"

	"github.com/wscheck/wscheck/corpus"
	"github.com/wscheck/wscheck/internal/catalogue"
	"github.com/wscheck/wscheck/internal/engine"
	"github.com/wscheck/wscheck/internal/reference"
	"github.com/wscheck/wscheck/internal/report"
	"github.com/wscheck/wscheck/oracle"
)

// TestCorpus wants an entry for each clause about HTTP/2, which the conforming endpoint
// passes, and for which a mutant falls that breaks the clause.
func TestCorpus(t *testing.T) {
	entries, err := corpus.Load(corpus.Entries)
	if err != nil {
		t.Fatal(err)
	}
	shown := map[oracle.ClauseID]bool{}
	ref := reference.Options{Freedom: reference.Freedom{Seed: 1}}
	play := func(e *corpus.Entry, o Options) *report.Result {
		config := &engine.Config{Carrier: Carrier, Select: []*catalogue.Case{engine.CorpusCase(e)}}
		r, err := engine.RunBubble(t, target(e.Role.Peer(), o, ref), config)
		if err != nil {
			t.Fatal(err)
		}
		return r.Agents[0].Results[0]
	}
	for _, e := range entries {
		if oracle.Lookup(e.Rules[0]).Over() != oracle.HTTP2 {
			continue
		}
		r := play(e, Options{})
		if r.RFC.Outcome == oracle.Violation || r.RFC.Outcome == oracle.Inconclusive {
			t.Errorf("%s: the endpoint that conforms: %v", e.Name, r.RFC)
		}
		if seen, ok := corpus.Observe(r.Trace); ok && !e.Expect.Allows(seen) {
			t.Errorf("%s: expect %v, but a conforming peer was seen to %v", e.Name, e.Expect, seen)
		}
		for _, m := range Mutants() {
			if !slices.Contains(e.Rules, m.Clause) || !slices.Contains(m.Roles, e.Role.Peer()) || shown[m.Clause] {
				continue
			}
			// Where octets of ours are unread when it ends the connection, a reset may overtake its GOAWAY.
			for range 8 {
				for _, f := range play(e, Options{Mutant: m.Name}).RFC.Findings {
					shown[m.Clause] = shown[m.Clause] || f.Clause == m.Clause
				}
				if shown[m.Clause] {
					break
				}
			}
		}
	}
	for c := range oracle.Clauses() {
		if c.Over() == oracle.HTTP2 && c.Visible() && !shown[c.ID] {
			t.Errorf("%s: no entry shows it", c.ID)
		}
	}
}
