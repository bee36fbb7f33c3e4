package report

import (
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/wscheck/wscheck/internal/catalogue"
	"github.com/wscheck/wscheck/oracle"
)

// outcomes makes a report of one agent: the outcome of each case, and where it is a
// violation the clause.
func outcomes(name string, cases map[string]string) *Report {
	r := &Report{Judge: JudgeRFC, Started: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)}
	agent := &Agent{Name: name}
	for _, id := range []string{"a/1", "a/2", "a/3", "a/4", "a/5", "a/6"} {
		verdict, ran := cases[id]
		if !ran {
			continue
		}
		cs := &catalogue.Case{ID: id}
		r.Cases = append(r.Cases, cs)
		result := &Result{Case: cs, Agent: name}
		switch verdict {
		case "":
			result.RFC.Outcome = oracle.Pass
		case "slow":
			result.RFC.Outcome = oracle.Slow
		case "unsupported":
			result.RFC.Outcome = oracle.Unsupported
		default:
			result.RFC.Outcome = oracle.Violation
			result.RFC.Findings = []oracle.Finding{{Clause: oracle.ClauseID(verdict), Outcome: oracle.Violation}}
		}
		agent.Results = append(agent.Results, result)
	}
	r.Agents = []*Agent{agent}
	return r
}

func TestDiff(t *testing.T) {
	before := outcomes("Old/1", map[string]string{"a/1": "", "a/2": "x/one", "a/3": "x/one", "a/4": "", "a/5": "", "a/6": ""})
	now := outcomes("New/2\x1b", map[string]string{"a/1": "x/two", "a/2": "", "a/3": "x/two", "a/4": "slow", "a/5": ""})
	var b strings.Builder
	d := Diff(before, now)
	if err := d.WriteText(&b); err != nil {
		t.Fatal(err)
	}
	want := `new      New/2\x1b, a/1: violation of x/two, was pass
gone     New/2\x1b, a/2: pass, was violation of x/one
changed  New/2\x1b, a/3: violation of x/two, was violation of x/one
slow     New/2\x1b, a/4: slow, was pass
1 new, 1 gone, 1 changed, 1 slow, 1 the same, 1 not run any more, 0 added
`
	if got := b.String(); got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
	same := Diff(now, now)
	if len(same.New)+len(same.Gone)+len(same.Changed)+len(same.Slow) > 0 || same.Same != 5 {
		t.Errorf("a report and itself: %+v", same)
	}
	two := outcomes("B", map[string]string{"a/1": "x/one"})
	two.Agents = append(two.Agents, outcomes("Old/1", map[string]string{"a/1": "", "a/2": "unsupported"}).Agents...)
	d = Diff(before, two)
	if len(d.New) != 1 || d.New[0].Agent != "B" || len(d.Gone) != 1 || d.NotRun != 4 || d.Same != 1 {
		t.Errorf("another agent: %+v", d)
	}
	gone := &Report{Agents: []*Agent{{Name: "Old/1", Unreachable: "refused"}}}
	if d = Diff(before, gone); len(d.New) != 1 || d.NotRun != 6 {
		t.Errorf("an agent that is not reachable: %+v", d)
	}
}

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
		report *Report
		want   []string
	}{
		{"all pass", outcomes("A", map[string]string{"a/1": "", "a/2": "slow"}), []string{">2 of 2 pass<", "#2e7d32"}},
		{"one fails", outcomes("A", map[string]string{"a/1": "", "a/2": "x/one"}), []string{">1 of 2 pass<", "#c0392b"}},
		{"no case", outcomes("A", nil), []string{">no case ran<", "#9f9f9f"}},
		{"nobody", new(Report), []string{">not reachable<"}},
		{"not reachable", &Report{Agents: []*Agent{{Unreachable: "<refused>"}}}, []string{">not reachable<", "#9f9f9f"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			var b strings.Builder
			if err := WriteBadge(&b, c.report); err != nil {
				t.Fatal(err)
			}
			wellFormed(t, b.String(), c.want...)
		})
	}
	known := outcomes("A", map[string]string{"a/1": "x/one"})
	known.Agents[0].Results[0].Known = &Known{Reason: "because"}
	var b strings.Builder
	if err := WriteBadge(&b, known); err != nil {
		t.Fatal(err)
	}
	wellFormed(t, b.String(), ">0 of 1 pass<", "#a86400")
}

func TestHistory(t *testing.T) {
	early := outcomes("A", map[string]string{"a/1": "x/one", "a/2": "x/one"})
	late := outcomes("A", map[string]string{"a/1": "", "a/2": "x/one"})
	late.Started = late.Started.AddDate(0, 1, 0)
	var b strings.Builder
	if err := WriteHistory(&b, []*Report{late, early}); err != nil {
		t.Fatal(err)
	}
	wellFormed(t, b.String(), "2026-01-02: 2 of 2 cases failed", "2026-02-02: 1 of 2 cases failed", `points="48,28 464,82 "`)
	for n, reports := range [][]*Report{nil, {outcomes("A", nil)}, {early}} {
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
