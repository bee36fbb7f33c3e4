package matrix_test

import (
	"strings"
	"testing"

	"github.com/wscheck/wscheck/internal/catalogue"
	"github.com/wscheck/wscheck/internal/matrix"
	"github.com/wscheck/wscheck/internal/report"
	"github.com/wscheck/wscheck/oracle"
	"github.com/wscheck/wscheck/wsproto"
)

// TestWriteFindings demands one line for what peers get wrong for one reason, a line for each
// of two reasons, and neither case nor reason for what may harm a peer's users.
func TestWriteFindings(t *testing.T) {
	r := &report.Report{Role: wsproto.Client, Judge: report.JudgeRFC}
	result := func(id string, outcome oracle.Outcome, clause oracle.ClauseID, known string) *report.Result {
		cs := &catalogue.Case{ID: id}
		r.Cases = append(r.Cases, cs)
		var deviation *report.Known
		if known != "" {
			deviation = &report.Known{Reason: known}
		}
		return &report.Result{Case: cs, Trace: &oracle.Trace{}, Known: deviation, RFC: oracle.Verdict{
			Outcome: outcome, Findings: []oracle.Finding{{Clause: clause, Outcome: outcome, Want: "it", Got: "none"}},
		}}
	}
	const reason = "RFC 6455 4.2.1 requires the field."
	r.Agents = []*report.Agent{
		{Name: "b/1", Results: []*report.Result{
			result("example/secret", oracle.Violation, "wscheck/peer-panicked", "The secret."),
			result("example/host", oracle.Violation, "rfc6455/4.2.1/host", reason),
			result("example/bits", oracle.Violation, "rfc6455/5.2/rsv-fail", ""),
			result("example/noted", oracle.Allowed, "rfc6455/7.1.7/close-frame", ""),
		}},
		{Name: "a|/1", Results: []*report.Result{
			result("example/host-list", oracle.Violation, "rfc6455/4.2.1/host", reason),
			result("example/host-empty", oracle.Violation, "rfc6455/4.2.1/host", "An empty one: arguable."),
			result("example/lost", oracle.Violation, "wscheck/echo-content", "supposed: it is lost."),
		}},
	}
	var b strings.Builder
	err := matrix.WriteFindings(&b, []*report.Report{r}, &report.Baseline{Known: []report.Known{
		{Agent: "Browser", Case: "6.*", Judge: report.JudgeAutobahn, Verdict: "OK, WRONG CODE", Reason: "It fails with 1002."},
	}})
	if err != nil {
		t.Fatal(err)
	}
	got := b.String()
	for _, want := range []string{
		"| a\\|/1 | server | 1 | 1 | 1 |\n| b/1 | server | 2 | 0 | 1 |\n",
		"RFC 6455 4.2.1: MUST refuse a request without a Host field. Class: *takes*.\n\n" +
			"- As servers: **a\\|/1** (1 case, such as `example/host-list`), **b/1** (1 case, such as `example/host`). " + reason + "\n" +
			"- As servers: **a\\|/1** (1 case, such as `example/host-empty`). *Arguable.* An empty one: arguable.\n",
		"Class: *conduct*.\n\n- As servers: **b/1**.\n",
		"- As servers: **b/1** (1 case, such as `example/bits`). *Open.*\n",
		"Class: *alters*.\n\n- As servers: **a\\|/1** (1 case, such as `example/lost`). *Supposed.* it is lost.\n",
		"**Browser**, `6.*`, OK, WRONG CODE by Autobahn. It fails with 1002.\n",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is not in\n%s", want, got)
		}
	}
	for _, unwanted := range []string{"example/secret", "The secret", "example/noted"} {
		if strings.Contains(got, unwanted) {
			t.Errorf("%q is in\n%s", unwanted, got)
		}
	}
}
