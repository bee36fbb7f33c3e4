package page

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/wscheck/wscheck/internal/autobahn"
	"github.com/wscheck/wscheck/internal/catalogue"
	"github.com/wscheck/wscheck/internal/plural"
	"github.com/wscheck/wscheck/internal/report"
	"github.com/wscheck/wscheck/internal/visible"
)

// indexData is what the script of index.html draws: all cases of all agents, in
// few octets. Everything in it is visible text.
type indexData struct {
	Other    string        `json:"other"` // whose verdict follows the one that decides, for short
	Agents   []dataAgent   `json:"agents"`
	Sections []dataSection `json:"sections"`
	Cells    []indexCell   `json:"cells"`  // that differ
	Labels   []string      `json:"labels"` // clauses, and what else results are grouped by
}

// What a table has room for. One with more columns, or cells, is of no use to
// anybody.
const (
	maxColumns = 64
	maxCells   = 1 << 16
	maxNotRun  = 100 // cases that have a row although nobody ran them; more than that have none
)

// dataAgent is an agent that has a column.
type dataAgent struct {
	Name  string         `json:"name"`
	Clean string         `json:"clean"` // the part of file names that stands for it
	Cells []int          `json:"cells"` // of each case, into indexData.Cells; -n for n cases that did not run
	Times map[int]string `json:"times,omitempty"`
	Files map[int]string `json:"files,omitempty"` // names that are not made of Clean and the case's id
}

// dataSection is the cases of a part of the suite, by subsections.
type dataSection struct {
	ID     string    `json:"id"`
	Name   string    `json:"name"`
	NotRun string    `json:"notRun,omitempty"` // how many cases are not here, because nobody ran them
	Subs   []dataSub `json:"subs"`

	notRun int
}

type dataSub struct {
	Name  string      `json:"name,omitempty"`
	Cases [][2]string `json:"cases"` // id, and what our side does
}

// indexCell is what one case of one agent shows, but for what is measured.
type indexCell struct {
	Main   report.Label // the verdict that counts
	Close  report.Label // how the connection closed; without text there is nothing to say
	Other  report.Label // the verdict of the other judge; without text there is none
	Failed bool         // by the judge of the report
	Noted  bool         // not clean by one of the judges
	Apart  bool         // the verdicts are apart
	Labels []int        // into indexData.Labels
}

// MarshalJSON returns an array: tone and text of the three labels, marks (1 for
// failed, 2 for noted, 4 for apart), and the labels.
func (c indexCell) MarshalJSON() ([]byte, error) {
	marks := 0
	for i, on := range []bool{c.Failed, c.Noted, c.Apart} {
		if on {
			marks |= 1 << i
		}
	}
	cell := []any{c.Main.Tone, c.Main.Text, c.Close.Tone, c.Close.Text, c.Other.Tone, c.Other.Text, marks}
	for _, l := range c.Labels {
		cell = append(cell, l)
	}
	return json.Marshal(cell)
}

// cellMaker finds the cells that differ.
type cellMaker struct {
	data   *indexData
	cells  map[string]int
	labels map[string]int
}

func newIndexData(r *report.Report, l *report.Layout, columns []int, cases []*catalogue.Case) indexData {
	d := indexData{Other: "AB"}
	if r.Judge == report.JudgeAutobahn {
		d.Other = "RFC"
	}
	m := &cellMaker{data: &d, cells: map[string]int{}, labels: map[string]int{}}
	order := d.arrange(l, columns, cases)
	for _, i := range columns {
		a := dataAgent{Name: visible.Text(l.Agents[i].Name, 100), Clean: l.Agents[i].Clean, Times: map[int]string{}, Files: map[int]string{}}
		groups := map[string]string{} // by case id
		for _, g := range r.Groups(r.Agents[i]) {
			for _, result := range g.Results {
				groups[result.Case.ID] = tagOf(&g)
			}
		}
		for at, c := range order {
			result := l.Agents[i].Results[c.ID]
			if result == nil {
				if n := len(a.Cells) - 1; n >= 0 && a.Cells[n] < 0 {
					a.Cells[n]--
				} else {
					a.Cells = append(a.Cells, -1)
				}
				continue
			}
			a.Cells = append(a.Cells, m.cell(r, result, groups[c.ID]))
			if text := measured(result); text != "" {
				a.Times[at] = text
			}
			if file := l.Agents[i].Files[c.ID]; file != plainFile(a.Clean, ShownID(c)) {
				a.Files[at] = file
			}
		}
		d.Agents = append(d.Agents, a)
	}
	return d
}

// plainFile is the name of a case's files as the script makes it, "" where it
// could make another one of the id.
func plainFile(clean, id string) string {
	if strings.ContainsFunc(id, func(r rune) bool { return r >= utf8.RuneSelf }) {
		return ""
	}
	return clean + "_case_" + report.SlugOf(id)
}

// arrange puts the cases into sections, Autobahn's before the others, and returns
// those that have a row in the order of the rows.
func (d *indexData) arrange(l *report.Layout, columns []int, cases []*catalogue.Case) []*catalogue.Case {
	ran := func(c *catalogue.Case) bool {
		return slices.ContainsFunc(columns, func(i int) bool { return l.Agents[i].Results[c.ID] != nil })
	}
	notRun := map[bool]int{} // of Autobahn's cases, and of the others
	sorted := slices.Clone(cases)
	own := func(c *catalogue.Case) bool { _, theirs := report.AutobahnID(c); return !theirs }
	for _, c := range cases {
		if !ran(c) {
			notRun[own(c)]++
		}
	}
	sections := map[string]int{}
	place := map[string]int{} // of a case's section, by the case's id
	for _, ours := range []bool{false, true} {
		for _, c := range cases {
			if own(c) != ours {
				continue
			}
			g := c.Group()
			at, ok := sections[g.ID]
			if !ok {
				at = len(d.Sections)
				sections[g.ID] = at
				name := g.Name
				if !ours {
					name = strings.TrimSpace(g.ID + " " + g.Name)
				}
				d.Sections = append(d.Sections, dataSection{ID: visible.Text(g.ID, 60), Name: visible.Text(name, 100)})
			}
			place[c.ID] = at
		}
	}
	slices.SortStableFunc(sorted, func(a, b *catalogue.Case) int { return cmp.Compare(place[a.ID], place[b.ID]) })
	rows := sorted[:0]
	for _, c := range sorted {
		s := &d.Sections[place[c.ID]]
		if notRun[own(c)] > maxNotRun && !ran(c) {
			s.notRun++
			s.NotRun = plural.Of(s.notRun, "case was", "cases were") + " not run"
			continue
		}
		name := subsection(c)
		if n := len(s.Subs); n == 0 || s.Subs[n-1].Name != name {
			s.Subs = append(s.Subs, dataSub{Name: name})
		}
		sub := &s.Subs[len(s.Subs)-1]
		sub.Cases = append(sub.Cases, [2]string{ShownID(c), visible.Text(visible.Line(c.Description), 300)})
		rows = append(rows, c)
	}
	return rows
}

// subsection is the part of its section that a case belongs to, "" for none.
func subsection(c *catalogue.Case) string {
	if _, ok := report.AutobahnID(c); ok {
		_, sub := c.Sections()
		return strings.TrimSpace(sub.ID + " " + sub.Name)
	}
	document, rest, _ := strings.Cut(c.ID, "/")
	section, _, deeper := strings.Cut(rest, "/")
	if strings.HasPrefix(document, "rfc") && deeper {
		return "Section " + visible.Text(section, 40)
	}
	return ""
}

// cell returns the number of the cell that a result has; group is the label of
// its group, "" for none.
func (m *cellMaker) cell(r *report.Report, result *report.Result, group string) int {
	cell := newIndexCell(r, result)
	labels := []string{}
	if group != "" {
		labels = append(labels, group)
	}
	for i := range result.RFC.Findings {
		labels = append(labels, visible.Text(string(result.RFC.Findings[i].Clause), 200))
	}
	for _, text := range labels {
		at, ok := m.labels[text]
		if !ok {
			at = len(m.data.Labels)
			m.labels[text], m.data.Labels = at, append(m.data.Labels, text)
		}
		if !slices.Contains(cell.Labels, at) {
			cell.Labels = append(cell.Labels, at)
		}
	}
	key := fmt.Sprint(cell)
	at, ok := m.cells[key]
	if !ok {
		at = len(m.data.Cells)
		m.cells[key], m.data.Cells = at, append(m.data.Cells, cell)
	}
	return at
}

// newIndexCell returns the cell of a result, without labels.
func newIndexCell(r *report.Report, result *report.Result) indexCell {
	cell := indexCell{
		Main:   r.VerdictLabel(result),
		Failed: result.Failed(r.Judge),
		Noted:  !result.Clean(report.JudgeRFC) || result.Record != nil && !result.Clean(report.JudgeAutobahn),
	}
	if cell.Failed && cell.Main.Tone != report.ToneFail {
		cell.Main = report.Label{Text: "Peer died", Tone: report.ToneFail}
	}
	if rec := result.Record; rec != nil {
		cell.Other = report.BehaviorLabel(rec.Behavior)
		if r.Judge == report.JudgeAutobahn {
			cell.Other = report.OutcomeLabel(result.RFC.Outcome)
		}
		cell.Apart = cell.Other.Tone != cell.Main.Tone
		if rec.Behavior != autobahn.Unimplemented {
			cell.Close = report.CloseLabel(rec)
		}
	}
	return cell
}

// tagOf names the group: a clause, or what there is to say.
func tagOf(g *report.Group) string {
	if g.Clause != "" {
		return visible.Text(string(g.Clause), 200)
	}
	return g.Verdict + ": " + visible.Text(g.Sentence, 200)
}

// measured is the duration and the compression ratios (received/sent) of a case
// that is about them.
func measured(r *report.Result) string {
	x := r.Case.Autobahn
	if x == nil || r.Record == nil {
		return ""
	}
	var parts []string
	if x.ReportTime {
		parts = append(parts, plural.Decimal(int(r.Duration.Round(time.Millisecond).Milliseconds()))+" ms")
	}
	if t := r.Record.Traffic; x.ReportRatios && t != nil {
		parts = append(parts, "["+ratioText(t.In.CompressionRatio())+"/"+ratioText(t.Out.CompressionRatio())+"]")
	}
	return strings.Join(parts, " ")
}

// columns returns the indices of the agents that have a column, and those of the
// others. Where there is not room for all, the agents with most results have one,
// and come first.
func columns(r *report.Report, l *report.Layout) (columns, others []int) {
	order := make([]int, len(r.Agents))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(len(l.Agents[b].Results), len(l.Agents[a].Results)) })
	cells := 0
	for n, i := range order {
		cells += len(l.Agents[i].Results)
		if n >= maxColumns || cells > maxCells && n > 0 {
			others = slices.Clone(order[n:])
			break
		}
		columns = append(columns, i)
	}
	if len(others) == 0 {
		slices.Sort(columns)
	}
	return columns, others
}

func ratioText(ratio float64, ok bool) string {
	if !ok {
		return "-"
	}
	return fmt.Sprintf("%.3f", ratio)
}
