package sink

import (
	"bufio"
	"fmt"
	"io"
	"strings"

	"github.com/wscheck/wscheck/internal/plural"
	"github.com/wscheck/wscheck/internal/report"
	"github.com/wscheck/wscheck/internal/visible"
)

// annotationRows bounds the annotations of an agent: GitHub shows ten of a step.
const annotationRows = 10

// WriteAnnotations writes commands of GitHub's runners, one in each line, that
// show the groups of failures as errors in a run's page.
func WriteAnnotations(w io.Writer, r *report.Report) error {
	b := bufio.NewWriter(w)
	for i, a := range report.NewLayout(r).Agents {
		agent := r.Agents[i]
		title := func(what string) string { return annotationValue(visible.Text(a.Name, 80) + ": " + what) }
		if agent.Unreachable != "" {
			fmt.Fprintf(b, "::error title=%s::%s\n", title("not reachable"), annotationText(visible.Text(agent.Unreachable, 400)))
		}
		if r.DiedUnexplained(agent) {
			fmt.Fprintf(b, "::error title=%s::its process died %s\n", title("died"), plural.Of(agent.Deaths, "time"))
		}
		for n, g := range r.Groups(agent) {
			if !g.Failed || n == annotationRows {
				break
			}
			fmt.Fprintf(b, "::error title=%s::%s\n", title(g.Label()),
				annotationText(fmt.Sprintf("%s: %s; first: %s", g.CountText(), g.About(), visible.Text(g.Results[0].Case.ID, 120))))
		}
	}
	return b.Flush()
}

// annotationText escapes what would end a command.
func annotationText(s string) string {
	return strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A").Replace(s)
}

// annotationValue escapes what would end a property of a command.
func annotationValue(s string) string {
	return strings.NewReplacer(":", "%3A", ",", "%2C").Replace(annotationText(s))
}
