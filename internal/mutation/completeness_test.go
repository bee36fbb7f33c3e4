package mutation

import (
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/wscheck/wscheck/internal/catalogue"
	"github.com/wscheck/wscheck/internal/report"
	"github.com/wscheck/wscheck/internal/testseeds"
	"github.com/wscheck/wscheck/oracle"
	"github.com/wscheck/wscheck/wsproto"
)

// everyCase is the whole catalogue as one source, less what takes long.
func everyCase() Source {
	return Source{
		Name: "all", Judges: []report.Judge{report.JudgeRFC},
		Cases: casesThat(func(c *catalogue.Case) bool { return !takesLong(c) }),
	}
}

// sampled says that -short plays one subject or case of so many.
const sampled = 12

var update = flag.Bool("update", false, "look anew for the case that kills each mutant")

// killersFile names for each subject a case that names the clause which it breaks, one to
// a line, so that the test need not look for it. A subject that is not in it, or whose
// case kills it no more, is played with all cases.
const killersFile = "testdata/killers.txt"

// readKillers returns the id of a case by the name of the subject.
func readKillers(t *testing.T) map[string]string {
	text, err := os.ReadFile(killersFile)
	if err != nil {
		t.Fatal(err)
	}
	killers := make(map[string]string)
	for line := range strings.Lines(string(text)) {
		name, id, _ := strings.Cut(strings.TrimSuffix(line, "\n"), " ")
		killers[name] = id
	}
	return killers
}

// TestCompleteness holds the suite against every mutant: the fault is found, and the
// clause is named that it breaks. It stops at the first case that does; the kills by all
// sources are what wscheck mutants shows.
func TestCompleteness(t *testing.T) {
	subjects := slices.DeleteFunc(Subjects(), measurable)
	if testing.Short() && !*update {
		subjects = sample(subjects)
	}
	killers := map[string]string{}
	if !*update {
		killers = readKillers(t)
	}
	m, err := Run(t.Context(), &Config{
		Subjects: subjects, Sources: []Source{everyCase()},
		Likely: func(s *Subject) string { return killers[s.String()] }, Once: true,
	})
	if err != nil {
		t.Fatal(err)
	}
	var found strings.Builder
	played := 0
	for i := range m.Rows {
		row := &m.Rows[i]
		switch killed, named := row.Killed(m.Columns), row.Named(m.Columns); {
		case !killed:
			t.Errorf("%s is alive: no case finds that it breaks %s: %s", row.Subject, row.Clause, row.Text)
		case !named:
			t.Errorf("%s is killed by %s: no verdict names %s: %s", row.Subject, &row.Cells[0], row.Clause, row.Text)
		}
		fmt.Fprintln(&found, row.Subject, row.Cells[0].Case)
		played += row.Cells[0].Played
	}
	if *update {
		if err := os.WriteFile(killersFile, []byte(found.String()), 0o666); err != nil {
			t.Fatal(err)
		}
	} else if played > 10*len(subjects) {
		t.Errorf("%d cases were played with %d mutants: look for the cases that kill with go test ./internal/mutation -run TestCompleteness -update", played, len(subjects))
	}
}

// sample returns one subject of each dozen.
func sample(all []Subject) (few []Subject) {
	for i := 0; i < len(all); i += sampled {
		few = append(few, all[i])
	}
	return few
}

// measurable reports whether a fault shows in what is measured, and there alone.
func measurable(s Subject) bool {
	return s.Clause == "wscheck/peer-toiled" || s.Clause == "wscheck/peer-kept"
}

// TestMeasuredMutants holds the cases in which something is measured against the
// mutants that take too much of it, and against the conforming endpoint.
func TestMeasuredMutants(t *testing.T) {
	if !testseeds.All() {
		t.Skip("what is measured is long: set WSCHECK_ALL, as .ci/run does")
	}
	subjects := slices.DeleteFunc(Subjects(), func(s Subject) bool { return !measurable(s) })
	clauses := map[oracle.ClauseID]bool{}
	for _, s := range subjects {
		clauses[s.Clause] = true
	}
	if len(clauses) != 2 {
		t.Errorf("mutants of %d clauses, want 2", len(clauses))
	}
	about := Source{
		Name: "measured", Judges: []report.Judge{report.JudgeRFC},
		Cases: casesThat(func(c *catalogue.Case) bool { return c.Measure != nil }),
	}
	m, err := Run(t.Context(), &Config{Subjects: subjects, Sources: []Source{about}, Jobs: 1, Once: true})
	if err != nil {
		t.Fatal(err)
	}
	for i := range m.Rows {
		if row := &m.Rows[i]; !row.Named(m.Columns) {
			t.Errorf("%s: no verdict names %s", row.Subject, row.Clause)
		}
	}
	var p player
	for _, role := range []wsproto.Role{wsproto.Client, wsproto.Server} {
		for _, cs := range about.Cases(role.Peer()) {
			r, err := p.play(Endpoint(role, baseOptions()), cs)
			if err != nil {
				t.Fatal(err)
			}
			if !passes(r) || r.Measured == "" {
				t.Errorf("%s as the %v: %v, measured %q: %+v", cs.ID, role, r.RFC.Outcome, r.Measured, r.RFC.Findings)
			}
		}
	}
}

// passes reports whether a result is one of the conforming endpoint. There is nothing but
// long messages that it does not support: a request of ours that it refuses is one that it
// has to refuse, or the judge and it do not agree.
func passes(r *report.Result) bool {
	switch r.RFC.Outcome {
	case oracle.Pass, oracle.Allowed:
		return true
	}
	return r.RFC.Outcome == oracle.Unsupported && strings.Contains(r.RFC.Reason, wsproto.CloseTooBig.String())
}

// TestConformingIsNoMutant plays what kills mutants with the endpoint that has
// no fault: a part of it, which TestSoundness and the tests of package engine do not have.
func TestConformingIsNoMutant(t *testing.T) {
	var p player
	for _, role := range []wsproto.Role{wsproto.Client, wsproto.Server} {
		peer := Endpoint(role, baseOptions())
		for i, cs := range testseeds.Part(everyCase().Cases(role.Peer()), 1) {
			if testing.Short() && i%sampled != 0 {
				continue
			}
			r, err := p.play(peer, cs)
			if err != nil {
				t.Fatal(err)
			}
			if !passes(r) {
				t.Errorf("%s as the %v: %+v", cs.ID, role, r.RFC)
			}
			if r.Record != nil && r.Failed(report.JudgeAutobahn) {
				t.Errorf("%s as the %v: %s", cs.ID, role, r.Record.Behavior)
			}
		}
	}
}
