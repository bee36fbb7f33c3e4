package mutation

import (
	"slices"
	"testing"

	"github.com/wscheck/wscheck/internal/catalogue"
	"github.com/wscheck/wscheck/internal/report"
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

// sampled tells which subjects and cases there are with -short: one in so many.
const sampled = 12

// TestCompleteness holds the suite against every mutant: the fault is found, and
// the clause is named that it breaks.
func TestCompleteness(t *testing.T) {
	subjects := slices.DeleteFunc(Subjects(), measurable)
	if testing.Short() {
		var few []Subject
		for i := 0; i < len(subjects); i += sampled {
			few = append(few, subjects[i])
		}
		subjects = few
	}
	m, err := Run(t.Context(), &Config{Subjects: subjects, Sources: []Source{everyCase()}})
	if err != nil {
		t.Fatal(err)
	}
	for i := range m.Rows {
		row := &m.Rows[i]
		switch killed, named := row.Killed(m.Columns), row.Named(m.Columns); {
		case !killed:
			t.Errorf("%s is alive: no case finds that it breaks %s: %s", row.Subject, row.Clause, row.Text)
		case !named:
			t.Errorf("%s is killed by %s: no verdict names %s: %s", row.Subject, &row.Cells[0], row.Clause, row.Text)
		}
	}
}

// measurable reports whether a fault shows in what is measured, and there alone.
func measurable(s Subject) bool {
	return s.Clause == "wscheck/peer-toiled" || s.Clause == "wscheck/peer-kept"
}

// TestMeasuredMutants holds the cases in which something is measured against the
// mutants that take too much of it, and against the conforming endpoint.
func TestMeasuredMutants(t *testing.T) {
	if testing.Short() {
		t.Skip("what is measured is long")
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
	m, err := Run(t.Context(), &Config{Subjects: subjects, Sources: []Source{about}, Jobs: 1})
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
			r, err := p.play(target(role, baseOptions()), cs)
			if err != nil {
				t.Fatal(err)
			}
			if r.RFC.Outcome != oracle.Pass || r.Measured == "" {
				t.Errorf("%s as the %v: %v, measured %q: %+v", cs.ID, role, r.RFC.Outcome, r.Measured, r.RFC.Findings)
			}
		}
	}
}

// TestConformingIsNoMutant plays what kills mutants with the endpoint that has
// no fault.
func TestConformingIsNoMutant(t *testing.T) {
	var p player
	for _, role := range []wsproto.Role{wsproto.Client, wsproto.Server} {
		peer := target(role, baseOptions())
		for i, cs := range everyCase().Cases(role.Peer()) {
			if testing.Short() && i%sampled != 0 {
				continue
			}
			r, err := p.play(peer, cs)
			if err != nil {
				t.Fatal(err)
			}
			if r.RFC.Outcome == oracle.Violation {
				t.Errorf("%s as the %v: %+v", cs.ID, role, r.RFC)
			}
			if r.Record != nil && r.Failed(report.JudgeAutobahn) {
				t.Errorf("%s as the %v: %s", cs.ID, role, r.Record.Behavior)
			}
		}
	}
}
