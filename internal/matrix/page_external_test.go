package matrix_test

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/wscheck/wscheck/internal/catalogue"
	"github.com/wscheck/wscheck/internal/matrix"
	"github.com/wscheck/wscheck/internal/report"
	"github.com/wscheck/wscheck/oracle"
	"github.com/wscheck/wscheck/wsproto"
)

func matched(pattern, text string) bool { return regexp.MustCompile(pattern).MatchString(text) }

// TestWritePage demands a row for each agent, what it gets wrong by clause, and no case for
// what may harm its users.
func TestWritePage(t *testing.T) {
	r := &report.Report{Role: wsproto.Client, Started: time.Date(2026, 11, 1, 23, 0, 0, 0, time.UTC), Judge: report.JudgeRFC}
	result := func(id string, outcome oracle.Outcome, clause oracle.ClauseID) *report.Result {
		cs := &catalogue.Case{ID: id}
		r.Cases = append(r.Cases, cs)
		v := oracle.Verdict{Outcome: outcome}
		if clause != "" {
			v.Findings = []oracle.Finding{{Clause: clause, Outcome: outcome, Want: "it", Got: "none"}}
		}
		return &report.Result{Case: cs, RFC: v, Trace: &oracle.Trace{}}
	}
	r.Agents = []*report.Agent{
		{Name: "b|<b>/1", Results: []*report.Result{
			result("rfc6455/10.4/x", oracle.Violation, "wscheck/peer-bloated"),
			result("rfc6455/5.4/x", oracle.Violation, "rfc6455/5.4/interleaved-fail"),
			result("rfc6455/5.5/x", oracle.Allowed, "rfc6455/7.1.7/close-frame"),
			result("rfc7692/7.1/x", oracle.Unsupported, ""),
			result("autobahn/1.1.1", oracle.Pass, ""),
		}},
		{Name: "a/1", Unreachable: "no\nport"},
	}
	var b strings.Builder
	if err := matrix.WritePage(&b, []*report.Report{r}, "wscheck matrix"); err != nil {
		t.Fatal(err)
	}
	got := b.String()
	for _, want := range []string{
		"```sh\nwscheck matrix\n```\n", "## Servers\n\nPlayed on 2026-11-01, 5 cases.",
		"| server | autobahn | 6455 §5 | 6455 §10 | 7692 §7 | pass | noted | not supported | failed | not played |\n",
		`| b\|\<b\>/1 | ✓ | ✗1 ≈1 | ✗1 | – | 1 | 1 | 1 | 2 | 0 |`,
		"Findings: 0 true, 0 arguable, 0 supposed, 2 open.", "- *open* `wscheck/peer-bloated`, 1 case\n", "- *open* `rfc6455/5.4/interleaved-fail`, 1 case, such as `rfc6455/5.4/x`: a message within a message is accepted.\n",
		"Noted: `rfc6455/7.1.7/close-frame` 1.\n", "It could not be tested: no port\n",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is not in\n%s", want, got)
		}
	}
	if strings.Contains(got, "rfc6455/10.4/x") || strings.Index(got, "### a/1") > strings.Index(got, "### b") {
		t.Errorf("a secret or a wrong order in\n%s", got)
	}
}

// TestNotPlayedAgain has a silence proved in one case, and not played again in others: the peer may have
// hung by then, so that they are no findings.
func TestNotPlayedAgain(t *testing.T) {
	r := &report.Report{Role: wsproto.Client, Judge: report.JudgeRFC, Agents: []*report.Agent{{Name: "a"}}}
	for i, id := range []string{"rfc6455/4.2.1/x", "rfc6455/4.2.1/y", "rfc6455/4.2.1/z"} {
		result := &report.Result{Case: &catalogue.Case{ID: id}, Tries: 3, Trace: &oracle.Trace{}}
		result.RFC.Outcome = oracle.Violation
		if i != 1 {
			result.Tries, result.Doubt, result.RFC.Outcome = 1, report.NotAgain+"as in another", oracle.Slow
		}
		result.RFC.Findings = []oracle.Finding{{Clause: "rfc6455/4.2.2/equal", Outcome: result.RFC.Outcome, Basis: oracle.Waited}}
		r.Cases = append(r.Cases, result.Case)
		r.Agents[0].Results = append(r.Agents[0].Results, result)
	}
	var page, findings strings.Builder
	if err := matrix.WritePage(&page, []*report.Report{r}, "wscheck matrix"); err != nil {
		t.Fatal(err)
	}
	if got := page.String(); !strings.Contains(got, "`rfc6455/4.2.2/equal`, 1 case, such as `rfc6455/4.2.1/y`") || !strings.Contains(got, "| ✗1 ≈2 |") {
		t.Errorf("the page is\n%s", got)
	}
	if err := matrix.WriteFindings(&findings, []*report.Report{r}, new(report.Baseline)); err != nil {
		t.Fatal(err)
	}
	if got := findings.String(); !strings.Contains(got, "**a** (1 case, such as `rfc6455/4.2.1/y`)") {
		t.Errorf("the findings are\n%s", got)
	}
}
