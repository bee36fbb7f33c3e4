package main

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/wscheck/wscheck/fuzz/peers"
	"github.com/wscheck/wscheck/harness"
	"github.com/wscheck/wscheck/harness/report"
	"github.com/wscheck/wscheck/oracle"
	"github.com/wscheck/wscheck/wsproto"
)

// page gathers what is found.
type page struct {
	versions map[string]string // by module
	found    map[oracle.ClauseID]map[subject]*finding
	browser  *report.Baseline
}

// subject is a library in a role.
type subject struct {
	library string
	role    wsproto.Role
}

// finding is where a subject breaks a clause.
type finding struct {
	reason string
	cases  []string
}

func newPage(browser *report.Baseline) *page {
	return &page{versions: map[string]string{}, found: map[oracle.ClauseID]map[subject]*finding{}, browser: browser}
}

// add takes in a report of a library. What it shows with compression and without is told once.
func (p *page) add(lib *peers.Library, role wsproto.Role, r *harness.Report) {
	p.versions[lib.Module] = lib.Version
	known := lib.Known(role)
	plain := subject{strings.TrimSuffix(lib.Name, "+deflate"), role}
	for _, result := range r.Agents[0].Results {
		secret := slices.ContainsFunc(result.RFC.Findings, func(f oracle.Finding) bool { return dangerous(f.Clause) })
		for i := range result.RFC.Findings {
			f := &result.RFC.Findings[i]
			if f.Outcome != oracle.Violation || secret && !dangerous(f.Clause) {
				continue
			}
			at := p.found[f.Clause]
			if at == nil {
				at = map[subject]*finding{}
				p.found[f.Clause] = at
			}
			s := subject{lib.Name, role}
			if at[plain] != nil {
				s = plain
			}
			if at[s] == nil {
				at[s] = &finding{reason: reasonFor(known, f.Clause)}
			}
			if !slices.Contains(at[s].cases, result.Case.ID) {
				at[s].cases = append(at[s].cases, result.Case.ID)
			}
		}
	}
}

// reasonFor is what is known of a library and a clause, "" for nothing.
func reasonFor(known []harness.Deviation, clause oracle.ClauseID) string {
	for _, d := range known {
		before, after, wild := strings.Cut(string(d.Clause), "*")
		if d.Clause == clause || wild && strings.HasPrefix(string(clause), before) && strings.HasSuffix(string(clause), after) {
			return d.Reason
		}
	}
	return ""
}

// dangerous reports whether what breaks a clause can harm whoever uses the library: then the page does not say how.
func dangerous(clause oracle.ClauseID) bool {
	switch clause {
	case "wscheck/peer-died", "wscheck/peer-panicked", "wscheck/peer-hung", "wscheck/peer-bloated", "wscheck/overflow":
		return true
	}
	return false
}

// shownCases is how many cases are named for a library.
const shownCases = 3

const introduction = `# Findings

What released WebSocket libraries do otherwise than RFC 6455 and RFC 7692 want, clause by clause, with cases that show
it. Made by ` + "`go run ./cmd/findings > ../../docs/findings.md`" + ` in ` + "`fuzz/peers`" + `; do not edit.

Each library is an echo as its own documentation has it: what it leaves to its user, the user here leaves out. Many of
these are harmless, and some are choices; the text of each says why. What can make a library crash, hang or exhaust
its machine is told by library and kind alone. Names that end in "+deflate" have permessage-deflate switched on.

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

func writeClause(b *strings.Builder, clause *oracle.Clause, at map[subject]*finding) {
	fmt.Fprintf(b, "\n## `%s`\n\n%s, %s: %s\n\n", clause.ID, clause.Section, clause.Level, clause.Text)
	subjects := make([]subject, 0, len(at))
	for s := range at {
		subjects = append(subjects, s)
	}
	slices.SortFunc(subjects, func(a, b subject) int {
		return cmp.Or(strings.Compare(a.library, b.library), cmp.Compare(b.role, a.role))
	})
	for _, s := range subjects {
		f := at[s]
		fmt.Fprintf(b, "- **%s** as %s", s.library, s.role)
		if !dangerous(clause.ID) {
			fmt.Fprintf(b, ", %s", caseList(f.cases))
		}
		if f.reason != "" {
			fmt.Fprintf(b, ". %s", f.reason)
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
