package fuzzingserver

import (
	"bufio"
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/wscheck/wscheck/internal/catalogue"
	"github.com/wscheck/wscheck/internal/engine"
	"github.com/wscheck/wscheck/internal/mutation"
	"github.com/wscheck/wscheck/internal/reference"
	"github.com/wscheck/wscheck/internal/report"
	"github.com/wscheck/wscheck/internal/testseeds"
	"github.com/wscheck/wscheck/oracle"
	"github.com/wscheck/wscheck/wsproto"
)

var update = flag.Bool("update", false, "find out anew which case kills which mutant")

// killersFile names for each mutant that is a client a case that finds its
// fault, one to a line, so that the test need not look for it.
const killersFile = "testdata/killers.txt"

// untold are the mutants that only somebody finds out who knows the URL that the
// client was given.
var untold = []string{"request-host-without-port", "request-host-without-brackets", "request-target-root", "request-target-without-query",
	"request-target-no-path", "request-target-no-path-query", "request-target-clean"}

// unseen are the mutants that take long to show: one pings every five seconds, and
// idling is cut short over a connection; two want a write to be blocked for a tenth
// of a second, by less than a peer has to keep for us. internal/mutation has them found in
// bubbles.
var unseen = []string{"leave-on-second-pong", "panic-on-second-pong", "leave-when-blocked", "tear-when-blocked"}

// inProcess are the clauses about clients that can be looked into.
var inProcess = []oracle.ClauseID{"wscheck/peer-panicked", "wscheck/peer-died", "wscheck/peer-bloated", "wscheck/peer-hung",
	"wscheck/peer-toiled", "wscheck/peer-kept", "wscheck/peer-mixed"}

// TestMutants plays with each client that breaks one clause the case that is
// known to find it: the verdict names the clause. A third of them is enough where WSCHECK_ALL is
// not set, as package mutation plays all.
func TestMutants(t *testing.T) {
	if *update {
		updateKillers(t)
	}
	killers := readKillers(t)
	mutants := slices.DeleteFunc(reference.Mutants(), func(m reference.Mutant) bool {
		return !slices.Contains(m.Roles, wsproto.Client) || slices.Contains(inProcess, m.Clause) || slices.Contains(untold, m.Name) ||
			slices.Contains(unseen, m.Name)
	})
	if mutants = testseeds.Part(mutants, 0); testing.Short() {
		mutants = sample(mutants)
	}
	inBubble(t, &Config{Config: engine.Config{Select: quickCases()}, MaxAgents: len(mutants)}, func(s *fixture) {
		sideBySide(len(mutants), 64, func(n int) {
			m := mutants[n-1]
			// Where the list is out of date, one of the cases about the clause does.
			ids := []string{killers[m.Name]}
			for _, cs := range s.Cases() {
				if slices.Contains(cs.Clauses, m.Clause) {
					ids = append(ids, cs.ID)
				}
			}
			// Once more, now that the client has shown what it does in others.
			ids = append(ids, killers[m.Name])
			if !slices.ContainsFunc(ids, func(id string) bool { return s.finds(&m, id) }) {
				t.Errorf("%s is alive, though it breaks %s: %s: no case of %q finds that", m.Name, m.Clause, m.Text, ids)
			}
		})
	})
}

// finds reports whether the verdict on a mutant in a case names the clause that
// it breaks.
func (f *fixture) finds(m *reference.Mutant, id string) bool {
	number, ok := f.listing.byName[id]
	if !ok {
		return false
	}
	o := reference.Options{Deflate: new(reference.Deflate), Freedom: reference.Freedom{Seed: 1}, Mutant: m.Name}
	if m.Subprotocols {
		o.Subprotocols = []string{"chat", "superchat"}
	}
	for range tries {
		f.run(number+1, m.Name, o)
		result := f.settled(m.Name)[id]
		if result == nil {
			f.t.Errorf("%s: there is no result of %s", m.Name, id)
			return false
		}
		if slices.ContainsFunc(result.RFC.Findings, func(f oracle.Finding) bool { return f.Clause == m.Clause }) {
			return true
		}
	}
	return false
}

// tries is how often a case is played until it finds the fault. Once is enough
// but for those that depend on what a ping of ours holds at random, or on which
// of two frames crosses the other.
const tries = 12

// sample is one in twelve.
func sample[E any](all []E) (some []E) {
	for i := 0; i < len(all); i += 12 {
		some = append(some, all[i])
	}
	return some
}

// readKillers returns the id of a case by the name of the mutant.
func readKillers(t *testing.T) map[string]string {
	f, err := os.Open(killersFile)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	killers := make(map[string]string)
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		name, id, _ := strings.Cut(lines.Text(), " ")
		killers[name] = id
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	return killers
}

// updateKillers finds the cases in bubbles, and writes them down.
func updateKillers(t *testing.T) {
	subjects, err := mutation.Select([]string{"client/*"})
	if err != nil {
		t.Fatal(err)
	}
	subjects = slices.DeleteFunc(subjects, func(s mutation.Subject) bool {
		return slices.Contains(inProcess, s.Clause) || slices.Contains(untold, s.Name)
	})
	m, err := mutation.Run(t.Context(), &mutation.Config{Subjects: subjects, Short: true, Sources: []mutation.Source{{
		Name: "quick", Judges: []report.Judge{report.JudgeRFC},
		Cases: func(wsproto.Role) []*catalogue.Case {
			// Autobahn's have long time-outs, and come last.
			cases := quickCases()
			first := slices.IndexFunc(cases, func(c *catalogue.Case) bool { return c.Autobahn == nil })
			return slices.Concat(cases[first:], cases[:first])
		},
	}}})
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for _, row := range m.Rows {
		fmt.Fprintln(&b, row.Name, row.Cells[0].Case)
	}
	if err := os.WriteFile(killersFile, []byte(b.String()), 0o666); err != nil {
		t.Fatal(err)
	}
}
