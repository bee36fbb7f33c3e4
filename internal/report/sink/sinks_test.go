package sink

import (
	"encoding/xml"
	"strings"
	"testing"

	"github.com/wscheck/wscheck/internal/catalogue"
	"github.com/wscheck/wscheck/internal/report"
	"github.com/wscheck/wscheck/internal/report/reporttest"
	"github.com/wscheck/wscheck/oracle"
	"github.com/wscheck/wscheck/wsproto"
)

func TestJUnit(t *testing.T) {
	var b strings.Builder
	if err := WriteJUnit(&b, reporttest.Mixed()); err != nil {
		t.Fatal(err)
	}
	reporttest.Golden(t, "junit.xml", []byte(b.String()))
	var suites junitSuites
	if err := xml.Unmarshal([]byte(b.String()), &suites); err != nil {
		t.Fatal(err)
	}
	if suites.Tests != 18 || suites.Failures != 2 || suites.Errors != 4 || suites.Skipped != 9 {
		t.Errorf("%d tests, %d failures, %d errors, %d skipped", suites.Tests, suites.Failures, suites.Errors, suites.Skipped)
	}
}

func TestMarkdown(t *testing.T) {
	var b strings.Builder
	if err := WriteMarkdown(&b, reporttest.Mixed()); err != nil {
		t.Fatal(err)
	}
	reporttest.Golden(t, "summary.md", []byte(b.String()))
	if strings.Contains(b.String(), "<script") || strings.Contains(b.String(), "@user") {
		t.Error("markup of the peer got through")
	}
}

func TestMarkdownIsBounded(t *testing.T) {
	r := &report.Report{Agents: []*report.Agent{{Name: "bad"}}}
	for range 3 * markdownRows {
		c := &catalogue.Case{ID: "rfc6455/" + strings.Repeat("x", len(r.Cases)+1)}
		r.Cases = append(r.Cases, c)
		r.Agents[0].Results = append(r.Agents[0].Results, &report.Result{Case: c, RFC: oracle.Verdict{Outcome: oracle.Violation}})
	}
	var b strings.Builder
	if err := WriteMarkdown(&b, r); err != nil {
		t.Fatal(err)
	}
	if got := strings.Count(b.String(), "| ✗ Violation |"); got != markdownRows {
		t.Errorf("%d rows", got)
	}
	if !strings.Contains(b.String(), "And 400 more cases") {
		t.Error("it does not tell of the others")
	}
}

// TestJUnitGrowsWithResults holds JUnit's form to what was played, not to agents by
// cases.
func TestJUnitGrowsWithResults(t *testing.T) {
	r := &report.Report{Cases: catalogue.For(wsproto.Client)}
	for i := range 256 {
		r.Agents = append(r.Agents, &report.Agent{Name: "a", Results: []*report.Result{{Case: r.Cases[i]}}})
	}
	var b strings.Builder
	if err := WriteJUnit(&b, r); err != nil {
		t.Fatal(err)
	}
	if b.Len() > 1<<20 {
		t.Errorf("JUnit's form has %d octets", b.Len())
	}
}
