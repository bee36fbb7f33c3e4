package engine

import (
	"fmt"
	"strings"

	"github.com/wscheck/wscheck/internal/plural"
	"github.com/wscheck/wscheck/internal/report"
	"github.com/wscheck/wscheck/oracle"
)

// Bounds of what a test prints of its failures: groups with a case in full, and
// lines of the block for Config.Known.
const (
	fullGroups = 12
	knownLines = 200
)

// describeGroups describes the failed results of a test: for each group what is
// wrong and the smallest case in full; then the ids of all cases, and what has to be
// in [Config.Known] for them not to fail. test is the name of the test.
func describeGroups(failed []*report.Result, judge report.Judge, test string) string {
	groups := report.GroupResults(failed, judge)
	var b strings.Builder
	fmt.Fprintf(&b, "%s, in %s\n", plural.Of(len(failed), "case failed", "cases failed"), plural.Of(len(groups), "group"))
	for i := range groups {
		g := &groups[i]
		fmt.Fprintf(&b, "\n%s\n", groupTitle(g))
		if i >= fullGroups {
			continue
		}
		if len(g.Results) > 1 {
			fmt.Fprintf(&b, "the smallest of them is %s\n", g.Smallest.Case.ID)
		}
		b.WriteByte('\n')
		indent(&b, describeFailure(g.Smallest, judge, testCommand(test+"/"+g.Smallest.Case.ID)))
	}
	b.WriteString("\nall of them\n")
	for i := range groups {
		ids := make([]string, len(groups[i].Results))
		for k, r := range groups[i].Results {
			ids[k] = r.Case.ID
		}
		fmt.Fprintf(&b, "  %s: %s\n", groupName(&groups[i]), strings.Join(ids, " "))
	}
	b.WriteString("\nwhere that may stay so, for a while: harness.Config{Known: …} with the reasons\n")
	b.WriteString(knownBlock(knownFor(failed, judge)))
	return strings.TrimRight(b.String(), "\n")
}

// groupName is what a group is of.
func groupName(g *report.Group) string {
	if g.Clause != "" {
		return string(g.Clause)
	}
	return strings.ToLower(g.Verdict)
}

// groupTitle is a group in one line.
func groupTitle(g *report.Group) string {
	text := groupName(g) + ": " + plural.Of(len(g.Results), "case")
	if g.Sentence != "" {
		text += ": " + g.Sentence
	}
	if len(g.Also) > 0 {
		also := make([]string, len(g.Also))
		for i, id := range g.Also {
			also[i] = string(id)
		}
		text += " (beside it " + strings.Join(also, ", ") + ")"
	}
	return text
}

// knownFor returns deviations that account for all that fails in the results,
// without reasons: one for each clause, or for each case where none accounts for it.
func knownFor(failed []*report.Result, judge report.Judge) (known []Deviation) {
	for _, r := range failed {
		if judge == report.JudgeAutobahn && r.Record != nil || r.RFC.Outcome != oracle.Violation {
			known = append(known, Deviation{Case: r.Case.ID})
			continue
		}
		for i := range r.RFC.Findings {
			if f := &r.RFC.Findings[i]; f.Outcome == oracle.Violation {
				known = appendNew(known, Deviation{Clause: f.Clause})
			}
		}
	}
	return known
}

// knownBlock is the Go code of deviations.
func knownBlock(known []Deviation) string {
	var b strings.Builder
	b.WriteString("  Known: []harness.Deviation{\n")
	for i, d := range known {
		if i == knownLines {
			fmt.Fprintf(&b, "    // and %s more\n", plural.Decimal(len(known)-i))
			break
		}
		if d.Clause != "" {
			fmt.Fprintf(&b, "    {Clause: %q, Reason: \"…\"},\n", string(d.Clause))
		} else {
			fmt.Fprintf(&b, "    {Case: %q, Reason: \"…\"},\n", d.Case)
		}
	}
	b.WriteString("  },\n")
	return b.String()
}

// describeShortly is a failed result in a short line: the rest is in the test that
// it is a part of.
func describeShortly(r *report.Result, judge report.Judge, test string) string {
	text := ""
	for _, g := range report.GroupResults([]*report.Result{r}, judge) {
		text = groupName(&g)
	}
	parent, _, _ := strings.Cut(test, "/"+r.Case.ID)
	return fmt.Sprintf("%s: see %s, or %s", text, parent, testCommand(test))
}
