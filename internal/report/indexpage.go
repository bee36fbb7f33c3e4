package report

import (
	"cmp"
	"encoding/json"
	"fmt"
	"html/template"
	"slices"
	"strings"

	"github.com/wscheck/wscheck/internal/catalogue"
	"github.com/wscheck/wscheck/internal/plural"
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
	Legend       []legendWord
	Failing      []groupView // what fails, by what breaks it
	Noted        []groupView // what else is not clean
	MoreGroups   string
	Plots        []plot
	List         []failedCase // what fails, for browsers without scripts
	MoreList     string

	Drawn indexData
}

// Data returns the element that holds what the page's script draws.
func (p *indexPage) Data() (template.HTML, error) {
	text, err := json.Marshal(&p.Drawn)
	return template.HTML(`<script type="application/json" id="data">` + string(text) + `</script>`), err
}

type indexAgent struct {
	Name, URL   string
	Unreachable string
	Ended       string // why not all cases were played
	Skipped     string // which were left out on purpose
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
	maxGroups  = 100  // of results
	maxList    = 500  // results that fail in the list for browsers without scripts
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

func newIndexPage(r *Report, l *layout, cases []*catalogue.Case) *indexPage {
	p := &indexPage{
		Head: indexAssets.head, Script: indexAssets.script,
		Title:   "WebSocket conformance",
		Meta:    r.meta(len(cases)),
		Stopped: visible(r.Stopped, 400),
		Legend:  legend(r.Judge),
	}
	columns, others := r.columns(l)
	for _, i := range columns {
		agent := r.Agents[i]
		a := indexAgent{
			Name:        visible(l.agents[i].name, 100),
			URL:         visible(agent.URL, 300),
			Unreachable: visible(agent.Unreachable, 400),
			Ended:       visible(agent.Ended, 400),
			Skipped:     visible(agent.Skipped, 400),
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

	p.Drawn = newIndexData(r, l, columns, cases)
	p.Failing, p.Noted, p.MoreGroups = r.groupViews(l, columns)
	p.List, p.MoreList = r.failedCases(l, columns, cases)
	p.Plots = r.plots(l, columns)
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
	}{{c.Clean, toneOK}, {c.Remarked(), toneNote}, {c.Unsupported, toneSkip}, {c.Failed, toneFail}, {c.Missing, toneSkip}} {
		if part.n > 0 {
			bar = append(bar, barPart{From: at, Width: part.n, Tone: part.t})
		}
		at += part.n
	}
	return bar
}

// measured is the duration and the compression ratios (received/sent) of a case
// that is about them.
func (r *Result) measured() string {
	x := r.Case.Autobahn
	if x == nil || r.Record == nil {
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

// legend says what is in a cell: what decides comes first.
func legend(judge Judge) []legendWord {
	decides := "The verdict by the RFCs comes first and gives the cell its color: it decides what fails. Autobahn’s (AB) follows where it has the case."
	if judge == JudgeAutobahn {
		decides = "Autobahn’s verdict comes first and gives the cell its color: it decides what fails. That by the RFCs follows."
	}
	words := []legendWord{
		{"Color", decides, toneSkip},
		{"✓ Pass", "The peer did what it had to.", toneOK},
	}
	for _, l := range looks {
		if l.legend != "" {
			words = append(words, legendWord{l.label.Mark() + " " + l.label.Text, l.legend, l.label.Tone})
		}
	}
	return append(words,
		legendWord{"≈ Non-Strict", "Autobahn: conforming, but not the behavior that is preferred. A SHOULD is not kept, or the RFC leaves it open.", toneNote},
		legendWord{"i Info", "Autobahn: the case only finds out what the peer does; it cannot fail.", toneInfo},
		legendWord{"– Unimplemented", "Autobahn: the peer does not have the feature that the case is about.", toneSkip},
		legendWord{"✗ Fail", "Autobahn: the peer did not do what the case expects.", toneFail},
		legendWord{"1000, Unclean, Fail",
			"How the connection closed: the code of the peer’s close frame; red where the code is wrong or we had to drop TCP; Unclean where the closing handshake was not completed; Fail where the wrong side closed, or the connection never opened.", toneSkip},
	)
}
