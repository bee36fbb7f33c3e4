package mutation

import (
	"testing"

	"github.com/wscheck/wscheck/harness/catalogue"
	"github.com/wscheck/wscheck/harness/report"
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
	subjects := Subjects()
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
