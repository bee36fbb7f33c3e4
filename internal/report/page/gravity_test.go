package page

import (
	"strings"
	"testing"

	"github.com/wscheck/wscheck/internal/catalogue"
	"github.com/wscheck/wscheck/internal/report"
	"github.com/wscheck/wscheck/internal/report/reporttest"
	"github.com/wscheck/wscheck/internal/report/sink"
	"github.com/wscheck/wscheck/oracle"
)

// TestGravestFirst holds every form of a report to show what decided, not what
// came first.
func TestGravestFirst(t *testing.T) {
	result := reporttest.Dropped()
	r := &report.Report{Judge: report.JudgeRFC, Cases: []*catalogue.Case{result.Case}, Agents: []*report.Agent{{Name: "a", Results: []*report.Result{result}}}}
	var summary, markdown, junit strings.Builder
	for b, err := range map[*strings.Builder]error{
		&summary: report.SummaryStyle{Every: true}.Write(&summary, r), &markdown: sink.WriteMarkdown(&markdown, r), &junit: sink.WriteJUnit(&junit, r),
	} {
		if err != nil {
			t.Fatal(err)
		}
		text := strings.ReplaceAll(b.String(), `\`, "")
		if !strings.Contains(text, "rfc6455/5.5.2/pong: want") || strings.Contains(text, "rfc6455/7.1.7/should: want") {
			t.Errorf("the line shows the SHOULD:\n%s", text)
		}
	}
	page := pages(t, r)["a_case_rfc6455_dropped.html"]
	must, should := strings.Index(page, "<code>rfc6455/5.5.2/pong"), strings.Index(page, "<code>rfc6455/7.1.7/should")
	if must < 0 || should < must {
		t.Errorf("the page has the MUST at %d and the SHOULD at %d", must, should)
	}
}

// TestTonesByOutcome paints what a finding is, not what the whole case is.
func TestTonesByOutcome(t *testing.T) {
	result := reporttest.Dropped()
	r := &report.Report{Judge: report.JudgeRFC, Cases: []*catalogue.Case{result.Case}, Agents: []*report.Agent{{Name: "a", Results: []*report.Result{result}}}}
	page := pages(t, r)["a_case_rfc6455_dropped.html"]
	for _, want := range []string{
		"<div class=\"finding fail\">\n<code>rfc6455/5.5.2/pong", "<div class=\"finding note\">\n<code>rfc6455/7.1.7/should",
		`"hit":"note"`, `"hit":"fail"`,
	} {
		if !strings.Contains(page+drawn(t, page), want) {
			t.Errorf("the page is without %s", want)
		}
	}
	result.RFC = oracle.Verdict{Outcome: oracle.Allowed, Findings: result.RFC.Findings[:1]}
	page = pages(t, r)["a_case_rfc6455_dropped.html"]
	if strings.Contains(drawn(t, page), `"fail"`) || strings.Contains(page, `class="finding fail`) || strings.Contains(page, `verdict fail`) {
		t.Error("what is allowed is painted as a failure")
	}
}
