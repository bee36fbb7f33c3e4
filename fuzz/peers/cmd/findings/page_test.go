package main

import (
	"strings"
	"testing"

	"github.com/wscheck/wscheck/fuzz/peers"
	"github.com/wscheck/wscheck/internal/catalogue"
	"github.com/wscheck/wscheck/internal/engine"
	"github.com/wscheck/wscheck/internal/report"
	"github.com/wscheck/wscheck/oracle"
	"github.com/wscheck/wscheck/wsproto"
)

// TestPage demands that a page names clauses and cases, and neither for what is dangerous.
func TestPage(t *testing.T) {
	lib, err := peers.Find("gws")
	if err != nil {
		t.Fatal(err)
	}
	result := func(id string, clause oracle.ClauseID, outcome oracle.Outcome) *report.Result {
		return &report.Result{Case: &catalogue.Case{ID: id}, RFC: oracle.Verdict{
			Outcome: outcome, Findings: []oracle.Finding{{Clause: clause, Outcome: outcome}},
		}}
	}
	secret := result("example/secret", "wscheck/peer-panicked", oracle.Violation)
	secret.RFC.Findings = append(secret.RFC.Findings, oracle.Finding{Clause: "rfc6455/4.2.1/upgrade", Outcome: oracle.Violation})
	p := newPage(&report.Baseline{Known: []report.Known{{Agent: "Browser", Case: "6.*", Judge: report.JudgeAutobahn, Verdict: "OK, WRONG CODE", Reason: "It fails with 1002."}}})
	p.add(&lib, wsproto.Server, &engine.Report{Agents: []*report.Agent{{Results: []*report.Result{
		result("example/open", "rfc6455/4.2.1/host", oracle.Violation),
		secret,
		result("example/allowed", "rfc6455/5.2/opcode-fail", oracle.Allowed),
	}}}})
	var b strings.Builder
	if err := p.write(&b); err != nil {
		t.Fatal(err)
	}
	got := b.String()
	for _, want := range []string{"github.com/lxzan/gws", "## `rfc6455/4.2.1/host`", "**gws** as server, `example/open`. A request without Host", "## `wscheck/peer-panicked`", "**Browser**, `6.*`, OK, WRONG CODE by Autobahn. It fails"} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is not in\n%s", want, got)
		}
	}
	for _, unwanted := range []string{"example/secret", "example/allowed"} {
		if strings.Contains(got, unwanted) {
			t.Errorf("%q is in\n%s", unwanted, got)
		}
	}
}

// TestPageTellsApart demands a line for each of two deviations that show by the same clause.
func TestPageTellsApart(t *testing.T) {
	lib, err := peers.Find("gws+deflate")
	if err != nil {
		t.Fatal(err)
	}
	var results []*report.Result
	for _, id := range []string{"rfc7692/7.2.1/final-middle-fixed", "rfc7692/7.2.1/window-past-pong"} {
		results = append(results, &report.Result{Case: &catalogue.Case{ID: id}, RFC: oracle.Verdict{
			Outcome: oracle.Violation, Findings: []oracle.Finding{{Clause: "wscheck/echo-content", Outcome: oracle.Violation}},
		}})
	}
	p := newPage(&report.Baseline{})
	p.add(&lib, wsproto.Server, &engine.Report{Agents: []*report.Agent{{Results: results}}})
	var b strings.Builder
	if err := p.write(&b); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"`rfc7692/7.2.1/final-middle-fixed`. What follows a final", "`rfc7692/7.2.1/window-past-pong`. With context takeover"} {
		if got := b.String(); !strings.Contains(got, "- **gws+deflate** as server, "+want) {
			t.Errorf("%q is not in\n%s", want, got)
		}
	}
}

func TestCaseList(t *testing.T) {
	for _, c := range []struct {
		cases []string
		want  string
	}{
		{[]string{"a"}, "`a`"},
		{[]string{"a", "b", "c"}, "`a`, `b`, `c`"},
		{[]string{"a", "b", "c", "d", "e"}, "`a`, `b`, `c` and 2 more"},
	} {
		if got := caseList(c.cases); got != c.want {
			t.Errorf("got %s, want %s", got, c.want)
		}
	}
}
