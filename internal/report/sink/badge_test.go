package sink

import (
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/wscheck/wscheck/internal/report"
	"github.com/wscheck/wscheck/internal/report/reporttest"
)

// wellFormed checks that a text is XML, and has each of some texts.
func wellFormed(t *testing.T, text string, want ...string) {
	t.Helper()
	d := xml.NewDecoder(strings.NewReader(text))
	for {
		_, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatalf("%v in\n%s", err, text)
		}
	}
	for _, w := range want {
		if !strings.Contains(text, w) {
			t.Errorf("%q is missing from\n%s", w, text)
		}
	}
}

func TestBadge(t *testing.T) {
	for _, c := range []struct {
		name   string
		report *report.Report
		want   []string
	}{
		{"all pass", reporttest.Outcomes("A", map[string]string{"a/1": "", "a/2": "slow"}), []string{">2 of 2 pass<", "#2e7d32"}},
		{"one fails", reporttest.Outcomes("A", map[string]string{"a/1": "", "a/2": "x/one"}), []string{">1 of 2 pass<", "#c0392b"}},
		{"no case", reporttest.Outcomes("A", nil), []string{">no case ran<", "#9f9f9f"}},
		{"nobody", new(report.Report), []string{">not reachable<"}},
		{"not reachable", &report.Report{Agents: []*report.Agent{{Unreachable: "<refused>"}}}, []string{">not reachable<", "#9f9f9f"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			var b strings.Builder
			if err := WriteBadge(&b, c.report); err != nil {
				t.Fatal(err)
			}
			wellFormed(t, b.String(), c.want...)
		})
	}
	known := reporttest.Outcomes("A", map[string]string{"a/1": "x/one"})
	known.Agents[0].Results[0].Known = &report.Known{Reason: "because"}
	var b strings.Builder
	if err := WriteBadge(&b, known); err != nil {
		t.Fatal(err)
	}
	wellFormed(t, b.String(), ">0 of 1 pass<", "#a86400")
}

func TestHistory(t *testing.T) {
	early := reporttest.Outcomes("A", map[string]string{"a/1": "x/one", "a/2": "x/one"})
	late := reporttest.Outcomes("A", map[string]string{"a/1": "", "a/2": "x/one"})
	late.Started = late.Started.AddDate(0, 1, 0)
	var b strings.Builder
	if err := WriteHistory(&b, []*report.Report{late, early}); err != nil {
		t.Fatal(err)
	}
	wellFormed(t, b.String(), "2026-01-02: 2 of 2 cases failed", "2026-02-02: 1 of 2 cases failed", `points="48,28 464,82 "`)
	for n, reports := range [][]*report.Report{nil, {reporttest.Outcomes("A", nil)}, {early}} {
		b.Reset()
		if err := WriteHistory(&b, reports); err != nil {
			t.Error(err)
		}
		wellFormed(t, b.String(), "</svg>")
		if circles := strings.Count(b.String(), "<circle"); circles != min(n, 1) {
			t.Errorf("%d circles for %d reports", circles, len(reports))
		}
	}
}
