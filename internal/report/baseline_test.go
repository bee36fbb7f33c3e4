package report_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/wscheck/wscheck/internal/autobahn"
	"github.com/wscheck/wscheck/internal/catalogue"
	"github.com/wscheck/wscheck/internal/report"
	"github.com/wscheck/wscheck/internal/report/reporttest"
	"github.com/wscheck/wscheck/internal/report/sink"
	"github.com/wscheck/wscheck/oracle"
	"github.com/wscheck/wscheck/wsproto"
)

// ran makes a report of one agent: by case, the clauses that it violates.
func ran(violated map[string][]oracle.ClauseID) *report.Report {
	r := &report.Report{Role: wsproto.Client, Judge: report.JudgeRFC, Agents: []*report.Agent{{Name: "a"}}}
	for _, id := range []string{"autobahn/2.1", "autobahn/2.10", "rfc6455/5.5/x"} {
		clauses, there := violated[id]
		if !there {
			continue
		}
		c := &catalogue.Case{ID: id}
		result := &report.Result{Case: c}
		for _, clause := range clauses {
			result.RFC.Outcome = oracle.Violation
			result.RFC.Findings = append(result.RFC.Findings, oracle.Finding{Clause: clause, Outcome: oracle.Violation})
		}
		r.Cases = append(r.Cases, c)
		r.Agents[0].Results = append(r.Agents[0].Results, result)
	}
	return r
}

func texts(known []report.Known) []string {
	var s []string
	for i := range known {
		s = append(s, known[i].String())
	}
	return s
}

func TestBaselineApply(t *testing.T) {
	type clauses = []oracle.ClauseID
	entry := func(id string, of ...oracle.ClauseID) report.Known {
		return report.Known{Agent: "a", Case: id, Judge: report.JudgeRFC, Verdict: "violation", Clauses: of, Reason: "so it is"}
	}
	for _, tt := range []struct {
		name      string
		known     []report.Known
		violated  map[string]clauses
		new, gone []string
		excused   int
	}{
		{"new", nil, map[string]clauses{"autobahn/2.1": {"x/2", "x/1", "x/2"}}, []string{"a, autobahn/2.1: violation of x/1, x/2"}, nil, 0},
		{"known", []report.Known{entry("autobahn/2.1", "x/1", "x/2")}, map[string]clauses{"autobahn/2.1": {"x/1", "x/2"}}, nil, nil, 1},
		{"known by two entries", []report.Known{entry("autobahn/2.1", "x/1"), entry("2.1", "x/2")}, map[string]clauses{"autobahn/2.1": {"x/1", "x/2"}}, nil, nil, 1},
		{"another clause", []report.Known{entry("autobahn/2.1", "x/1")}, map[string]clauses{"autobahn/2.1": {"x/1", "x/3"}}, []string{"a, autobahn/2.1: violation of x/1, x/3"}, nil, 0},
		{"any clause", []report.Known{entry("autobahn/2.1")}, map[string]clauses{"autobahn/2.1": {"x/1", "x/3"}}, nil, nil, 1},
		{"clauses by pattern", []report.Known{entry("autobahn/2.1", "x/*")}, map[string]clauses{"autobahn/2.1": {"x/1", "x/3"}}, nil, nil, 1},
		{"a clause is gone", []report.Known{entry("autobahn/2.1", "x/1", "x/2")}, map[string]clauses{"autobahn/2.1": {"x/1"}}, nil, []string{"a, autobahn/2.1: violation of x/2"}, 1},
		{"gone", []report.Known{entry("autobahn/2.1", "x/1")}, map[string]clauses{"autobahn/2.1": nil}, nil, []string{"a, autobahn/2.1: violation of x/1"}, 0},
		{"not run: not gone", []report.Known{entry("autobahn/2.1", "x/1")}, map[string]clauses{"autobahn/2.10": nil}, nil, nil, 0},
		{"another agent: not gone", []report.Known{{Agent: "b", Case: "*", Judge: report.JudgeRFC, Verdict: "*"}}, map[string]clauses{"autobahn/2.1": nil}, nil, nil, 0},
		{"another judge", []report.Known{{Agent: "a", Case: "*", Judge: report.JudgeAutobahn, Verdict: "*"}}, map[string]clauses{"autobahn/2.1": {"x"}}, []string{"a, autobahn/2.1: violation of x"}, nil, 0},
		{"another verdict", []report.Known{{Agent: "a", Case: "autobahn/2.1", Judge: report.JudgeRFC, Verdict: "inconclusive"}}, map[string]clauses{"autobahn/2.1": {"x"}}, []string{"a, autobahn/2.1: violation of x"}, []string{"a, autobahn/2.1: inconclusive"}, 0},
		{"wildcards", []report.Known{{Agent: "*", Case: "2.*", Judge: report.JudgeRFC, Verdict: "*"}}, map[string]clauses{"autobahn/2.1": {"x"}, "autobahn/2.10": {"y"}, "rfc6455/5.5/x": {"z"}}, []string{"a, rfc6455/5.5/x: violation of z"}, nil, 2},
		{"a part of a pattern ran: not gone", []report.Known{{Agent: "*", Case: "2.*", Judge: report.JudgeRFC, Verdict: "*"}}, map[string]clauses{"autobahn/2.1": nil}, nil, nil, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := ran(tt.violated)
			c, err := (&report.Baseline{Known: tt.known}).Apply(r)
			if err != nil {
				t.Fatal(err)
			}
			if got := texts(c.New); !slices.Equal(got, tt.new) {
				t.Errorf("new: %q, want %q", got, tt.new)
			}
			if got := texts(c.Gone); !slices.Equal(got, tt.gone) {
				t.Errorf("gone: %q, want %q", got, tt.gone)
			}
			if c.Excused != tt.excused || r.Count(r.Agents[0]).Known != tt.excused {
				t.Errorf("%d excused, %+v", c.Excused, r.Count(r.Agents[0]))
			}
			if got, want := r.Failed(), len(tt.new) > 0; got != want {
				t.Errorf("fails: %t, want %t", got, want)
			}
		})
	}
}

// TestBaselineReason has the first finding of a result decide whose reason it shows.
func TestBaselineReason(t *testing.T) {
	b := &report.Baseline{Known: []report.Known{
		{Agent: "a", Case: "*", Judge: report.JudgeRFC, Verdict: "violation", Clauses: []oracle.ClauseID{"x/2"}, Reason: "two"},
		{Agent: "a", Case: "*", Judge: report.JudgeRFC, Verdict: "violation", Clauses: []oracle.ClauseID{"x/1"}, Reason: "one"},
	}}
	r := ran(map[string][]oracle.ClauseID{"autobahn/2.1": {"x/1", "x/2"}, "autobahn/2.10": {"x/2", "x/1"}})
	if _, err := b.Apply(r); err != nil {
		t.Fatal(err)
	}
	for i, want := range []string{"one", "two"} {
		if got := r.Agents[0].Results[i].Known; got == nil || got.Reason != want {
			t.Errorf("%s: got %+v, want the reason %q", r.Agents[0].Results[i].Case.ID, got, want)
		}
	}
}

func TestBaselineByAutobahn(t *testing.T) {
	c := &catalogue.Case{ID: "autobahn/7.1.1", Number: 1}
	own := &catalogue.Case{ID: "rfc6455/5.5/x"}
	r := &report.Report{
		Judge: report.JudgeAutobahn, Cases: []*catalogue.Case{c, own},
		Agents: []*report.Agent{{Name: "a", Results: []*report.Result{
			{Case: c, Record: &autobahn.Record{Behavior: autobahn.OK, BehaviorClose: autobahn.Unclean}},
			{Case: own, RFC: oracle.Verdict{Outcome: oracle.Inconclusive, Reason: "it ended"}},
		}}},
	}
	comparison, err := new(report.Baseline).Apply(r)
	if err != nil {
		t.Fatal(err)
	}
	want := []report.Known{
		{Agent: "a", Case: "autobahn/7.1.1", Judge: report.JudgeAutobahn, Verdict: "OK, UNCLEAN"},
		{Agent: "a", Case: "rfc6455/5.5/x", Judge: report.JudgeRFC, Verdict: "inconclusive"},
	}
	if got := fmt.Sprint(comparison.New); got != fmt.Sprint(want) {
		t.Errorf("got %v, want %v", got, want)
	}
	known := &report.Baseline{Known: []report.Known{{Agent: "a", Case: "7.*", Judge: report.JudgeAutobahn, Verdict: "OK, *"}, want[1]}}
	if comparison, err = known.Apply(r); err != nil || len(comparison.New)+len(comparison.Gone) != 0 || comparison.Excused != 2 {
		t.Errorf("%+v, %v", comparison, err)
	}
}

// A process that died fails a run until a baseline knows of it, with
// and without a case that shows it.
func TestBaselineOfDeaths(t *testing.T) {
	for _, during := range []string{"", "signal: killed"} {
		r := ran(map[string][]oracle.ClauseID{"autobahn/2.1": nil})
		r.Agents[0].Deaths, r.Agents[0].Results[0].Died = 2, during
		if !r.Failed() {
			t.Errorf("died during a case %q: it does not fail", during)
		}
		b := new(report.Baseline)
		if _, err := b.Update(r); err != nil {
			t.Fatal(err)
		}
		if r.Failed() || len(b.Known) != 1 || b.Known[0].Verdict != "died" {
			t.Errorf("died during a case %q: fails: %t, %v", during, r.Failed(), texts(b.Known))
		}
		if c, err := b.Apply(r); err != nil || len(c.New)+len(c.Gone) != 0 || r.Failed() {
			t.Errorf("died during a case %q: %+v, %v", during, c, err)
		}
	}
}

func TestBaselineUpdate(t *testing.T) {
	old := &report.Baseline{Known: []report.Known{
		{Agent: "a", Case: "autobahn/2.1", Judge: report.JudgeRFC, Verdict: "violation", Clauses: []oracle.ClauseID{"x/1", "x/2"}, Reason: "stays, without x/2"},
		{Agent: "a", Case: "autobahn/2.10", Judge: report.JudgeRFC, Verdict: "inconclusive", Reason: "changes"},
		{Agent: "a", Case: "autobahn/3.1", Judge: report.JudgeRFC, Verdict: "violation", Reason: "did not run"},
		{Agent: "b", Case: "autobahn/2.1", Judge: report.JudgeRFC, Verdict: "violation", Reason: "another agent"},
		{Agent: "a", Case: "autobahn/2.1", Judge: report.JudgeAutobahn, Verdict: "FAILED, OK", Reason: "another judge"},
	}}
	r := ran(map[string][]oracle.ClauseID{"autobahn/2.1": {"x/1"}, "autobahn/2.10": {"x/3"}, "rfc6455/5.5/x": {"x/4"}})
	c, err := old.Update(r)
	if err != nil {
		t.Fatal(err)
	}
	if len(c.New) != 2 || len(c.Gone) != 2 || r.Failed() {
		t.Errorf("new %q, gone %q, fails: %t", texts(c.New), texts(c.Gone), r.Failed())
	}
	reporttest.Golden(t, "baseline.json", old.Format())

	// It is stable, and what it says holds.
	file := filepath.Join(t.TempDir(), "baseline.json")
	if err := os.WriteFile(file, old.Format(), 0o666); err != nil {
		t.Fatal(err)
	}
	again, err := report.LoadBaseline(file)
	if err != nil {
		t.Fatal(err)
	}
	if c, err = again.Update(r); err != nil || len(c.New)+len(c.Gone) != 0 {
		t.Errorf("again: %+v, %v", c, err)
	}
	if !bytes.Equal(again.Format(), old.Format()) {
		t.Errorf("again:\n%s", again.Format())
	}
	slices.Reverse(again.Known)
	if !bytes.Equal(again.Format(), old.Format()) {
		t.Errorf("in another order:\n%s", again.Format())
	}
}

// Entries for many cases stay as people wrote them.
func TestBaselineUpdateKeepsPatterns(t *testing.T) {
	wide := report.Known{Agent: "*", Case: "2.*", Judge: report.JudgeRFC, Verdict: "*", Reason: "all of them"}
	b := &report.Baseline{Known: []report.Known{wide}}
	if _, err := b.Update(ran(map[string][]oracle.ClauseID{"autobahn/2.1": {"x"}, "autobahn/2.10": nil})); err != nil {
		t.Fatal(err)
	}
	if got := texts(b.Known); len(got) != 1 || b.Known[0].Reason != wide.Reason {
		t.Errorf("got %q", got)
	}
}

func TestLoadBaselineErrors(t *testing.T) {
	const head = `{"format":"wscheck-baseline","version":1,"known":[`
	entry := func(fields string) string { return head + fields + "]}" }
	for _, tt := range []struct{ name, in, want string }{
		{"empty", "", "cut off"},
		{"cut", head, "cut off"},
		{"no JSON", "known: x", "invalid character"},
		{"something else", `[]`, "cannot unmarshal"},
		{"a report", `{"format":"wscheck-report","version":1}`, `format is "wscheck-report"`},
		{"newer", `{"format":"wscheck-baseline","version":2}`, "version is 2"},
		{"unknown key", entry(`{"agent":"a","cases":"x"}`), `"cases"`},
		{"no agent", entry(`{"case":"x","judge":"rfc","verdict":"*"}`), "entry 1"},
		{"no case", entry(`{"agent":"a","judge":"rfc","verdict":"*"}`), "no case"},
		{"no verdict", entry(`{"agent":"a","case":"x","judge":"rfc"}`), "no verdict"},
		{"no judge", entry(`{"agent":"a","case":"x","verdict":"*"}`), `"rfc"`},
		{"bad pattern", entry(`{"agent":"a","case":"[*","judge":"rfc","verdict":"*"}`), `"[*"`},
		{"two files", entry("") + "{}", "something follows"},
		{"large", head + strings.Repeat(" ", 16<<20), "larger than"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			name := filepath.Join(t.TempDir(), "baseline.json")
			if err := os.WriteFile(name, []byte(tt.in), 0o666); err != nil {
				t.Fatal(err)
			}
			_, err := report.LoadBaseline(name)
			if err == nil || !strings.Contains(err.Error(), tt.want) || !strings.Contains(err.Error(), name) {
				t.Errorf("got %v, want an error with %q and the name of the file", err, tt.want)
			}
		})
	}
}

// Each sink keeps known deviations, new ones and those that are gone apart.
func TestSinksShowTheBaseline(t *testing.T) {
	r := reporttest.Mixed()
	b := &report.Baseline{Known: []report.Known{
		{Agent: "evil *", Case: "rfc6455/violation", Judge: report.JudgeRFC, Verdict: "violation", Reason: "UTF-8 is <left> to the application"},
		{Agent: "evil *", Case: "rfc6455/pass", Judge: report.JudgeRFC, Verdict: "violation", Clauses: []oracle.ClauseID{"x/y"}},
	}}
	for i := range r.Agents[0].Results {
		for k := range r.Agents[0].Results[i].RFC.Findings {
			r.Agents[0].Results[i].RFC.Findings[k].Outcome = r.Agents[0].Results[i].RFC.Outcome
		}
	}
	if _, err := b.Apply(r); err != nil {
		t.Fatal(err)
	}
	reporttest.Golden(t, "baseline-summary.txt", []byte(reporttest.Summary(t, r, false)))
	var markdown, junit strings.Builder
	if err := sink.WriteMarkdown(&markdown, r); err != nil {
		t.Fatal(err)
	}
	reporttest.Golden(t, "baseline-summary.md", []byte(markdown.String()))
	if err := sink.WriteJUnit(&junit, r); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		`<skipped message="known: UTF-8 is &lt;left&gt; to the application; Violation: `,
		`<property name="baseline.gone" value="evil *, rfc6455/pass: violation of x/y">`,
	} {
		if !strings.Contains(junit.String(), want) {
			t.Errorf("JUnit lacks %s", want)
		}
	}
}
