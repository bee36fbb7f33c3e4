package page

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/wscheck/wscheck/internal/catalogue"
	"github.com/wscheck/wscheck/internal/report"
	"github.com/wscheck/wscheck/internal/report/reporttest"
	"github.com/wscheck/wscheck/oracle"
	"github.com/wscheck/wscheck/wsproto"
)

// sparse is a report of many agents with one result each, of all cases.
func sparse(agents int) *report.Report {
	all := catalogue.For(wsproto.Server)
	r := &report.Report{Role: wsproto.Server, Judge: report.JudgeRFC, Started: reporttest.FabricatedStart, Cases: all}
	for i := range agents {
		c := all[i%7]
		r.Agents = append(r.Agents, &report.Agent{Name: fmt.Sprintf("agent %d", i), Results: []*report.Result{{
			Case: c, Trace: &oracle.Trace{}, RFC: oracle.Verdict{Outcome: oracle.Pass},
		}}})
	}
	return r
}

// TestIndexGrowsWithResults holds the index to what was played, not to agents by
// cases, and to a bound.
func TestIndexGrowsWithResults(t *testing.T) {
	size := func(r *report.Report) int {
		var b bytes.Buffer
		if err := WriteIndex(&b, r, report.NewLayout(r)); err != nil {
			t.Fatal(err)
		}
		return b.Len()
	}
	one, many, crowd := size(sparse(1)), size(sparse(256)), size(sparse(8000))
	if one > 64<<10 {
		t.Errorf("one result of %d cases takes %d octets", len(catalogue.For(wsproto.Server)), one)
	}
	if many > one+256<<10 {
		t.Errorf("255 more agents with one result each take %d octets, with one it is %d", many-one, one)
	}
	if crowd > one+1<<20 {
		t.Errorf("8,000 agents take %d octets, with one it is %d", crowd, one)
	}
}

// TestColumns gives the agents with most results a column, and lists the others
// with a link to what they did.
func TestColumns(t *testing.T) {
	r := sparse(maxColumns + 10)
	honest := r.Agents[len(r.Agents)-1]
	for _, c := range r.Cases[:20] {
		honest.Results = append(honest.Results, &report.Result{Case: c, Trace: &oracle.Trace{}})
	}
	p := newIndexPage(r, report.NewLayout(r), report.AllCases(r))
	if len(p.Agents) != maxColumns || p.Agents[0].Name != honest.Name {
		t.Errorf("%d columns, the first is %s", len(p.Agents), p.Agents[0].Name)
	}
	if len(p.More) != 10 || p.More[0].Href != "agent_63_case_1_1_1.html" || p.MoreNote == "" {
		t.Errorf("%d others: %+v, %q", len(p.More), p.More[0], p.MoreNote)
	}
	told := 0
	for _, section := range p.Drawn.Sections {
		if told += section.notRun; section.notRun > 0 && !strings.HasSuffix(section.NotRun, "not run") {
			t.Errorf("%s: %d cases were not run, and it says %q", section.Name, section.notRun, section.NotRun)
		}
		for _, sub := range section.Subs {
			told += len(sub.Cases)
		}
	}
	if told != len(r.Cases) {
		t.Errorf("the table has %d cases of %d", told, len(r.Cases))
	}
	for i := range p.Drawn.Agents {
		if n := len(cellsOf(&p.Drawn, &p.Drawn.Agents[i])); n != 20 {
			t.Errorf("%s has %d cells", p.Drawn.Agents[i].Name, n)
		}
	}
}
