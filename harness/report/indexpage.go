package report

import (
	"cmp"
	"fmt"
	"html/template"
	"slices"
	"strings"

	"github.com/wscheck/wscheck/harness/catalogue"
	"github.com/wscheck/wscheck/internal/plural"
	"github.com/wscheck/wscheck/oracle/autobahn"
)

// indexPage is what index.html shows. Everything in it is visible text.
type indexPage struct {
	Head, Script template.HTML
	Title        string
	Meta         string
	Stopped      string
	Agents       []indexAgent // that have a column
	More         []moreAgent  // others
	MoreNote     string
	Columns      int
	Legend       []legendWord
	Parts        []indexPart
}

type indexAgent struct {
	Name, URL   string
	Unreachable string
	Counts      Counts
	Bar         []barPart
	Deaths      int
	Memory      string
}

// moreAgent is an agent without a column.
type moreAgent struct {
	Name, Href string // of the page of its first case; "" for none
	Counts     Counts
}

// What an index page has room for. A table with more columns, or cells, is of no
// use to anybody.
const (
	maxColumns = 64
	maxCells   = 1 << 16
	maxMore    = 1000 // agents without a column that are listed
	maxNotRun  = 100  // cases that have a row although nobody ran them; more than that have none
)

// barPart is a part of the bar that shows the counts, in cases.
type barPart struct {
	From, Width int
	Tone        tone
}

type legendWord struct {
	Word, Text string
	Tone       tone
}

// indexPart is a table: Autobahn's cases, or the others.
type indexPart struct {
	Title, Note string
	Groups      []indexGroup
}

type indexGroup struct {
	Name   string
	Rows   []indexRow
	NotRun string // how many cases have no row, because nobody ran them
	notRun int
}

// indexRow is a case, or where Sub is set the heading of a subcategory.
type indexRow struct {
	Sub              string
	ID, Text, Anchor string
	Class            string // "row", with "u" not clean, "f" failed, "d" peers differ, "own" not Autobahn's
	Cells            []indexCell
}

// indexCell is one case of one agent; without Href it did not run, and neither
// did it with the agents after it, Span in all.
type indexCell struct {
	Span        int
	Href, Class string
	Main        label
	Close, RFC  *label
	Apart       bool   // the verdicts of Autobahn and of the RFCs are apart
	Time        string // duration and compression ratios, where the case is about them
}

func newIndexPage(r *Report, l *layout, cases []*catalogue.Case) *indexPage {
	p := &indexPage{
		Head: indexAssets.head, Script: indexAssets.script,
		Title:   "WebSocket conformance",
		Meta:    r.meta(len(cases)),
		Stopped: visible(r.Stopped, 400),
		Legend:  legend(r.Judge),
	}
	columns, others := r.columns(l)
	p.Columns = len(columns) + 1
	for _, i := range columns {
		agent := r.Agents[i]
		a := indexAgent{
			Name:        visible(l.agents[i].name, 100),
			URL:         visible(agent.URL, 300),
			Unreachable: visible(agent.Unreachable, 400),
			Counts:      r.count(agent, len(cases)),
			Deaths:      agent.Deaths,
		}
		if agent.PeakMemory > 0 {
			a.Memory = fmt.Sprintf("%.1f MiB", float64(agent.PeakMemory)/(1<<20))
		}
		a.Bar = a.Counts.bar()
		p.Agents = append(p.Agents, a)
		p.Title += " · " + a.Name
	}
	p.Title = visible(p.Title, 200)
	for _, i := range others[:min(len(others), maxMore)] {
		more := moreAgent{Name: visible(l.agents[i].name, 100), Counts: r.count(r.Agents[i], len(cases))}
		if results := r.Agents[i].Results; len(results) > 0 {
			more.Href = l.agents[i].files[results[0].Case.ID] + ".html"
		}
		p.More = append(p.More, more)
	}
	p.MoreNote = r.moreNote(len(columns), len(others))

	var ours, theirs []*catalogue.Case
	for _, c := range cases {
		if _, ok := autobahnID(c); ok {
			theirs = append(theirs, c)
		} else {
			ours = append(ours, c)
		}
	}
	if len(theirs) > 0 {
		p.Parts = append(p.Parts, indexPart{
			Title:  "Autobahn’s cases",
			Note:   "The cases of Autobahn|Testsuite, with its verdict and the peer’s close code, and beside them the verdict by the RFCs.",
			Groups: r.indexGroups(l, columns, theirs),
		})
	}
	if len(ours) > 0 {
		p.Parts = append(p.Parts, indexPart{
			Title:  "Beyond Autobahn",
			Note:   "Cases of wscheck’s own, judged by RFC 6455 and RFC 7692.",
			Groups: r.indexGroups(l, columns, ours),
		})
	}
	return p
}

// columns returns the indices of the agents that have a column, and those of the
// others. Where there is not room for all, the agents with most results have one,
// and come first.
func (r *Report) columns(l *layout) (columns, others []int) {
	order := make([]int, len(r.Agents))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(len(l.agents[b].results), len(l.agents[a].results)) })
	cells := 0
	for n, i := range order {
		cells += len(l.agents[i].results)
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

// moreNote says what is not in the table, "" if everything is.
func (r *Report) moreNote(columns, others int) string {
	var notes []string
	peer := r.Role.Peer().String()
	if others > 0 {
		notes = append(notes, "The tables have room for the "+plural.Of(columns, peer)+" with most results.")
	}
	if more := others - maxMore; more > 0 {
		notes = append(notes, plural.Of(more, "further "+peer)+" not listed; "+FileName+" has them.")
	}
	if r.LeftOut > 0 {
		notes = append(notes, leftOutText(r.LeftOut, peer))
	}
	return strings.Join(notes, " ")
}

// leftOutText says that some agents are not in the report.
func leftOutText(n int, peer string) string {
	return plural.Of(n, peer) + " with few results " + plural.Noun(n, "was", "were") + " left out of the report, to make room for others."
}

// meta is the line below the title.
func (r *Report) meta(cases int) string {
	peers := plural.Of(len(r.Agents), r.Role.Peer().String())
	judge := "RFC 6455 and RFC 7692 decide what fails"
	if r.Judge == JudgeAutobahn {
		judge = "Autobahn’s verdict decides what fails"
	}
	meta := fmt.Sprintf("%s · %s · started %s · took %s · %s",
		peers, plural.Of(cases, "case"), r.Started.UTC().Format("2006-01-02 15:04:05 UTC"), span(r.Took), judge)
	if r.Quick {
		meta += " · quick: loops of 20 messages instead of 1,000 in sections 12 and 13"
	}
	return meta
}

// bar lays the counts out beside each other.
func (c Counts) bar() []barPart {
	var bar []barPart
	at := 0
	for _, part := range []struct {
		n int
		t tone
	}{{c.Clean, toneOK}, {c.Noted, toneNote}, {c.Failed, toneFail}, {c.Missing, toneSkip}} {
		if part.n > 0 {
			bar = append(bar, barPart{From: at, Width: part.n, Tone: part.t})
		}
		at += part.n
	}
	return bar
}

// indexGroups groups the cases by category, in order of execution.
func (r *Report) indexGroups(l *layout, columns []int, cases []*catalogue.Case) []indexGroup {
	var groups []indexGroup
	lastSub := ""
	ran := func(c *catalogue.Case) bool {
		return slices.ContainsFunc(columns, func(i int) bool { return l.agents[i].results[c.ID] != nil })
	}
	notRun := 0
	for _, c := range cases {
		if !ran(c) {
			notRun++
		}
	}
	for _, c := range cases {
		name, sub := caseGroup(c)
		if n := len(groups); n == 0 || groups[n-1].Name != name {
			groups = append(groups, indexGroup{Name: name})
			lastSub = ""
		}
		g := &groups[len(groups)-1]
		if notRun > maxNotRun && !ran(c) {
			g.notRun++
			g.NotRun = plural.Of(g.notRun, "case was", "cases were") + " not run"
			continue
		}
		if sub != lastSub {
			lastSub = sub
			if sub != "" {
				g.Rows = append(g.Rows, indexRow{Sub: sub})
			}
		}
		g.Rows = append(g.Rows, r.indexRow(l, columns, c))
	}
	return groups
}

// caseGroup is the category and subcategory of a case. A case of our own is
// grouped by the document and the section in its id.
func caseGroup(c *catalogue.Case) (category, subcategory string) {
	if _, ok := autobahnID(c); ok {
		cat, sub := c.Sections()
		return strings.TrimSpace(cat.ID + " " + cat.Name), strings.TrimSpace(sub.ID + " " + sub.Name)
	}
	document, rest, _ := strings.Cut(c.ID, "/")
	section, _, _ := strings.Cut(rest, "/")
	if number, ok := strings.CutPrefix(document, "rfc"); ok && section != "" {
		return "RFC " + visible(number, 20), "Section " + visible(section, 40)
	}
	return visible(document, 60), ""
}

func (r *Report) indexRow(l *layout, columns []int, c *catalogue.Case) indexRow {
	row := indexRow{Class: "row", ID: visible(c.ID, 120), Anchor: caseSlug(c), Text: visible(oneLine(c.Description), 300)}
	id, isAutobahn := autobahnID(c)
	if isAutobahn {
		row.ID = visible(id, 40)
	} else {
		row.Class += " own"
	}
	unclean, failed, differ := false, false, false
	var first *indexCell
	for _, i := range columns {
		result := l.agents[i].results[c.ID]
		if result == nil {
			if n := len(row.Cells) - 1; n >= 0 && row.Cells[n].Href == "" {
				row.Cells[n].Span++
			} else {
				row.Cells = append(row.Cells, indexCell{Span: 1})
			}
			continue
		}
		cell := r.indexCell(l.agents[i].files[c.ID]+".html", result)
		row.Cells = append(row.Cells, cell)
		unclean = unclean || !result.Clean(JudgeRFC) || result.Record != nil && !result.Clean(JudgeAutobahn)
		failed = failed || result.Failed(r.Judge)
		if first == nil {
			first = &cell
		}
		differ = differ || !cell.sameVerdict(first)
	}
	for _, mark := range []struct {
		on    bool
		class string
	}{{unclean, " u"}, {failed, " f"}, {differ, " d"}} {
		if mark.on {
			row.Class += mark.class
		}
	}
	return row
}

// sameVerdict reports whether both cells say the same.
func (c *indexCell) sameVerdict(o *indexCell) bool {
	same := func(a, b *label) bool { return a == nil && b == nil || a != nil && b != nil && *a == *b }
	return c.Main == o.Main && same(c.Close, o.Close) && same(c.RFC, o.RFC)
}

func (r *Report) indexCell(href string, result *Result) indexCell {
	cell := indexCell{Span: 1, Href: href, Class: "c", Main: outcomeLabel(result.RFC.Outcome)}
	if rec := result.Record; rec != nil {
		rfc := cell.Main
		rfc.Text = strings.ToLower(rfc.Text)
		if rfc.Tone != toneFail {
			rfc.Text = "" // the mark says it all
		}
		cell.RFC = &rfc
		cell.Main = behaviorLabel(rec.Behavior)
		cell.Apart = rfc.Tone != cell.Main.Tone
		if rec.Behavior != autobahn.Unimplemented {
			closing := closeLabel(rec)
			cell.Close = &closing
		}
		cell.Time = result.measured()
	}
	switch {
	case result.Failed(r.Judge):
		cell.Class += " loud fail"
	case !result.Clean(r.Judge):
		cell.Class += " loud " + string(r.verdictLabel(result).Tone)
	}
	return cell
}

// measured is the duration and the compression ratios (received/sent) of a case
// that is about them.
func (r *Result) measured() string {
	x := r.Case.Autobahn
	if x == nil {
		return ""
	}
	var parts []string
	if x.ReportTime {
		parts = append(parts, plural.Decimal(milliseconds(r.Duration))+" ms")
	}
	if t := r.Record.Traffic; x.ReportRatios && t != nil {
		parts = append(parts, "["+ratioText(compressionRatio(&t.In))+"/"+ratioText(compressionRatio(&t.Out))+"]")
	}
	return strings.Join(parts, " ")
}

func ratioText(ratio float64, ok bool) string {
	if !ok {
		return "-"
	}
	return fmt.Sprintf("%.3f", ratio)
}

// oneLine is s with all white space made single blanks.
func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

func legend(judge Judge) []legendWord {
	words := []legendWord{
		{"✓ Pass", "The peer did what it had to.", toneOK},
		{"≈ Non-Strict", "Autobahn: conforming, but not the behavior that is preferred. A SHOULD is not kept, or the RFC leaves it open.", toneNote},
		{"i Info", "Autobahn: the case only finds out what the peer does; it cannot fail.", toneInfo},
		{"– Unimplemented", "Autobahn: the peer does not have the feature that the case is about.", toneSkip},
		{"✗ Fail", "Autobahn: the peer did not do what the case expects.", toneFail},
	}
	for _, l := range looks {
		if l.legend != "" {
			words = append(words, legendWord{l.label.Mark() + " " + l.label.Text, l.legend, l.label.Tone})
		}
	}
	words = append(words, legendWord{"1000, Unclean, Fail",
		"How the connection closed: the code of the peer’s close frame; red where the code is wrong or we had to drop TCP; Unclean where the closing handshake was not completed; Fail where the wrong side closed, or the connection never opened.", toneSkip})
	decides := "A cell is tinted by the RFC verdict: it decides what fails."
	if judge == JudgeAutobahn {
		decides = "A cell is tinted by Autobahn’s verdict: it decides what fails."
	}
	return append(words, legendWord{"Tint", decides, toneSkip})
}
