package report

import (
	"bufio"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/wscheck/wscheck/internal/plural"
	"github.com/wscheck/wscheck/internal/visible"
	"github.com/wscheck/wscheck/oracle"
)

// Difference is what one report has and an earlier one has not. In each list are
// cases by agent, in the order of the later report.
type Difference struct {
	New     []Change // fail, and did not before, or did not run
	Gone    []Change // failed, and do not any more
	Changed []Change // have another verdict, neither new nor gone
	Slow    []Change // do not fail: something came late, which it did not before
	Same    int      // cases with the same verdict
	NotRun  int      // ran before, and not any more
	Added   int      // did not run before, and do not fail
}

// Change is a case with another verdict than before.
type Change struct {
	Agent, Case  string
	Before, Now  string // "" where the case did not run
	failed, fail bool
}

// String returns the change in one line.
func (c *Change) String() string {
	s := visible.Text(c.Agent, 80) + ", " + visible.Text(c.Case, 120) + ": "
	s += visible.Text(c.Now, 400)
	if c.Before != "" {
		s += ", was " + visible.Text(c.Before, 400)
	}
	return s
}

// Diff compares a report with an earlier one, by the judge of the later. Agents are
// the same where they have the same name, or where each report has one alone.
func Diff(before, now *Report) *Difference {
	d := new(Difference)
	for _, agent := range now.Agents {
		earlier := map[string]*Result{}
		was := sameAgent(before, now, agent)
		if was != nil {
			for _, result := range was.Results {
				earlier[result.Case.ID] = result
			}
		}
		if agent.Unreachable != "" && (was == nil || was.Unreachable == "") {
			d.New = append(d.New, Change{Agent: agent.Name, Case: "*", Now: "not reachable", fail: true})
		}
		for _, result := range agent.Results {
			c := Change{Agent: agent.Name, Case: result.Case.ID}
			c.Now, c.fail = verdictIn(agent, result, now.Judge)
			old := earlier[result.Case.ID]
			if old != nil {
				c.Before, c.failed = verdictIn(was, old, now.Judge)
				delete(earlier, result.Case.ID)
			}
			d.add(c, result.RFC.Outcome == oracle.Slow)
		}
		d.NotRun += len(earlier)
	}
	for _, agent := range before.Agents {
		if !slices.ContainsFunc(now.Agents, func(a *Agent) bool { return sameAgent(before, now, a) == agent }) {
			d.NotRun += len(agent.Results)
		}
	}
	return d
}

func (d *Difference) add(c Change, slow bool) {
	switch {
	case c.fail && !c.failed:
		d.New = append(d.New, c)
	case c.failed && !c.fail:
		d.Gone = append(d.Gone, c)
	case c.Before == c.Now:
		d.Same++
	case slow:
		d.Slow = append(d.Slow, c)
	case c.Before == "":
		d.Added++
	default:
		d.Changed = append(d.Changed, c)
	}
}

// sameAgent returns the agent of an earlier report, nil if it has none.
func sameAgent(before, now *Report, agent *Agent) *Agent {
	if len(before.Agents) == 1 && len(now.Agents) == 1 {
		return before.Agents[0]
	}
	if i := slices.IndexFunc(before.Agents, func(a *Agent) bool { return a.Name == agent.Name }); i >= 0 {
		return before.Agents[i]
	}
	return nil
}

// verdictIn returns the verdict on a result in a few words, and whether it fails.
func verdictIn(agent *Agent, result *Result, judge Judge) (verdict string, fails bool) {
	k, fails := deviation(agent, result, judge)
	if verdict = k.Verdict; len(k.Clauses) > 0 {
		verdict += " of " + strings.Join(clauseNames(k.Clauses), ", ")
	}
	return verdict, fails
}

// diffRows bounds the changes of a kind that are listed.
const diffRows = 200

// WriteText writes a line for each change, and the figures last.
func (d *Difference) WriteText(w io.Writer) error {
	out := bufio.NewWriter(w)
	for _, list := range []struct {
		name    string
		changes []Change
	}{{"new", d.New}, {"gone", d.Gone}, {"changed", d.Changed}, {"slow", d.Slow}} {
		for i := range list.changes {
			if i == diffRows {
				fmt.Fprintf(out, "%-8s and %s more\n", list.name, plural.Decimal(len(list.changes)-i))
				break
			}
			fmt.Fprintf(out, "%-8s %v\n", list.name, &list.changes[i])
		}
	}
	fmt.Fprintf(out, "%s new, %s gone, %s changed, %s slow, %s the same, %s not run any more, %s added\n",
		plural.Decimal(len(d.New)), plural.Decimal(len(d.Gone)), plural.Decimal(len(d.Changed)), plural.Decimal(len(d.Slow)),
		plural.Decimal(d.Same), plural.Decimal(d.NotRun), plural.Decimal(d.Added))
	return out.Flush()
}
