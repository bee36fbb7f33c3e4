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

// describeFailure tells all that is needed to act on a failed result without
// knowing the kit: the clauses, what was wanted and what was got, the case, the
// conversation, the script, and the command that runs just this case.
func describeFailure(r *report.Result, judge report.Judge, command string) string {
	var b strings.Builder
	if judge == report.JudgeAutobahn && r.Record != nil {
		fmt.Fprintf(&b, "Autobahn's verdict: %s; on closing: %s\n", r.Record.Behavior, r.Record.BehaviorClose)
		fmt.Fprintf(&b, "  %s\n  %s\n", r.Record.Result, r.Record.ResultClose)
	} else {
		describeVerdict(&b, &r.RFC)
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

// describeVerdict writes the findings, the gravest first.
func describeVerdict(b *strings.Builder, v *oracle.Verdict) {
	if v.Reason != "" {
		fmt.Fprintf(b, "%s: %s\n", v.Outcome, v.Reason)
	}
	for _, f := range v.ByGravity() {
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
