package engine

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/wscheck/wscheck/internal/catalogue"
	"github.com/wscheck/wscheck/internal/plural"
	"github.com/wscheck/wscheck/internal/report"
	"github.com/wscheck/wscheck/internal/report/transcript"
	"github.com/wscheck/wscheck/oracle"
)

// Describe says all that is needed to act on a failed result without
// knowing the kit: the clauses, what was wanted and what was got, the case, the
// conversation, the script, and the command that runs just this case; "" for none.
func Describe(r *report.Result, judge report.Judge, command string) string {
	var b strings.Builder
	if judge == report.JudgeAutobahn && r.Record != nil {
		fmt.Fprintf(&b, "Autobahn's verdict: %s; on closing: %s\n", r.Record.Behavior, r.Record.BehaviorClose)
		fmt.Fprintf(&b, "  %s\n  %s\n", r.Record.Result, r.Record.ResultClose)
	} else {
		describeVerdict(&b, r)
	}
	fmt.Fprintf(&b, "\nthe case, %s\n", r.Case.ID)
	describeCase(&b, r.Case)
	b.WriteString("\nthe conversation, in ms (→ we sent, ← the peer sent, ◄ what shows it)\n")
	for _, line := range transcript.Lines(r) {
		b.WriteString(strings.TrimRight("  "+line, " ") + "\n")
	}
	b.WriteString("\nthe script\n")
	indent(&b, firstLines(r.Case.Script.String()))
	if command != "" {
		fmt.Fprintf(&b, "\nthe same again: %s", command)
	}
	return strings.TrimRight(b.String(), "\n")
}

// describeVerdict writes the findings, the one first that the outcome rests on.
func describeVerdict(b *strings.Builder, r *report.Result) {
	if r.RFC.Reason != "" {
		fmt.Fprintf(b, "%s: %s\n", r.RFC.Outcome, r.RFC.Reason)
	}
	for _, f := range r.Findings() {
		describeFinding(b, &f)
	}
}

func describeFinding(b *strings.Builder, f *oracle.Finding) {
	fmt.Fprintf(b, "%s %s\n", f.Phrase(), f.Clause)
	if c := oracle.Lookup(f.Clause); c != nil {
		fmt.Fprintf(b, "  %s: %s\n", c.Section, c)
	}
	fmt.Fprintf(b, "  want  %s\n  got   %s\n", f.Want, f.Got)
	fmt.Fprintf(b, "  at    octet %d of what the peer sent\n", f.Offset)
}

func describeCase(b *strings.Builder, cs *catalogue.Case) {
	indent(b, cs.Description)
	if cs.Expectation != "" {
		indent(b, "Expected: "+cs.Expectation)
	}
}

// maxScriptLines are the lines of a script that a failure shows: more than any
// that is made to be read.
const maxScriptLines = 200

// firstLines cuts a text that is too long to be read. What is cut off is a
// comment, so that the rest is a script still.
func firstLines(text string) string {
	end := 0
	for range maxScriptLines {
		n := strings.IndexByte(text[end:], '\n')
		if n < 0 {
			return text
		}
		end += n + 1
	}
	return fmt.Sprintf("%s# … and so on: %s", text[:end], plural.Of(1+strings.Count(text[end:], "\n"), "more line"))
}

func indent(b *strings.Builder, text string) {
	for line := range strings.SplitSeq(strings.TrimSpace(text), "\n") {
		b.WriteString(strings.TrimRight("  "+line, " ") + "\n")
	}
}

// testCommand is the command that runs one test again.
func testCommand(name string) string {
	parts := strings.Split(name, "/")
	for i, part := range parts {
		parts[i] = "^" + regexp.QuoteMeta(part) + "$"
	}
	return "go test -run '" + strings.Join(parts, "/") + "'"
}

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
		fmt.Fprintf(&b, "\n%s\n", strings.TrimSuffix(g.Label()+": "+g.CountText()+": "+g.About(), ": "))
		if i >= fullGroups {
			continue
		}
		if len(g.Results) > 1 {
			fmt.Fprintf(&b, "the smallest of them is %s\n", g.Smallest.Case.ID)
		}
		b.WriteByte('\n')
		indent(&b, Describe(g.Smallest, judge, testCommand(test+"/"+g.Smallest.Case.ID)))
	}
	b.WriteString("\nall of them\n")
	for i := range groups {
		ids := make([]string, len(groups[i].Results))
		for k, r := range groups[i].Results {
			ids[k] = r.Case.ID
		}
		fmt.Fprintf(&b, "  %s: %s\n", groups[i].Label(), strings.Join(ids, " "))
	}
	b.WriteString("\nwhere that may stay so, for a while: harness.Config{Known: …} with the reasons\n")
	b.WriteString(knownBlock(knownFor(failed, judge)))
	return strings.TrimRight(b.String(), "\n")
}

// knownFor returns deviations that account for all that fails in the results,
// without reasons: one for each clause, or for each case where none accounts for it.
func knownFor(failed []*report.Result, judge report.Judge) (known []Deviation) {
	for _, r := range failed {
		if judge == report.JudgeAutobahn && r.Record != nil || r.RFC.Outcome != oracle.Violation {
			known = append(known, Deviation{Case: r.Case.ID})
			continue
		}
		for _, id := range r.RFC.Broken() {
			known = appendNew(known, Deviation{Clause: id})
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
