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

const findingsHead = `# Findings

What released WebSocket implementations do otherwise than RFC 6455 and RFC 7692 require, clause by clause, with a case
that shows it. Made of the reports that [matrix.md](matrix.md) is made of, by ` + "`go run ./cmd/findings > ../../docs/findings.md`" + `
in ` + "`fuzz/peers`" + `; do not edit.

Each peer is an echo as its own documentation has it: what it leaves to its user, the user here leaves out. Many findings
are harmless, and some are choices; the text of each says why. *Arguable* means that another reading of the RFC allows it,
or that a recipient loses nothing by it. *Open* means that the conversations were not read. What can make a
peer crash, hang or exhaust its machine is named by library, release and class alone.

*Known to its authors* names where the project speaks of the finding. *New* means that its public issues and pull requests
were searched on 2026-11-27, by the name of the project and what the finding shows in words, and that none of those found
speaks of it. Where a finding has neither, nobody has looked.

The classes:

`

// The classes of findings.
var classes = []struct{ name, text string }{
	{"conduct", "the process ends, hangs, or takes what its machine has"},
	{"alters", "messages come back otherwise than they came"},
	{"refuses", "what is valid is refused, or ends the connection"},
	{"takes", "what has to be refused is taken"},
	{"sends", "what must not be sent is sent, or what must be is not"},
}

// classOf is the class of what breaks a clause.
func classOf(id oracle.ClauseID) string {
	s := string(id)
	has := func(parts ...string) bool {
		return slices.ContainsFunc(parts, func(part string) bool { return strings.Contains(s, part) })
	}
	switch {
	case strings.HasPrefix(s, "wscheck/echo-"):
		return "alters"
	case has("wscheck/stay", "/equal", "/respond", "/close-taken", "7692/5/decline", "/control-within"):
		return "refuses"
	case strings.HasPrefix(s, "wscheck/"):
		return "conduct"
	case strings.HasSuffix(s, "-fail"), has("/4.1/response-", "/validate-response", "/4.2.1/", "-closes-", "/7.1/decline-", "/7.1/fail-", "/7.1.7/stop"):
		return "takes"
	}
	return "sends"
}

// finding is one reason why a clause is broken by peers of one role.
type finding struct{ role, standing, reason string }

// shown is a peer that a finding is of, and the first of its cases.
type shown struct{ agent, text string }

// WriteFindings writes a page in Markdown: what the agents of the reports get wrong, clause by
// clause, with the peers that one reason is for together. browser is what is known of a
// browser, which no report is on. The same reports give the same page.
func WriteFindings(w io.Writer, reports []*report.Report, browser *report.Baseline) error {
	found := map[oracle.ClauseID]map[finding][]shown{}
	var table strings.Builder
	for _, r := range reports {
		role := r.Role.Peer().String()
		for _, agent := range byName(r.Agents) {
			count := map[string]int{}
			groups := r.Groups(agent)
			for i := range groups {
				g := &groups[i]
				if g.Clause == "" || !g.Failed && g.Known == "" {
					continue
				}
				if found[g.Clause] == nil {
					found[g.Clause] = map[finding][]shown{}
				}
				f, s := finding{role, standing(g), strings.TrimPrefix(reasonOf(g), supposed)}, shown{agent: markdown(agent.Name)}
				if !g.Conduct() {
					s.text = fmt.Sprintf(" (%s, such as `%s`)", plural.Of(len(g.Results), "case"), g.Results[0].Case.ID)
				} else {
					f.reason = ""
				}
				count[f.standing]++
				found[g.Clause][f] = append(found[g.Clause][f], s)
			}
			fmt.Fprintf(&table, "| %s | %s | %d | %d | %d |\n", markdown(agent.Name), role, count["true"], count["arguable"], count["supposed"]+count["open"])
		}
	}
	var b strings.Builder
	b.WriteString(findingsHead)
	for _, c := range classes {
		fmt.Fprintf(&b, "- *%s*: %s\n", c.name, c.text)
	}
	b.WriteString("\n| peer | as | true | arguable | open |\n| --- | --- | --- | --- | --- |\n" + table.String())
	for clause := range oracle.Clauses() {
		if at := found[clause.ID]; at != nil {
			writeClause(&b, clause, at)
		}
	}
	writeBrowser(&b, browser)
	_, err := io.WriteString(w, b.String())
	return err
}

func writeClause(b *strings.Builder, clause *oracle.Clause, at map[finding][]shown) {
	fmt.Fprintf(b, "\n## `%s`\n\n%s: %s Class: *%s*.\n\n", clause.ID, clause.Section, clause, classOf(clause.ID))
	var findings []finding
	for f := range at {
		findings = append(findings, f)
	}
	slices.SortFunc(findings, func(a, b finding) int {
		return cmp.Or(strings.Compare(b.role, a.role), -cmp.Compare(len(at[a]), len(at[b])), strings.Compare(a.reason, b.reason), strings.Compare(a.standing, b.standing))
	})
	for _, f := range findings {
		fmt.Fprintf(b, "- As %ss: ", f.role)
		for i, s := range at[f] {
			if i > 0 {
				b.WriteString(", ")
			}
			fmt.Fprintf(b, "**%s**%s", s.agent, s.text)
		}
		b.WriteString(".")
		if f.standing != "true" {
			fmt.Fprintf(b, " *%s.*", title(f.standing))
		}
		if f.reason != "" {
			b.WriteString(" " + markdown(f.reason))
		}
		b.WriteString("\n")
	}
}

// writeBrowser writes what a test of package internal/web knows of a browser. That test
// fails for anything else that the browser does, and for what it no longer does.
func writeBrowser(b *strings.Builder, known *report.Baseline) {
	b.WriteString("\n## In a browser\n\nWhat Chromium does, by the page of `wscheck server --web`; " +
		"`WSCHECK_CHROMIUM=… go test ./internal/web` checks it.\n\n")
	for _, k := range known.Known {
		fmt.Fprintf(b, "- **%s**, `%s`, %s", k.Agent, k.Case, k.Verdict)
		if k.Judge == report.JudgeAutobahn {
			b.WriteString(" by Autobahn")
		}
		for _, c := range k.Clauses {
			fmt.Fprintf(b, ", `%s`", c)
		}
		fmt.Fprintf(b, ". %s\n", k.Reason)
	}
}
