package sink

import (
	"bufio"
	"fmt"
	"io"
	"strings"

	"github.com/wscheck/wscheck/internal/report"
)

// WriteTAP writes the report in version 14 of the Test Anything Protocol: the test
// cases of [WriteJUnit], in the same order, each named by the agent and the case. What
// JUnit skips is skipped. A failure has its texts in a block after it.
func WriteTAP(w io.Writer, r *report.Report) error {
	all := suitesOf(r)
	b := bufio.NewWriter(w)
	fmt.Fprintf(b, "TAP version 14\n1..%d\n", all.Tests)
	n := 0
	for _, suite := range all.Suites {
		for _, test := range suite.Cases {
			n++
			problem := test.Failure
			if problem == nil {
				problem = test.Error
			}
			verdict := "ok"
			if problem != nil {
				verdict = "not ok"
			}
			fmt.Fprintf(b, "%s %d - %s: %s", verdict, n, tapText(suite.Name), tapText(test.Name))
			if test.Skipped != nil {
				b.WriteString(" # SKIP " + tapText(test.Skipped.Message))
			}
			b.WriteByte('\n')
			if problem != nil {
				fmt.Fprintf(b, "  ---\n  message: %q\n  severity: %q\n  text: |\n", problem.Message, problem.Type)
				for line := range strings.Lines(problem.Text) {
					b.WriteString(strings.TrimRight("    "+line, " \n") + "\n")
				}
				b.WriteString("  ...\n")
			}
		}
	}
	return b.Flush()
}

// tapText escapes what would begin a directive.
func tapText(s string) string {
	return strings.NewReplacer(`\`, `\\`, "#", `\#`, "\n", " ", "\r", " ").Replace(s)
}
