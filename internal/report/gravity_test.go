package report

import (
	"strings"
	"testing"

	"github.com/wscheck/wscheck/internal/catalogue"
	"github.com/wscheck/wscheck/oracle"
)

// dropped is a result whose first finding is a SHOULD, and whose second is the
// MUST that decides.
func dropped() *Result {
	k := newTalk()
	k.event(oracle.Event{Kind: oracle.EventReceivedReset})
	result := k.result(&catalogue.Case{ID: "rfc6455/dropped"})
	result.Record = nil
	result.RFC = oracle.Verdict{Outcome: oracle.Violation, Findings: []oracle.Finding{
		{Clause: "rfc6455/7.1.7/should", Outcome: oracle.Allowed, Event: 0, Want: "a close frame", Got: "a drop"},
		{Clause: "rfc6455/5.5.2/pong", Outcome: oracle.Violation, Event: 2, Want: "a pong", Got: "none"},
	}}
	return result
}

// TestGravestFirst holds every form of a report to show what decided, not what
// came first.
func TestGravestFirst(t *testing.T) {
	result := dropped()
	r := &Report{Judge: JudgeRFC, Cases: []*catalogue.Case{result.Case}, Agents: []*Agent{{Name: "a", Results: []*Result{result}}}}
	var summary, markdown, junit strings.Builder
	for b, err := range map[*strings.Builder]error{
		&summary: SummaryStyle{Every: true}.Write(&summary, r), &markdown: WriteMarkdown(&markdown, r), &junit: WriteJUnit(&junit, r),
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
	result := dropped()
	r := &Report{Judge: JudgeRFC, Cases: []*catalogue.Case{result.Case}, Agents: []*Agent{{Name: "a", Results: []*Result{result}}}}
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

// TestLooks holds the table to all outcomes, in the order of the oracle.
func TestLooks(t *testing.T) {
	for i, l := range looks {
		if l.outcome != oracle.Outcome(i) || l.label.Text == "" || l.label.Tone == "" || l.behavior == "" {
			t.Errorf("row %d is %+v", i, l)
		}
	}
	if name := oracle.Outcome(len(looks)).String(); !strings.HasPrefix(name, "Outcome(") {
		t.Errorf("%s has no row", name)
	}
}

// TestClipKeepsTheGravest cuts a list of findings that is too long without
// losing what decided.
func TestClipKeepsTheGravest(t *testing.T) {
	result := dropped()
	allowed, violation := result.RFC.Findings[0], result.RFC.Findings[1]
	result.RFC.Findings = nil
	for range 2 * clipFindings {
		result.RFC.Findings = append(result.RFC.Findings, allowed)
	}
	result.RFC.Findings = append(result.RFC.Findings, violation)
	clipped := clipResult(result)
	if n := len(clipped.RFC.Findings); n != clipFindings || clipped.RFC.Findings[0].Outcome != oracle.Violation {
		t.Errorf("%d findings are kept, the first is %v", n, clipped.RFC.Findings[0].Outcome)
	}
}
