package page

import (
	"cmp"
	"encoding/json"
	"slices"

	"github.com/wscheck/wscheck/internal/catalogue"
	"github.com/wscheck/wscheck/internal/plural"
	"github.com/wscheck/wscheck/internal/report"
	"github.com/wscheck/wscheck/internal/visible"
	"github.com/wscheck/wscheck/oracle"
)

// What an index page lists.
const (
	maxGroups = 100 // of results
	maxList   = 500 // results that fail, for browsers without scripts
)

// groupView is a group of results of all agents.
type groupView struct {
	Label     string // by which the rows of its cases are found
	Verdict   report.Label
	Clause    string
	Sentence  string
	Level     string // of the clause, and its section
	Text      string // the clause
	Also      []string
	Count     string
	Agents    []groupAgent
	count     int
	rank      int
	countable bool // it fails
}

// groupAgent is what a group has of an agent.
type groupAgent struct {
	Name, Count string
	Case        failedLink // the smallest
	Text        string     // what our side does in it
}

// failedLink leads to the page of a case.
type failedLink struct{ ID, Href string }

// failedCase is a case that agents fail.
type failedCase struct {
	ID, Text string
	Agents   []failedAgent
}

type failedAgent struct {
	Name, Href string
	Verdict    report.Label
}

// groupViews returns the groups of all agents that have a column: what fails, and
// what else is not clean. more says how many there are beyond maxGroups.
func groupViews(r *report.Report, l *report.Layout, columns []int) (failing, noted []groupView, more string) {
	var views []groupView
	at := map[string]int{}
	for _, i := range columns {
		for _, g := range r.Groups(r.Agents[i]) {
			key := tagOf(&g) + "\x00" + g.Verdict
			v, ok := at[key]
			if !ok {
				v = len(views)
				at[key], views = v, append(views, newGroupView(&g))
			}
			views[v].add(&g, l.Agents[i])
		}
	}
	slices.SortStableFunc(views, func(a, b groupView) int {
		return cmp.Or(cmp.Compare(a.rank, b.rank), cmp.Compare(b.count, a.count))
	})
	if n := len(views) - maxGroups; n > 0 {
		views, more = views[:maxGroups], plural.Of(n, "more group")+" not shown; the table has all cases"
	}
	for _, v := range views {
		v.Count = plural.Of(v.count, "case")
		if len(v.Agents) > 1 {
			v.Count = plural.Of(v.count, "result")
		}
		if v.countable {
			failing = append(failing, v)
		} else {
			noted = append(noted, v)
		}
	}
	return failing, noted, more
}

func newGroupView(g *report.Group) groupView {
	v := groupView{
		Label: tagOf(g), Verdict: report.Label{Text: g.Verdict, Tone: g.Tone}, Clause: visible.Text(string(g.Clause), 200), Sentence: visible.Text(g.Sentence, 300),
		rank: g.Rank, countable: g.Failed,
	}
	if clause := oracle.Lookup(g.Clause); clause != nil {
		v.Level, v.Text = clause.Section, clause.String()
	}
	return v
}

// maxAlso bounds the further clauses of a group.
const maxAlso = 20

func (v *groupView) add(g *report.Group, l *report.AgentLayout) {
	v.count += len(g.Results)
	v.rank = min(v.rank, g.Rank)
	c := g.Smallest.Case
	v.Agents = append(v.Agents, groupAgent{
		Name: visible.Text(l.Name, 100), Count: plural.Of(len(g.Results), "case"),
		Case: failedLink{ShownID(c), l.Files[c.ID] + ".html"}, Text: visible.Text(visible.Line(c.Description), 300),
	})
	for _, id := range g.Also {
		if text := visible.Text(string(id), 200); len(v.Also) < maxAlso && !slices.Contains(v.Also, text) {
			v.Also = append(v.Also, text)
		}
	}
}

// failedCases returns the cases that fail in their order; more says how many
// results there are beyond maxList.
func failedCases(r *report.Report, l *report.Layout, columns []int, cases []*catalogue.Case) (list []failedCase, more string) {
	results := 0
	for _, c := range cases {
		row := failedCase{ID: ShownID(c), Text: visible.Text(visible.Line(c.Description), 120)}
		for _, i := range columns {
			result := l.Agents[i].Results[c.ID]
			if result == nil || !result.Failed(r.Judge) {
				continue
			}
			if results++; results <= maxList {
				row.Agents = append(row.Agents, failedAgent{
					Name: visible.Text(l.Agents[i].Name, 100), Href: l.Agents[i].Files[c.ID] + ".html", Verdict: newIndexCell(r, result).Main,
				})
			}
		}
		if len(row.Agents) > 0 {
			list = append(list, row)
		}
	}
	if n := results - maxList; n > 0 {
		more = plural.Of(n, "more result") + " that " + plural.Noun(n, "fails", "fail") + " not listed; " + report.FileName + " has all."
	}
	return list, more
}

// FailedList returns the script by which the pages of cases know those that fail:
// by agent, the part of file names that stands for it, and of each case the place
// among all and the name of its page.
func FailedList(r *report.Report, l *report.Layout) ([]byte, error) {
	columns, _ := columns(r, l)
	places := make(map[string]int, len(r.Cases))
	for i, c := range r.Cases {
		places[c.ID] = i
	}
	failed := [][2]any{}
	for _, i := range columns {
		cases := [][2]any{}
		for _, result := range r.Agents[i].Results {
			if result.Failed(r.Judge) {
				cases = append(cases, [2]any{places[result.Case.ID], l.Agents[i].Files[result.Case.ID]})
			}
		}
		failed = append(failed, [2]any{l.Agents[i].Clean, cases})
	}
	list, err := json.Marshal(failed)
	return append(append([]byte("wscheckFailed="), list...), ';'), err
}
