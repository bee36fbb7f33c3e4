package report_test

import (
	"strings"
	"testing"

	"github.com/wscheck/wscheck/internal/report"
	"github.com/wscheck/wscheck/internal/report/reporttest"
)

func TestDiff(t *testing.T) {
	before := reporttest.Outcomes("Old/1", map[string]string{"a/1": "", "a/2": "x/one", "a/3": "x/one", "a/4": "", "a/5": "", "a/6": ""})
	now := reporttest.Outcomes("New/2\x1b", map[string]string{"a/1": "x/two", "a/2": "", "a/3": "x/two", "a/4": "slow", "a/5": ""})
	var b strings.Builder
	d := report.Diff(before, now)
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
	same := report.Diff(now, now)
	if len(same.New)+len(same.Gone)+len(same.Changed)+len(same.Slow) > 0 || same.Same != 5 {
		t.Errorf("a report and itself: %+v", same)
	}
	two := reporttest.Outcomes("B", map[string]string{"a/1": "x/one"})
	two.Agents = append(two.Agents, reporttest.Outcomes("Old/1", map[string]string{"a/1": "", "a/2": "unsupported"}).Agents...)
	d = report.Diff(before, two)
	if len(d.New) != 1 || d.New[0].Agent != "B" || len(d.Gone) != 1 || d.NotRun != 4 || d.Same != 1 {
		t.Errorf("another agent: %+v", d)
	}
	gone := &report.Report{Agents: []*report.Agent{{Name: "Old/1", Unreachable: "refused"}}}
	if d = report.Diff(before, gone); len(d.New) != 1 || d.NotRun != 6 {
		t.Errorf("an agent that is not reachable: %+v", d)
	}
}
