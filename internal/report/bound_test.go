package report

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/wscheck/wscheck/internal/catalogue"
	"github.com/wscheck/wscheck/oracle"
	"github.com/wscheck/wscheck/wsproto"
)

// TestBound has many agents with one result each come before and after one with
// several: it stays, and what is left out leaves nothing behind but a count.
func TestBound(t *testing.T) {
	r := fabricate(t, 6, 1)
	honest := r.Agents[0]
	dir := t.TempDir()
	w, err := Create(dir, headOf(r))
	if err != nil {
		t.Fatal(err)
	}
	w.Bound(4)
	junk := func(from, to int) {
		for i := from; i < to; i++ {
			if err := w.Add(fmt.Sprintf("junk %d", i), honest.Results[i%2]); err != nil {
				t.Fatal(err)
			}
		}
	}
	junk(0, 20)
	for i, result := range honest.Results {
		if err := w.Add(honest.Name, result); err != nil {
			t.Fatal(err)
		}
		junk(20+2*i, 22+2*i)
	}
	most := 20 + 2*len(honest.Results)
	junk(20, most)
	closeAll(t, w, r)

	found, err := Load(dir)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, a := range found.Agents {
		names = append(names, a.Name)
		if a.Name == honest.Name && len(a.Results) != len(honest.Results) {
			t.Errorf("%d results of %d", len(a.Results), len(honest.Results))
		}
	}
	if len(names) != 4 || !slices.Contains(names, honest.Name) {
		t.Errorf("the report has %q", names)
	}
	if found.LeftOut < 20 {
		t.Errorf("%d are said to be left out", found.LeftOut)
	}
	files := contents(t, dir)
	pages := 0
	for name := range files {
		if strings.HasSuffix(name, ".html") && strings.HasPrefix(name, "junk") {
			pages++
		}
	}
	if pages != 3 {
		t.Errorf("%d pages of those that are left out and not", pages)
	}
	for _, want := range []string{leftOutText(found.LeftOut, "server"), honest.Name} {
		if !strings.Contains(files["index.html"], want) {
			t.Errorf("the index is without %q", want)
		}
	}
	if text := summaryOf(t, found, false); !strings.Contains(text, leftOutText(found.LeftOut, "server")) {
		t.Errorf("the summary does not say that agents are left out:\n%s", text)
	}
}

// TestCompact writes a journal anew, with a run that goes on before and after.
func TestCompact(t *testing.T) {
	r := fabricate(t, 12, 2)
	dir, want := t.TempDir(), t.TempDir()
	w, err := Create(dir, headOf(r))
	if err != nil {
		t.Fatal(err)
	}
	w.still = true
	first := *r
	first.Agents = r.Agents[:1]
	for range 3 {
		addTo(t, w, &first)
	}
	if err := w.Add("gone", r.Agents[0].Results[0]); err != nil {
		t.Fatal(err)
	}
	before := w.journal.length()
	w.mu.Lock()
	if err := w.leaveOut(1); err != nil {
		t.Error(err)
	}
	w.head.LeftOut = 0
	if err := w.compact(); err != nil {
		t.Error(err)
	}
	after, live := w.journal.length(), w.live
	w.mu.Unlock()
	if after >= before/2 || after < live {
		t.Errorf("the journal had %d octets and has %d, of which %d count", before, after, live)
	}
	killed, err := Load(dir)
	if err != nil {
		t.Fatal(err)
	}
	if len(killed.Agents) != 1 || len(killed.Agents[0].Results) != len(r.Agents[0].Results) {
		t.Errorf("read again it has %d agents", len(killed.Agents))
	}
	addTo(t, w, r)
	closeAll(t, w, r)
	if err := WriteDir(want, r); err != nil {
		t.Fatal(err)
	}
	sameFiles(t, dir, want)
}

// TestJournalIsBounded plays one case again and again.
func TestJournalIsBounded(t *testing.T) {
	r := fabricate(t, 1, 1)
	w, err := Create(t.TempDir(), headOf(r))
	if err != nil {
		t.Fatal(err)
	}
	w.still, w.waste = true, 1<<20
	large := *r.Agents[0].Results[0]
	large.Died = strings.Repeat("x", clipText)
	for range 3 * w.waste / clipText {
		if err := w.Add("a", &large); err != nil {
			t.Fatal(err)
		}
	}
	if n := w.journal.length(); n > w.waste+w.waste/2 {
		t.Errorf("the journal has %d octets", n)
	}
	closeAll(t, w, r)
}

// sparse is a report of many agents with one result each, of all cases.
func sparse(agents int) *Report {
	all := catalogue.For(wsproto.Server)
	r := &Report{Role: wsproto.Server, Judge: JudgeRFC, Started: fabricatedStart, Cases: all}
	for i := range agents {
		c := all[i%7]
		r.Agents = append(r.Agents, &Agent{Name: fmt.Sprintf("agent %d", i), Results: []*Result{{
			Case: c, Trace: &oracle.Trace{}, RFC: oracle.Verdict{Outcome: oracle.Pass},
		}}})
	}
	return r
}

// TestIndexGrowsWithResults holds the index to what was played, not to agents by
// cases, and to a bound.
func TestIndexGrowsWithResults(t *testing.T) {
	size := func(r *Report) int {
		var b bytes.Buffer
		if err := renderIndex(&b, r, newLayout(r)); err != nil {
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
	var junit bytes.Buffer
	if err := WriteJUnit(&junit, sparse(256)); err != nil {
		t.Fatal(err)
	}
	if junit.Len() > 1<<20 {
		t.Errorf("JUnit's form has %d octets", junit.Len())
	}
}

// TestColumns gives the agents with most results a column, and lists the others
// with a link to what they did.
func TestColumns(t *testing.T) {
	r := sparse(maxColumns + 10)
	honest := r.Agents[len(r.Agents)-1]
	for _, c := range r.Cases[:20] {
		honest.Results = append(honest.Results, &Result{Case: c, Trace: &oracle.Trace{}})
	}
	p := newIndexPage(r, newLayout(r), allCases(r))
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
		t.Errorf("the table tells of %d cases of %d", told, len(r.Cases))
	}
	for i := range p.Drawn.Agents {
		if n := len(cellsOf(&p.Drawn, &p.Drawn.Agents[i])); n != 20 {
			t.Errorf("%s has %d cells", p.Drawn.Agents[i].Name, n)
		}
	}
}
