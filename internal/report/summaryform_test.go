package report_test

import (
	"regexp"
	"testing"

	"github.com/wscheck/wscheck/internal/catalogue"
	"github.com/wscheck/wscheck/internal/report"
	"github.com/wscheck/wscheck/internal/report/reporttest"
)

func TestSummaryGolden(t *testing.T) {
	reporttest.Golden(t, "summary.txt", []byte(reporttest.Summary(t, reporttest.Mixed(), false)))
	r := reporttest.Mixed()
	r.Judge = report.JudgeAutobahn
	reporttest.Golden(t, "summary-autobahn.txt", []byte(reporttest.Summary(t, r, false)))
}

func TestSummaryColorsAddNothingElse(t *testing.T) {
	colored := reporttest.Summary(t, reporttest.Mixed(), true)
	colored = regexp.MustCompile("\x1b\\[[0-9;]+m").ReplaceAllString(colored, "")
	if plain := reporttest.Summary(t, reporttest.Mixed(), false); colored != plain {
		t.Errorf("got\n%s\nwant\n%s", colored, plain)
	}
}

func TestSummaryIsSafeForTerminals(t *testing.T) {
	for i, c := range reporttest.Summary(t, reporttest.Mixed(), false) {
		if c != '\n' && (c < ' ' || c == 0x7f || c == '\u202e') {
			t.Fatalf("%U at %d", c, i)
		}
	}
}

func TestSummaryOfCleanRun(t *testing.T) {
	c := &catalogue.Case{ID: "rfc6455/a"}
	r := &report.Report{Cases: []*catalogue.Case{c}, Agents: []*report.Agent{{Name: "good", Results: []*report.Result{{Case: c}}}}}
	if got, want := reporttest.Summary(t, r, false), "good\nPASS  1 of 1 pass\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
