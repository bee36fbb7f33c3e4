package sink

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/wscheck/wscheck/internal/report"
	"github.com/wscheck/wscheck/internal/report/reporttest"
)

// TestSARIF holds what is written to the structure of SARIF 2.1.0: each result
// names a rule at its index, with a level and a message.
func TestSARIF(t *testing.T) {
	r := reporttest.Mixed()
	if _, err := (&report.Baseline{Known: []report.Known{{Agent: "*", Case: "rfc6455/inconclusive", Judge: report.JudgeRFC, Verdict: "*", Reason: "so it is"}}}).Apply(r); err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	if err := WriteSARIF(&b, r); err != nil {
		t.Fatal(err)
	}
	reporttest.Golden(t, "report.sarif", []byte(b.String()))
	var log sarifLog
	if err := json.Unmarshal([]byte(b.String()), &log); err != nil {
		t.Fatal(err)
	}
	if log.Version != "2.1.0" || len(log.Runs) != 1 {
		t.Fatalf("version %q, %d runs", log.Version, len(log.Runs))
	}
	levels := map[string]int{}
	run := log.Runs[0]
	for _, result := range run.Results {
		levels[result.Level]++
		if result.RuleIndex >= len(run.Tool.Driver.Rules) || run.Tool.Driver.Rules[result.RuleIndex].ID != result.RuleID {
			t.Errorf("rule %d is not %s", result.RuleIndex, result.RuleID)
		}
		if result.Message.Text == "" || len(result.Locations) != 1 || (result.Level == "none") != (result.Kind == "notApplicable") {
			t.Errorf("%+v", result)
		}
		if suppressed := len(result.Suppressions) > 0; suppressed != (result.RuleID == "inconclusive") {
			t.Errorf("%s: suppressed %v", result.RuleID, suppressed)
		}
	}
	// A violation, the known one, the peer's deaths, and an agent that is not there.
	if levels["error"] != 4 || levels["note"] != 1 || levels["none"] != 1 {
		t.Errorf("levels: %v", levels)
	}
}

// TestSARIFOfNothing has the arrays that have to be there.
func TestSARIFOfNothing(t *testing.T) {
	var b strings.Builder
	if err := WriteSARIF(&b, &report.Report{}); err != nil {
		t.Fatal(err)
	}
	if text := b.String(); !strings.Contains(text, `"results": []`) || !strings.Contains(text, `"rules": []`) {
		t.Errorf("got %s", text)
	}
}

// TestAnnotations escapes what would end a command of GitHub's.
func TestAnnotations(t *testing.T) {
	var b strings.Builder
	if err := WriteAnnotations(&b, reporttest.Mixed()); err != nil {
		t.Fatal(err)
	}
	reporttest.Golden(t, "annotations.txt", []byte(b.String()))
	for line := range strings.Lines(b.String()) {
		if !strings.HasPrefix(line, "::error title=") || strings.Count(line, "::") != 2 {
			t.Errorf("got %q", line)
		}
	}
}
