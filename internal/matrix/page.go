package matrix

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/wscheck/wscheck/internal/plural"
	"github.com/wscheck/wscheck/internal/report"
	"github.com/wscheck/wscheck/oracle"
)

const pageHead = `# The interop matrix

What released WebSocket implementations make of the suite. Made by the command below; do not edit. Each peer is an
echo as its own documentation has one: what the library leaves to its user, the user leaves out. [peers.md](peers.md)
says how a peer is described. What can make a peer crash, hang or exhaust its machine is named by kind alone.

What came of looking at a finding: *True*: the library breaks the sentence of the RFC that is named. *Arguable*: another
reading of the RFC allows it, or a recipient loses nothing by it. *Supposed*: the reason is the one that other peers have for
the same clause, and nobody has read this peer's conversations. *Open*: nobody has looked at it.
`

// WritePage writes a page in Markdown: the agents of the reports by parts of the suite,
// and what each of them gets wrong, by clause. command is how the page is made. The same
// reports give the same page.
func WritePage(w io.Writer, reports []*report.Report, command string) error {
	var b strings.Builder
	b.WriteString(pageHead)
	fmt.Fprintf(&b, "\n```sh\n%s\n```\n", command)
	for _, r := range reports {
		writeRole(&b, r)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func writeRole(b *strings.Builder, r *report.Report) {
	parts := partsOf(r)
	agents := byName(r.Agents)
	fmt.Fprintf(b, "\n## %ss\n\nPlayed on %s, %s. ✓: all cases pass; ≈: cases that are noted, or whose silence was not proved; ✗: cases that fail; –: the peer supports none of the cases. A case is not played that needs what a peer lacks, or that a run did not come to.%s\n\n| %s |",
		title(r.Role.Peer().String()), r.Started.UTC().Format("2006-01-02"), plural.Of(len(r.Cases), "case"), standings(r), r.Role.Peer())
	for _, p := range parts {
		b.WriteString(" " + p.name + " |")
	}
	b.WriteString(" pass | noted | not supported | failed | not played |\n|" + strings.Repeat(" --- |", len(parts)+6) + "\n")
	for _, agent := range agents {
		writeRow(b, r, agent, parts)
	}
	for _, agent := range agents {
		writeAgent(b, agent, r.Groups(agent))
	}
}

func byName(agents []*report.Agent) []*report.Agent {
	return slices.SortedFunc(slices.Values(agents), func(a, b *report.Agent) int { return strings.Compare(a.Name, b.Name) })
}

// part is a column: cases of one part of an RFC, or of one source.
type part struct{ name, prefix string }

// partsOf returns the parts that cases of the report are in, in the order of the suite.
func partsOf(r *report.Report) (parts []part) {
	for _, c := range r.Cases {
		if p := partOf(c.ID); !slices.Contains(parts, p) {
			parts = append(parts, p)
		}
	}
	slices.SortFunc(parts, func(a, b part) int {
		return cmp.Or(cmp.Compare(len(a.prefix), len(b.prefix)), strings.Compare(a.prefix, b.prefix))
	})
	return parts
}

// partOf is the part of a case: "rfc6455/5.4/x" is in section 5 of RFC 6455.
func partOf(id string) part {
	source, rest, _ := strings.Cut(id, "/")
	number, ok := strings.CutPrefix(source, "rfc")
	if !ok {
		return part{markdown(source), source}
	}
	section, _, _ := strings.Cut(rest, "/")
	section, _, _ = strings.Cut(section, ".")
	return part{markdown(number + " §" + section), fmt.Sprintf("rfc%s/%4s", number, section)}
}

// tally counts the results of an agent in a part.
type tally struct{ pass, noted, unsupported, failed int }

func (t *tally) add(result *report.Result, judge report.Judge) {
	switch {
	case result.Failed(judge):
		t.failed++
	case result.Clean(judge):
		t.pass++
	case result.RFC.Outcome == oracle.Unsupported:
		t.unsupported++
	default:
		t.noted++
	}
}

// String is a cell.
func (t *tally) String() string {
	switch {
	case t == nil:
		return ""
	case t.failed > 0 && t.noted > 0:
		return fmt.Sprintf("✗%d ≈%d", t.failed, t.noted)
	case t.failed > 0:
		return fmt.Sprintf("✗%d", t.failed)
	case t.noted > 0:
		return fmt.Sprintf("≈%d", t.noted)
	case t.pass == 0:
		return "–"
	}
	return "✓"
}

func writeRow(b *strings.Builder, r *report.Report, agent *report.Agent, parts []part) {
	by := map[part]*tally{}
	var all tally
	for _, result := range agent.Results {
		p := partOf(result.Case.ID)
		if by[p] == nil {
			by[p] = new(tally)
		}
		by[p].add(result, r.Judge)
		all.add(result, r.Judge)
	}
	fmt.Fprintf(b, "| %s |", markdown(agent.Name))
	for _, p := range parts {
		fmt.Fprintf(b, " %v |", by[p])
	}
	fmt.Fprintf(b, " %d | %d | %d | %d | %d |\n", all.pass, all.noted, all.unsupported, all.failed, len(r.Cases)-len(agent.Results))
}

// supposed begins the reason of a deviation whose conversations were not read.
const supposed = "supposed: "

// reasonOf is the reason that a baseline has for a group.
func reasonOf(g *report.Group) string { return strings.TrimPrefix(g.Known, "known: ") }

// standing is what came of looking at a group that fails.
func standing(g *report.Group) string {
	switch {
	case g.Known == "":
		return "open"
	case strings.HasPrefix(reasonOf(g), supposed):
		return "supposed"
	case strings.Contains(g.Known, "arguable"):
		return "arguable"
	}
	return "true"
}

// standings counts the groups that fail by what came of looking at them.
func standings(r *report.Report) string {
	count := map[string]int{}
	for _, agent := range r.Agents {
		groups := r.Groups(agent)
		for i := range groups {
			if g := &groups[i]; g.Failed || g.Known != "" {
				count[standing(g)]++
			}
		}
	}
	return fmt.Sprintf(" Findings: %d true, %d arguable, %d supposed, %d open.", count["true"], count["arguable"], count["supposed"], count["open"])
}

// writeAgent writes what an agent gets wrong.
func writeAgent(b *strings.Builder, agent *report.Agent, groups []report.Group) {
	fmt.Fprintf(b, "\n### %s\n\n", markdown(agent.Name))
	if agent.Unreachable != "" {
		fmt.Fprintf(b, "It could not be tested: %s\n", markdown(agent.Unreachable))
		return
	}
	var noted []string
	failed := 0
	for i := range groups {
		switch g := &groups[i]; {
		case g.Failed || g.Known != "":
			failed++
			writeGroup(b, g)
		case g.Clause != "" && g.Outcome == oracle.Allowed:
			noted = append(noted, fmt.Sprintf("`%s` %d", g.Clause, len(g.Results)))
		}
	}
	if failed == 0 {
		b.WriteString("Nothing fails.\n")
	}
	if noted != nil {
		fmt.Fprintf(b, "\nNoted: %s.\n", strings.Join(noted, ", "))
	}
}

func writeGroup(b *strings.Builder, g *report.Group) {
	if g.Conduct() {
		// How it is brought about is not for everybody.
		fmt.Fprintf(b, "- *%s* `%s`, %s\n", standing(g), g.Clause, plural.Of(len(g.Results), "case"))
		return
	}
	fmt.Fprintf(b, "- *%s* `%s`, %s, such as `%s`: %s.", standing(g), cmp.Or(string(g.Clause), g.Verdict), plural.Of(len(g.Results), "case"), g.Results[0].Case.ID, markdown(g.Sentence))
	if g.Known != "" {
		b.WriteString(" " + markdown(strings.TrimPrefix(reasonOf(g), supposed)))
	}
	b.WriteString("\n")
}

// title is a word with a capital.
func title(word string) string { return strings.ToUpper(word[:1]) + word[1:] }

// markdown is text that stays text in Markdown, also in the cell of a table.
func markdown(text string) string {
	var b strings.Builder
	for _, r := range text {
		switch {
		case r == '\n' || r == '\r' || r == '\t':
			r = ' '
		case strings.ContainsRune("\\`*_{}[]<>|#~&!", r):
			b.WriteByte('\\')
		}
		b.WriteRune(r)
	}
	return b.String()
}
