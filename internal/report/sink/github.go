package sink

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"strings"

	"github.com/wscheck/wscheck/internal/plural"
	"github.com/wscheck/wscheck/internal/report"
	"github.com/wscheck/wscheck/internal/visible"
)

// What a Markdown summary lists at most: the places where one is shown bound its
// size, and show nothing of one that is larger.
const (
	markdownRows   = 200       // cases of one group
	markdownOctets = 768 << 10 // of GitHub's mebioctet
)

// WriteMarkdown writes a summary in GitHub's Markdown, for the job summary of a
// CI run: a table of the agents, and for each what is not clean, by groups.
func WriteMarkdown(w io.Writer, r *report.Report) error {
	m := &markdown{report: r}
	l := report.NewLayout(r)
	m.printf("## WebSocket conformance\n\n")
	if len(r.Shards) > 0 {
		m.printf("Shards: %s\n\n", report.ShardList(r.Shards))
	}
	m.printf("| Peer | | Pass | Noted | Known | Failed | Not run |\n|---|---|--:|--:|--:|--:|--:|\n")
	for i, agent := range r.Agents {
		c := r.Count(agent)
		sign := "✅"
		switch {
		case c.Failed > 0 || agent.Unreachable != "" || r.DiedUnexplained(agent):
			sign = "❌"
		case c.Missing > 0:
			sign = "⚠️"
		}
		m.printf("| %s | %s | %d | %d | %d | %d | %d |\n",
			markdownText(l.Agents[i].Name, 200), sign, c.Clean, c.Noted, c.Known, c.Failed, c.Missing)
	}
	if r.Stopped != "" {
		m.printf("\n**Stopped before the end:** %s\n", markdownText(r.Stopped, 400))
	}
	if r.LeftOut > 0 {
		m.printf("\n%s\n", report.LeftOutText(r.LeftOut, r.Role.Peer().String()))
	}
	m.baseline()
	for i, agent := range r.Agents {
		left := len(r.Agents) - i
		m.room = m.b.Len() + max(0, markdownOctets-m.b.Len())/left
		m.agent(agent, l.Agents[i])
	}
	_, err := w.Write(m.b.Bytes())
	return err
}

// markdown is a summary on its way.
type markdown struct {
	b      bytes.Buffer
	report *report.Report
	room   int // size from which on no more cases are listed
}

func (m *markdown) printf(format string, args ...any) { fmt.Fprintf(&m.b, format, args...) }

// baseline lists the entries of the baseline that no longer occur.
func (m *markdown) baseline() {
	b := m.report.Baseline
	if b == nil {
		return
	}
	m.printf("\nBaseline: %s.\n", b)
	for i := range b.Gone {
		if i == 0 {
			m.printf("\nThese deviations are gone:\n\n")
		}
		if i == markdownRows {
			m.printf("- and %s more\n", plural.Decimal(len(b.Gone)-i))
			return
		}
		m.printf("- %s\n", markdownText(b.Gone[i].String(), 800))
	}
}

func (m *markdown) agent(agent *report.Agent, a *report.AgentLayout) {
	r := m.report
	c := r.Count(agent)
	died := r.DiedUnexplained(agent)
	if agent.Unreachable == "" && !died && c.Failed+c.Noted+c.Known == 0 {
		return
	}
	m.printf("\n### %s\n\n", markdownText(a.Name, 200))
	if agent.Unreachable != "" {
		m.printf("Not reachable: %s\n", markdownText(agent.Unreachable, 400))
	}
	if died {
		m.printf("Its process died %s.\n\n", plural.Of(agent.Deaths, "time"))
	}
	m.groups(r.Groups(agent))
}

// groups lists groups of results, and folds up the cases of each, and all of what
// is known.
func (m *markdown) groups(groups []report.Group) {
	m.table(groups, func(g *report.Group) bool { return g.Known == "" })
	known := 0
	for i := range groups {
		if groups[i].Known != "" {
			known += len(groups[i].Results)
		}
	}
	if known > 0 {
		m.printf("\n<details><summary>%s</summary>\n\n", plural.Of(known, "known deviation"))
		m.table(groups, func(g *report.Group) bool { return g.Known != "" })
		m.printf("\n</details>\n")
	}
	for i := range groups {
		if g := &groups[i]; g.Failed {
			m.cases(g)
		}
	}
}

// table lists those groups that are wanted.
func (m *markdown) table(groups []report.Group, want func(*report.Group) bool) {
	rows := 0
	for i := range groups {
		g := &groups[i]
		if !want(g) {
			continue
		}
		if rows == 0 {
			m.printf("| What | Cases | | First |\n|---|--:|---|---|\n")
		}
		if rows == markdownRows || m.b.Len() > m.room {
			m.printf("\nAnd more, which the report has.\n")
			return
		}
		rows++
		m.printf("| %s %s | %d | %s | %s |\n", g.Tone.Mark(), markdownText(g.Label(), 120), len(g.Results),
			markdownText(g.About(), 800), markdownText(g.Results[0].Case.ID, 120))
	}
}

// cases lists the cases of a group, folded up.
func (m *markdown) cases(g *report.Group) {
	r := m.report
	if m.b.Len() > m.room {
		return
	}
	m.printf("\n<details><summary>%s: %s</summary>\n\n", markdownText(g.Label(), 120), plural.Of(len(g.Results), "case"))
	m.printf("| Case | Verdict | Why |\n|---|---|---|\n")
	for i, result := range g.Results {
		if i == markdownRows || m.b.Len() > m.room {
			m.printf("\nAnd %s: the report has them all.\n", plural.Of(len(g.Results)-i, "more case"))
			break
		}
		m.printf("| %s | %s %s | %s |\n", markdownText(result.Case.ID, 120),
			r.VerdictLabel(result).Mark(), markdownText(r.Verdicts(result), 200), markdownText(r.Why(result), 800))
	}
	m.printf("\n</details>\n")
}

// markdownText makes s plain text on one line of Markdown, where neither Markdown
// nor HTML means anything.
func markdownText(s string, limit int) string {
	return markdownPlain.Replace(visible.Text(s, limit))
}

// markdownPlain escapes what means something in Markdown or HTML, mentions somebody, or
// becomes a link by itself.
var markdownPlain = func() *strings.Replacer {
	pairs := []string{"<", "&lt;", ">", "&gt;", "&", "&amp;", "@", "&#64;", "://", "&#58;//", "www.", "www&#46;"}
	for _, c := range "\\`*_{}[]()#+!|~$^=" {
		pairs = append(pairs, string(c), `\`+string(c))
	}
	return strings.NewReplacer(pairs...)
}()

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
