package report

import (
	"fmt"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/wscheck/wscheck/internal/catalogue"
	"github.com/wscheck/wscheck/oracle"
)

// many is a report of an agent with many groups of failures and of notes.
func many() *Report {
	r := &Report{Judge: JudgeRFC, Took: 5 * time.Second, Dir: "out"}
	agent := &Agent{Name: "a", URL: "ws://h/"}
	add := func(result *Result) {
		r.Cases = append(r.Cases, result.Case)
		agent.Results = append(agent.Results, result)
	}
	for c := range oracle.Clauses() {
		if !c.Visible() {
			continue
		}
		outcome := oracle.Allowed
		if c.Fatal() {
			outcome = oracle.Violation
		}
		for n := range 2 {
			add(judged(fmt.Sprintf("%s/%d", c.ID, n), outcome, "", c.ID))
		}
	}
	again := judged("again", oracle.Pass, "")
	again.Tries = 3
	add(again)
	add(judged("slow", oracle.Slow, "no answer within 1s"))
	r.Agents = []*Agent{agent}
	return r
}

func write(t *testing.T, style SummaryStyle, r *Report) []string {
	t.Helper()
	var b strings.Builder
	if err := style.Write(&b, r); err != nil {
		t.Fatal(err)
	}
	return strings.Split(strings.TrimSuffix(b.String(), "\n"), "\n")
}

// TestSummaryFitsTheTerminal shows a run with more than a hundred groups on one
// screen, with the verdict last.
func TestSummaryFitsTheTerminal(t *testing.T) {
	for _, size := range [][2]int{{80, 24}, {120, 40}, {80, 50}, {0, 0}} {
		lines := write(t, SummaryStyle{Width: size[0], Height: size[1], EveryFlag: "-v"}, many())
		if len(lines) > max(24, size[1]) {
			t.Errorf("%v: %d lines:\n%s", size, len(lines), strings.Join(lines, "\n"))
		}
		for _, line := range lines {
			if n := utf8.RuneCountInString(line); size[0] > 0 && n > size[0] {
				t.Errorf("%v: %d columns: %s", size, n, line)
			}
		}
		end := strings.Join(strings.Fields(strings.Join(lines, " ")), " ")
		_, end, found := strings.Cut(end, "Report: out/index.html (-v lists every case) More: wscheck report show out --clause wscheck/")
		if !found || !strings.Contains(end, " FAIL 1 of ") || !strings.HasSuffix(end, "1 played again, in 5 s") {
			t.Errorf("%v: the end is %q", size, end)
		}
	}
}

// TestSummaryOfConformingRun ends in five lines, notes included.
func TestSummaryOfConformingRun(t *testing.T) {
	r := &Report{Judge: JudgeRFC, Took: time.Second, Dir: "out"}
	agent := &Agent{Name: "a", URL: "ws://h/"}
	for i, result := range []*Result{
		judged("1", oracle.Pass, ""), judged("2", oracle.Allowed, "", "rfc6455/4.2.1/syntax"),
		judged("3", oracle.Unsupported, "the peer closed with code 1009 (message too big)"),
		judged("4", oracle.Unsupported, "the peer closed with code 1009 (message too big)"),
	} {
		result.Tries = i
		r.Cases = append(r.Cases, result.Case)
		agent.Results = append(agent.Results, result)
	}
	r.Agents = []*Agent{agent}
	got := strings.Join(write(t, SummaryStyle{Width: 80, Height: 24, EveryFlag: "-v"}, r), "\n")
	const want = `a  ws://h/
≈ rfc6455/4.2.1/syntax   1 case  noted: a malformed request is accepted
– unsupported           2 cases  closed with code 1009 (message too big)
Report: out/index.html (-v lists every case)
PASS  1 of 4 pass, 1 noted, 2 unsupported, 2 played again, in 1 s`
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// TestSummaryAsksForTheDialect advises --dialect none where a peer fails as one that is no echo
// does, and not where it is known to be none or fails otherwise.
func TestSummaryAsksForTheDialect(t *testing.T) {
	for _, tt := range []struct {
		clause  oracle.ClauseID
		dialect string
		want    bool
	}{
		{"wscheck/echo-missing", "", true},
		{"wscheck/echo-extra", "", true},
		{"wscheck/peer-mixed", "", true},
		{"wscheck/peer-mixed", "none", false},
		{"rfc6455/8.1/utf8-fail", "", false},
	} {
		result := judged("1", oracle.Violation, "", tt.clause)
		r := &Report{Judge: JudgeRFC, Cases: []*catalogue.Case{result.Case}, Agents: []*Agent{{Name: "a", Dialect: tt.dialect, Results: []*Result{result}}}}
		lines := strings.Join(write(t, SummaryStyle{Width: 80}, r), "\n")
		if got := strings.Contains(lines, NoEcho); got != tt.want {
			t.Errorf("%s, dialect %q: advice %t, want %t:\n%s", tt.clause, tt.dialect, got, tt.want, lines)
		}
	}
}

// TestSummaryLists lists cases: all, or those of a clause, whatever else they
// break.
func TestSummaryLists(t *testing.T) {
	both := judged("v/2", oracle.Violation, "", "rfc6455/5.5.2/pong", "rfc6455/8.1/utf8-fail")
	results := []*Result{judged("p/1", oracle.Pass, ""), judged("v/1", oracle.Violation, "", "rfc6455/8.1/utf8-fail"), both}
	r := &Report{Judge: JudgeRFC, Agents: []*Agent{{Name: "a", Results: results}}}
	for _, result := range results {
		r.Cases = append(r.Cases, result.Case)
	}
	for _, tt := range []struct {
		style SummaryStyle
		want  []string
	}{
		{SummaryStyle{Every: true}, []string{
			"a", "✓ p/1  Pass", "✗ v/1  Violation  rfc6455/8.1/utf8-fail: want this, got that",
			"✗ v/2  Violation  rfc6455/8.1/utf8-fail: want this, got that (and 1 more finding)", "FAIL  1 of 3 pass, 2 failed",
		}},
		{SummaryStyle{Clause: "rfc6455/5.5.2/*"}, []string{
			"a", "✗ v/2  Violation  rfc6455/5.5.2/pong: want this, got that", "FAIL  1 of 3 pass, 2 failed",
		}},
		{SummaryStyle{Clause: "rfc6455/8.1/utf8-fail"}, []string{
			"a", "✗ v/1  Violation  rfc6455/8.1/utf8-fail: want this, got that",
			"✗ v/2  Violation  rfc6455/8.1/utf8-fail: want this, got that", "FAIL  1 of 3 pass, 2 failed",
		}},
		{SummaryStyle{Clause: "rfc6455/5.2/rsv"}, []string{
			"a", "  no case is about rfc6455/5.2/rsv", "FAIL  1 of 3 pass, 2 failed",
		}},
	} {
		if got := strings.Join(write(t, tt.style, r), "\n"); got != strings.Join(tt.want, "\n") {
			t.Errorf("%+v: got\n%s\nwant\n%s", tt.style, got, strings.Join(tt.want, "\n"))
		}
	}
}

// TestSummaryVerdict ends each agent with a word.
func TestSummaryVerdict(t *testing.T) {
	c := &catalogue.Case{ID: "a"}
	pass, fail := &Result{Case: c}, &Result{Case: c, RFC: oracle.Verdict{Outcome: oracle.Violation}}
	for want, r := range map[string]*Report{
		"PASS  1 of 1 pass":                   {Agents: []*Agent{{Name: "x", Results: []*Result{pass}}}},
		"FAIL  0 of 1 pass, 1 failed":         {Agents: []*Agent{{Name: "x", Results: []*Result{fail}}}},
		"FAIL  1 of 1 pass, died 1 time":      {Agents: []*Agent{{Name: "x", Results: []*Result{pass}, Deaths: 1}}, Baseline: &Comparison{died: []string{"x"}}},
		"NOT REACHED  0 of 1 pass, 1 not run": {Agents: []*Agent{{Name: "x", Unreachable: "refused"}}},
		"INCOMPLETE  1 of 1 pass":             {Agents: []*Agent{{Name: "x", Results: []*Result{pass}}}, Stopped: "interrupted"},
		"PASS  x  1 of 1 pass":                {Agents: []*Agent{{Name: "y", Results: []*Result{fail}}, {Name: "x", Results: []*Result{pass}}}},
	} {
		r.Cases = []*catalogue.Case{c}
		if lines := write(t, SummaryStyle{}, r); lines[len(lines)-1] != want {
			t.Errorf("got %q, want %q", lines[len(lines)-1], want)
		}
	}
}

// TestLargest leaves the smallest groups out of a list that is too long, and keeps the
// order of the others.
func TestLargest(t *testing.T) {
	groups := func(sizes ...int) (list []Group) {
		for _, size := range sizes {
			list = append(list, Group{Results: make([]*Result, size)})
		}
		return list
	}
	sizes := func(list []Group) string {
		var words []string
		for i := range list {
			words = append(words, fmt.Sprint(len(list[i].Results)))
		}
		return strings.Join(words, " ")
	}
	for _, c := range []struct {
		groups     []Group
		n          int
		most, rest string
	}{
		{groups(3, 2, 1), 3, "3 2 1", ""},
		{groups(3, 2, 1, 600), 3, "3 2 600", "1"},
		{groups(2, 2, 2, 9, 2), 3, "2 2 9", "2 2"},
		{groups(1, 5, 1, 5), 1, "5", "1 1 5"},
		{nil, 2, "", ""},
	} {
		most, rest := largest(c.groups, c.n)
		if sizes(most) != c.most || sizes(rest) != c.rest {
			t.Errorf("%s, %d: %q and %q, want %q and %q", sizes(c.groups), c.n, sizes(most), sizes(rest), c.most, c.rest)
		}
	}
}

// Every line of a summary fits a terminal of 80 columns, whatever the names are, and
// the command that shows more can be pasted.
func TestSummaryFits(t *testing.T) {
	c := &catalogue.Case{ID: "rfc6455/8.1/a-case-with-a-name-that-is-long"}
	r := &Report{
		Dir: "reports/of/servers/in/a/folder/far/down", Cases: []*catalogue.Case{c}, Judge: JudgeRFC,
		Agents: []*Agent{{Name: "a server, version 1.2.3", URL: "ws://127.0.0.1:9001/a/path/that/goes/on/and/on/for/a/while", Results: []*Result{
			{Case: c, RFC: oracle.Verdict{Outcome: oracle.Violation, Findings: []oracle.Finding{{Outcome: oracle.Violation, Clause: "rfc6455/8.1/utf8-fail"}}}},
		}}},
	}
	lines := write(t, SummaryStyle{Width: 80, EveryFlag: "-v"}, r)
	for _, line := range lines {
		if utf8.RuneCountInString(line) > 80 {
			t.Errorf("%d columns: %s", utf8.RuneCountInString(line), line)
		}
	}
	if text := strings.Join(lines, "\n"); !strings.Contains(text, "far/down \\\n    --clause rfc6455/8.1/utf8-fail") {
		t.Errorf("the command is not one line to a shell:\n%s", text)
	}
}
