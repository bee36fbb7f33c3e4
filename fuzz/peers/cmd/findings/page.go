package main

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/wscheck/wscheck/fuzz/peers"
	"github.com/wscheck/wscheck/internal/catalogue"
	"github.com/wscheck/wscheck/internal/engine"
	"github.com/wscheck/wscheck/internal/report"
	"github.com/wscheck/wscheck/oracle"
	"github.com/wscheck/wscheck/wsproto"
)

// page gathers what is found.
type page struct {
	versions map[string]string                        // by module
	found    map[oracle.ClauseID]map[subject][]string // the cases that show it
	browser  *report.Baseline
}

// subject is a library in a role, and what is known of how it breaks a clause.
type subject struct {
	library string
	role    wsproto.Role
	reason  string // "" where nothing is known
}

func newPage(browser *report.Baseline) *page {
	return &page{versions: map[string]string{}, found: map[oracle.ClauseID]map[subject][]string{}, browser: browser}
}

// add takes in a report of a library. What it shows with compression and without is listed once.
func (p *page) add(lib *peers.Library, role wsproto.Role, r *engine.Report) {
	p.versions[lib.Module] = lib.Version
	known := lib.Known(role)
	for _, result := range r.Agents[0].Results {
		secret := slices.ContainsFunc(result.RFC.Findings, func(f oracle.Finding) bool { return dangerous(f.Clause) })
		for i := range result.RFC.Findings {
			f := &result.RFC.Findings[i]
			if f.Outcome != oracle.Violation || secret && !dangerous(f.Clause) {
				continue
			}
			at := p.found[f.Clause]
			if at == nil {
				at = map[subject][]string{}
				p.found[f.Clause] = at
			}
			s := subject{strings.TrimSuffix(lib.Name, "+deflate"), role, reasonFor(known, f.Clause, result.Case.ID)}
			if at[s] == nil {
				s.library = lib.Name
			}
			if !slices.Contains(at[s], result.Case.ID) {
				at[s] = append(at[s], result.Case.ID)
			}
		}
	}
}

// reasonFor is what is known of a library, a clause and a case, "" for nothing.
func reasonFor(known []engine.Deviation, clause oracle.ClauseID, id string) string {
	for _, d := range known {
		cases, err := catalogue.ParsePatterns([]string{cmp.Or(d.Case, "*")}, catalogue.CommandLine)
		before, after, wild := strings.Cut(string(d.Clause), "*")
		if (d.Clause == clause || wild && strings.HasPrefix(string(clause), before) && strings.HasSuffix(string(clause), after)) &&
			err == nil && cases.Match(id) {
			return d.Reason
		}
	}
	return ""
}

// dangerous reports whether what breaks a clause can harm the users of the library: then the page does not say how.
func dangerous(clause oracle.ClauseID) bool {
	switch clause {
	case "wscheck/peer-died", "wscheck/peer-panicked", "wscheck/peer-hung", "wscheck/peer-bloated",
		"wscheck/peer-toiled", "wscheck/peer-kept", "wscheck/peer-mixed", "wscheck/overflow":
		return true
	}
	return false
}

// shownCases is how many cases are named for a library.
const shownCases = 3

const introduction = `# Findings

What released WebSocket libraries do otherwise than RFC 6455 and RFC 7692 require, clause by clause, with cases that show
it. Made by ` + "`go run ./cmd/findings > ../../docs/findings.md`" + ` in ` + "`fuzz/peers`" + `; do not edit.

Each library is an echo as its own documentation has it: what it leaves to its user, the user here leaves out. Many of
these are harmless, and some are choices; the text of each says why. What can make a library crash, hang or exhaust
its machine is named by library and kind alone. Names that end in "+deflate" have permessage-deflate switched on.

`

// write writes the page.
func (p *page) write(w io.Writer) error {
	var b strings.Builder
	b.WriteString(introduction)
	b.WriteString("| library | release |\n| --- | --- |\n")
	modules := make([]string, 0, len(p.versions))
	for module := range p.versions {
		modules = append(modules, module)
	}
	slices.Sort(modules)
	for _, module := range modules {
		fmt.Fprintf(&b, "| %s | %s |\n", module, cmp.Or(p.versions[module], "unknown"))
	}
	for clause := range oracle.Clauses() {
		if at := p.found[clause.ID]; at != nil {
			writeClause(&b, clause, at)
		}
	}
	b.WriteString(browser(p.browser))
	_, err := io.WriteString(w, b.String())
	return err
}

func writeClause(b *strings.Builder, clause *oracle.Clause, at map[subject][]string) {
	fmt.Fprintf(b, "\n## `%s`\n\n%s: %s\n\n", clause.ID, clause.Section, clause)
	subjects := make([]subject, 0, len(at))
	for s := range at {
		subjects = append(subjects, s)
	}
	slices.SortFunc(subjects, func(a, b subject) int {
		return cmp.Or(strings.Compare(a.library, b.library), cmp.Compare(b.role, a.role), strings.Compare(a.reason, b.reason))
	})
	for _, s := range subjects {
		fmt.Fprintf(b, "- **%s** as %s", s.library, s.role)
		if !dangerous(clause.ID) {
			fmt.Fprintf(b, ", %s", caseList(at[s]))
		}
		if s.reason != "" {
			fmt.Fprintf(b, ". %s", s.reason)
		}
		b.WriteString("\n")
	}
}

// caseList names the first cases.
func caseList(cases []string) string {
	shown := make([]string, min(len(cases), shownCases))
	for i := range shown {
		shown[i] = "`" + cases[i] + "`"
	}
	text := strings.Join(shown, ", ")
	if more := len(cases) - len(shown); more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	return text
}
