package gen_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/wscheck/wscheck/gen"
	"github.com/wscheck/wscheck/internal/catalogue"
	"github.com/wscheck/wscheck/internal/engine"
	"github.com/wscheck/wscheck/internal/mutation"
	"github.com/wscheck/wscheck/internal/reference"
	"github.com/wscheck/wscheck/internal/report"
	"github.com/wscheck/wscheck/oracle"
	"github.com/wscheck/wscheck/wsproto"
)

// mutant makes a subject a peer under test; without one, the endpoint conforms.
func mutant(role wsproto.Role, s *mutation.Subject) engine.Target {
	if s != nil {
		return s.Endpoint()
	}
	return mutation.Endpoint(role, reference.Options{Deflate: new(reference.Deflate), Freedom: reference.Freedom{Seed: 1}})
}

// caseOf makes a case of a script.
func caseOf(s *oracle.Script) *catalogue.Case {
	return &catalogue.Case{ID: "gen", Roles: 1 << s.Role, Script: *s}
}

// play plays scripts with a peer in bubbles.
func play(tb testing.TB, peer engine.Target, scripts ...*oracle.Script) []*report.Result {
	tb.Helper()
	cases := make([]*catalogue.Case, len(scripts))
	for i, s := range scripts {
		cases[i] = caseOf(s)
		cases[i].ID = fmt.Sprintf("gen/%d", i)
	}
	r, err := engine.RunBubble(new(testing.T), peer, &engine.Config{Select: cases})
	if err != nil {
		tb.Fatal(err)
	}
	return r.Agents[0].Results
}

// random returns n conversations for our side in a role.
func random(role wsproto.Role, seed uint64, n int) []gen.Conversation {
	rng := rand.New(rand.NewPCG(seed, uint64(role)))
	all := make([]gen.Conversation, n)
	for i := range all {
		all[i] = gen.Random(rng, role)
	}
	return all
}

func scriptsOf(all []gen.Conversation) []*oracle.Script {
	scripts := make([]*oracle.Script, len(all))
	for i := range all {
		scripts[i] = all[i].Script
	}
	return scripts
}

// broken are the clauses that a result finds broken.
func broken(r *report.Result) (clauses []oracle.ClauseID) {
	for _, f := range r.RFC.Findings {
		if f.Outcome == oracle.Violation {
			clauses = append(clauses, f.Clause)
		}
	}
	slices.Sort(clauses)
	return slices.Compact(clauses)
}
