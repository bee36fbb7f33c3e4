package report

import (
	"encoding/xml"
	"strings"
	"testing"
	"time"

	"github.com/wscheck/wscheck/internal/autobahn"
	"github.com/wscheck/wscheck/internal/catalogue"
	"github.com/wscheck/wscheck/oracle"
	"github.com/wscheck/wscheck/wsproto"
)

// mixed is a small report with one result of each kind, and hostile text.
func mixed() *Report {
	const evil = "\x1b]0;owned\a<script>alert(1)</script>|`@user`\r\n\u202e"
	outcome := func(id string, v oracle.Verdict) *Result {
		return &Result{Case: &catalogue.Case{ID: id, Description: "Sends.", Expectation: "Echoes."}, Duration: 1500 * time.Microsecond, RFC: v}
	}
	results := []*Result{
		outcome("rfc6455/pass", oracle.Verdict{}),
		outcome("rfc6455/allowed", oracle.Verdict{Outcome: oracle.Allowed, Findings: []oracle.Finding{{Clause: "rfc6455/7.4.1/code", Want: "1007", Got: "1002"}}}),
		outcome("rfc6455/violation", oracle.Verdict{Outcome: oracle.Violation, Findings: []oracle.Finding{
			{Clause: "rfc6455/5.2/rsv", Offset: 12, Want: "a failed connection", Got: evil}, {Clause: "x", Want: "y", Got: "z"},
		}}),
		outcome("rfc6455/inconclusive", oracle.Verdict{Outcome: oracle.Inconclusive, Reason: "it ended too soon"}),
		outcome("rfc7692/unsupported", oracle.Verdict{Outcome: oracle.Unsupported, Reason: "no permessage-deflate"}),
		{
			Case: &catalogue.Case{ID: "autobahn/7.9.1", Number: 1}, Record: &autobahn.Record{
				Behavior: autobahn.OK, BehaviorClose: autobahn.WrongCode, ResultClose: "The close code should have been 1002 or empty",
				Remote: &wsproto.ClosePayload{Code: 1000, HasCode: true},
			},
		},
	}
	r := &Report{
		Started: fabricatedStart, Took: 2 * time.Second, Judge: JudgeRFC,
		Agents: []*Agent{
			{Name: "evil " + evil, URL: "ws://h/" + evil, Results: results, PeakMemory: 3 << 20, Deaths: 2},
			{Name: "gone", Unreachable: "connection refused"},
		},
		Stopped: "interrupted", Dir: "out",
	}
	for _, result := range results {
		r.Cases = append(r.Cases, result.Case)
	}
	r.Cases = append(r.Cases, &catalogue.Case{ID: "rfc6455/never"})
	return r
}

func summaryOf(t *testing.T, r *Report, color bool) string {
	t.Helper()
	var b strings.Builder
	if err := WriteSummary(&b, r, color); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestSummaryGolden(t *testing.T) {
	golden(t, "summary.txt", []byte(summaryOf(t, mixed(), false)))
	r := mixed()
	r.Judge = JudgeAutobahn
	golden(t, "summary-autobahn.txt", []byte(summaryOf(t, r, false)))
}

func TestSummaryColorsAddNothingElse(t *testing.T) {
	colored := summaryOf(t, mixed(), true)
	for _, code := range ansi {
		colored = strings.ReplaceAll(colored, "\x1b["+code+"m", "")
	}
	colored = strings.ReplaceAll(colored, "\x1b[0m", "")
	if plain := summaryOf(t, mixed(), false); colored != plain {
		t.Errorf("got\n%s\nwant\n%s", colored, plain)
	}
}

func TestSummaryIsSafeForTerminals(t *testing.T) {
	for i, c := range summaryOf(t, mixed(), false) {
		if c != '\n' && (c < ' ' || c == 0x7f || c == '\u202e') {
			t.Fatalf("%U at %d", c, i)
		}
	}
}

func TestSummaryOfCleanRun(t *testing.T) {
	c := &catalogue.Case{ID: "rfc6455/a"}
	r := &Report{Cases: []*catalogue.Case{c}, Agents: []*Agent{{Name: "good", Results: []*Result{{Case: c}}}}}
	if got, want := summaryOf(t, r, false), "good\nPASS  1 of 1 pass\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestJUnit(t *testing.T) {
	var b strings.Builder
	if err := WriteJUnit(&b, mixed()); err != nil {
		t.Fatal(err)
	}
	golden(t, "junit.xml", []byte(b.String()))
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
	if err := WriteMarkdown(&b, mixed()); err != nil {
		t.Fatal(err)
	}
	golden(t, "summary.md", []byte(b.String()))
	if strings.Contains(b.String(), "<script") || strings.Contains(b.String(), "@user") {
		t.Error("markup of the peer got through")
	}
}

func TestMarkdownIsBounded(t *testing.T) {
	r := &Report{Agents: []*Agent{{Name: "bad"}}}
	for range 3 * markdownRows {
		c := &catalogue.Case{ID: "rfc6455/" + strings.Repeat("x", len(r.Cases)+1)}
		r.Cases = append(r.Cases, c)
		r.Agents[0].Results = append(r.Agents[0].Results, &Result{Case: c, RFC: oracle.Verdict{Outcome: oracle.Violation}})
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
