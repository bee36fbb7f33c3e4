package page

import (
	"bytes"
	"encoding/json"
	"fmt"
	"html/template"
	"strings"

	"github.com/wscheck/wscheck/internal/catalogue"
	"github.com/wscheck/wscheck/internal/plural"
	"github.com/wscheck/wscheck/internal/report"
	"github.com/wscheck/wscheck/internal/visible"
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
	Counts      report.Counts
	Bar         []barPart
	Deaths      int
	Memory      string
}

// moreAgent is an agent without a column.
type moreAgent struct {
	Name, Href string // of the page of its first case; "" for none
	Counts     report.Counts
}

// maxMore bounds the agents without a column that are listed.
const maxMore = 1000

// barPart is a part of the bar that shows the counts, in cases.
type barPart struct {
	From, Width int
	Tone        report.Tone
}

type legendWord struct {
	Word, Text string
	Tone       report.Tone
}

func newIndexPage(r *report.Report, l *report.Layout, cases []*catalogue.Case) *indexPage {
	p := &indexPage{
		Head: indexAssets.head, Script: indexAssets.script,
		Title:   "WebSocket conformance",
		Meta:    meta(r, len(cases)),
		Stopped: visible.Text(r.Stopped, 400),
		Legend:  legend(r.Judge),
	}
	columns, others := columns(r, l)
	for _, i := range columns {
		agent := r.Agents[i]
		a := indexAgent{
			Name:        visible.Text(l.Agents[i].Name, 100),
			URL:         visible.Text(agent.URL, 300),
			Unreachable: visible.Text(agent.Unreachable, 400),
			Ended:       visible.Text(agent.Ended, 400),
			Skipped:     visible.Text(agent.Skipped, 400),
			Counts:      r.CountOf(agent, len(cases)),
			Deaths:      agent.Deaths,
		}
		if agent.PeakMemory > 0 {
			a.Memory = fmt.Sprintf("%.1f MiB", float64(agent.PeakMemory)/(1<<20))
		}
		a.Bar = bar(a.Counts)
		p.Agents = append(p.Agents, a)
		p.Title += " · " + a.Name
	}
	p.Title = visible.Text(p.Title, 200)
	for _, i := range others[:min(len(others), maxMore)] {
		more := moreAgent{Name: visible.Text(l.Agents[i].Name, 100), Counts: r.CountOf(r.Agents[i], len(cases))}
		if results := r.Agents[i].Results; len(results) > 0 {
			more.Href = l.Agents[i].Files[results[0].Case.ID] + ".html"
		}
		p.More = append(p.More, more)
	}
	p.MoreNote = moreNote(r, len(columns), len(others))

	p.Drawn = newIndexData(r, l, columns, cases)
	p.Failing, p.Noted, p.MoreGroups = groupViews(r, l, columns)
	p.List, p.MoreList = failedCases(r, l, columns, cases)
	p.Plots = plots(r, l, columns)
	return p
}

// moreNote says what is not in the table, "" if everything is.
func moreNote(r *report.Report, columns, others int) string {
	var notes []string
	peer := r.Role.Peer().String()
	if others > 0 {
		notes = append(notes, "The tables have room for the "+plural.Of(columns, peer)+" with most results.")
	}
	if more := others - maxMore; more > 0 {
		notes = append(notes, plural.Of(more, "further "+peer)+" not listed; "+report.FileName+" has them.")
	}
	if r.LeftOut > 0 {
		notes = append(notes, report.LeftOutText(r.LeftOut, peer))
	}
	return strings.Join(notes, " ")
}

// meta is the line below the title.
func meta(r *report.Report, cases int) string {
	peers := plural.Of(len(r.Agents), r.Role.Peer().String())
	judge := "RFC 6455 and RFC 7692 decide what fails"
	if r.Judge == report.JudgeAutobahn {
		judge = "Autobahn’s verdict decides what fails"
	}
	meta := fmt.Sprintf("%s · %s · started %s · took %s · %s",
		peers, plural.Of(cases, "case"), r.Started.UTC().Format("2006-01-02 15:04:05 UTC"), visible.Span(r.Took), judge)
	if r.Quick {
		meta += " · quick: loops of 20 messages instead of 1,000 in sections 12 and 13"
	}
	return meta
}

// bar lays the counts out beside each other.
func bar(c report.Counts) []barPart {
	var bar []barPart
	at := 0
	for _, part := range []struct {
		n int
		t report.Tone
	}{{c.Clean, report.ToneOK}, {c.Remarked(), report.ToneNote}, {c.Unsupported, report.ToneSkip}, {c.Failed, report.ToneFail}, {c.Missing, report.ToneSkip}} {
		if part.n > 0 {
			bar = append(bar, barPart{From: at, Width: part.n, Tone: part.t})
		}
		at += part.n
	}
	return bar
}

// legend says what is in a cell: what decides comes first.
func legend(judge report.Judge) []legendWord {
	decides := "The verdict by the RFCs comes first and gives the cell its color: it decides what fails. Autobahn’s (AB) follows where it has the case."
	if judge == report.JudgeAutobahn {
		decides = "Autobahn’s verdict comes first and gives the cell its color: it decides what fails. That by the RFCs follows."
	}
	words := []legendWord{
		{"Color", decides, report.ToneSkip},
		{"✓ Pass", "The peer did what it had to.", report.ToneOK},
	}
	for _, l := range report.Looks {
		if l.Legend != "" {
			words = append(words, legendWord{l.Label.Mark() + " " + l.Label.Text, l.Legend, l.Label.Tone})
		}
	}
	return append(words,
		legendWord{"≈ Non-Strict", "Autobahn: conforming, but not the behavior that is preferred. A SHOULD is not kept, or the RFC leaves it open.", report.ToneNote},
		legendWord{"i Info", "Autobahn: the case only finds out what the peer does; it cannot fail.", report.ToneInfo},
		legendWord{"– Unimplemented", "Autobahn: the peer does not have the feature that the case is about.", report.ToneSkip},
		legendWord{"✗ Fail", "Autobahn: the peer did not do what the case expects.", report.ToneFail},
		legendWord{"1000, Unclean, Fail",
			"How the connection closed: the code of the peer’s close frame; red where the code is wrong or we had to drop TCP; Unclean where the closing handshake was not completed; Fail where the wrong side closed, or the connection never opened.", report.ToneSkip},
	)
}

// WriteIndex writes index.html into b.
func WriteIndex(b *bytes.Buffer, r *report.Report, l *report.Layout) error {
	return indexTemplate.Execute(b, newIndexPage(r, l, report.AllCases(r)))
}
