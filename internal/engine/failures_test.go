package engine

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/wscheck/wscheck/internal/autobahn"
	"github.com/wscheck/wscheck/internal/catalogue"
	"github.com/wscheck/wscheck/internal/report"
	"github.com/wscheck/wscheck/oracle"
)

// TestKnownForExcuses holds the block that a test prints to account for all that
// failed, by either judge.
func TestKnownForExcuses(t *testing.T) {
	failed := []*report.Result{
		verdict("autobahn/1.1.1", "rfc6455/5.5.2/pong"), verdict("autobahn/1.1.2", "rfc6455/5.5.2/pong", "rfc6455/8.1/utf8-fail"),
		verdict("autobahn/1.1.3"),
	}
	recorded := verdict("autobahn/1.1.4", "rfc6455/5.5.2/pong")
	recorded.Record = &autobahn.Record{Behavior: autobahn.Failed, BehaviorClose: autobahn.OK, Result: "Actual events differ from any expected."}
	for judge, results := range map[report.Judge][]*report.Result{
		report.JudgeRFC: failed, report.JudgeAutobahn: append(slices.Clone(failed), recorded),
	} {
		known := knownFor(results, judge)
		for i := range known {
			known[i].Reason = "…"
		}
		d, err := newDeviations(known)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range results {
			if d.excuse(r, judge) == nil {
				t.Errorf("%s: %s is not accounted for by %v", judge, r.Case.ID, known)
			}
		}
		if err := d.stale(); err != nil {
			t.Errorf("%s: %v", judge, err)
		}
	}
}

// TestDescribeGroupsIsBounded prints no more than some cases in full, however many
// clauses are broken, and the ids of all.
func TestDescribeGroupsIsBounded(t *testing.T) {
	var failed []*report.Result
	for c := range oracle.Clauses() {
		if c.Visible() && c.Fatal() {
			failed = append(failed, &report.Result{
				Case: &catalogue.Case{ID: fmt.Sprint("x/", len(failed))}, Trace: new(oracle.Trace),
				RFC: oracle.Verdict{Outcome: oracle.Violation, Findings: []oracle.Finding{{Clause: c.ID, Outcome: oracle.Violation}}},
			})
		}
	}
	text := describeGroups(failed, report.JudgeRFC, "TestX")
	if n := strings.Count(text, "the case, x/"); n != fullGroups {
		t.Errorf("%d cases are printed in full", n)
	}
	for _, r := range failed {
		if !strings.Contains(text, string(r.RFC.Findings[0].Clause)+": "+r.Case.ID+"\n") {
			t.Errorf("%s is not in the list", r.Case.ID)
		}
	}
}
