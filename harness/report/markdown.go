package report

import (
	"bufio"
	"fmt"
	"io"
	"strings"
)

// markdownRows bounds the cases that a Markdown summary lists for one agent: the
// places where such a summary is shown bound its size.
const markdownRows = 200

// WriteMarkdown writes a summary in GitHub's Markdown, for the job summary of a
// CI run: a table of the agents, and for each the cases that are not clean.
func WriteMarkdown(w io.Writer, r *Report) error {
	b := bufio.NewWriter(w)
	l := newLayout(r)
	fmt.Fprintf(b, "## WebSocket conformance\n\n| Peer | | Pass | Noted | Failed | Not run |\n|---|---|--:|--:|--:|--:|\n")
	for i, agent := range r.Agents {
		c := r.Count(agent)
		sign := "✅"
		switch {
		case c.Failed > 0 || agent.Unreachable != "":
			sign = "❌"
		case c.Missing > 0:
			sign = "⚠️"
		}
		fmt.Fprintf(b, "| %s | %s | %d | %d | %d | %d |\n",
			markdownText(l.agents[i].name, 200), sign, c.Clean, c.Noted, c.Failed, c.Missing)
	}
	if r.Stopped != "" {
		fmt.Fprintf(b, "\n**Stopped before the end:** %s\n", markdownText(r.Stopped, 400))
	}
	for i, agent := range r.Agents {
		r.markdownAgent(b, agent, &l.agents[i])
	}
	return b.Flush()
}

func (r *Report) markdownAgent(b *bufio.Writer, agent *Agent, a *agentLayout) {
	c := r.Count(agent)
	if agent.Unreachable == "" && c.Failed+c.Noted == 0 {
		return
	}
	fmt.Fprintf(b, "\n### %s\n\n", markdownText(a.name, 200))
	if agent.Unreachable != "" {
		fmt.Fprintf(b, "Not reachable: %s\n\n", markdownText(agent.Unreachable, 400))
	}
	if c.Failed+c.Noted == 0 {
		return
	}
	fmt.Fprintf(b, "| Case | Verdict | Why |\n|---|---|---|\n")
	rows := 0
	// What failed comes first: it must not be what a long list cuts off.
	for _, failed := range []bool{true, false} {
		for _, selected := range allCases(r) {
			result := a.results[selected.ID]
			if result == nil || result.Clean(r.Judge) || result.Failed(r.Judge) != failed {
				continue
			}
			if rows++; rows > markdownRows {
				continue
			}
			fmt.Fprintf(b, "| %s | %s %s | %s |\n", markdownText(selected.ID, 120),
				r.verdictLabel(result).Mark(), markdownText(r.verdicts(result), 200), markdownText(r.why(result), 800))
		}
	}
	if rows > markdownRows {
		fmt.Fprintf(b, "\nAnd %s: the report has them all.\n", countOf(rows-markdownRows, "more case"))
	}
}

// markdownText makes s plain text on one line of Markdown, where neither Markdown
// nor HTML means anything.
func markdownText(s string, limit int) string {
	var b strings.Builder
	for _, c := range visible(s, limit) {
		switch {
		case c == '<':
			b.WriteString("&lt;")
		case c == '>':
			b.WriteString("&gt;")
		case c == '&':
			b.WriteString("&amp;")
		case c == '@':
			b.WriteString("&#64;") // mentions nobody
		case strings.ContainsRune("\\`*_{}[]()#+!|~$^=", c):
			b.WriteByte('\\')
			b.WriteRune(c)
		default:
			b.WriteRune(c)
		}
	}
	return b.String()
}
