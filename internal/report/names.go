package report

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/wscheck/wscheck/internal/catalogue"
)

// unknownAgent is the name that Autobahn|Testsuite gives a peer that has none.
const unknownAgent = "UnknownServer"

// maxCleanName bounds the part of a file name that comes from an agent, and the
// part that comes from a case, so that both with all suffixes stay below the
// 255 octets of common file systems.
const maxCleanName = 96

// Layout says under which names the agents and results of a report appear, in
// JSON, on pages and as files. Where agents differ in name, the names are those
// that Autobahn|Testsuite gives.
type Layout struct {
	Agents                []*AgentLayout // in the order of Report.Agents
	shown, cleaned, taken names          // names of agents, their parts of file names, files
}

// AgentLayout is the part of a layout that belongs to one agent.
type AgentLayout struct {
	Name    string             // as shown: unique within the report
	Clean   string             // the part of file names that stands for it
	Results map[string]*Result // by case id
	Files   map[string]string  // case id → file name without its extension
}

// NewLayout finds names for everything in r. It depends on names and order
// alone, so that a report that was written and read again gets the same.
func NewLayout(r *Report) *Layout {
	l := EmptyLayout()
	for _, agent := range r.Agents {
		a := l.Add(agent.Name)
		for _, result := range agent.Results {
			l.File(a, result.Case)
			// A case that ran twice is reported as it ended the last time.
			a.Results[result.Case.ID] = result
		}
	}
	return l
}

func EmptyLayout() *Layout { return &Layout{shown: names{}, cleaned: names{}, taken: names{}} }

// Add finds names for one more agent.
func (l *Layout) Add(name string) *AgentLayout {
	name = cmp.Or(name, unknownAgent)
	clean := cleanName(name)
	a := &AgentLayout{
		Name:    l.shown.unique(name, func(n int) string { return name + " (" + strconv.Itoa(n) + ")" }),
		Clean:   l.cleaned.unique(clean, func(n int) string { return clean + "_" + strconv.Itoa(n) }),
		Results: map[string]*Result{},
		Files:   map[string]string{},
	}
	l.Agents = append(l.Agents, a)
	return a
}

// File returns the name of the agent's files for the case, and finds one where
// there is none.
func (l *Layout) File(a *AgentLayout, c *catalogue.Case) string {
	file, ok := a.Files[c.ID]
	if !ok {
		base := a.Clean + "_case_" + CaseSlug(c)
		file = l.taken.unique(base, func(n int) string { return base + "_" + strconv.Itoa(n) })
		a.Files[c.ID] = file
	}
	return file
}

// Remove takes an agent and its names out.
func (l *Layout) Remove(i int) {
	a := l.Agents[i]
	l.Agents = slices.Delete(l.Agents, i, i+1)
	delete(l.shown, a.Name)
	delete(l.cleaned, a.Clean)
	for _, file := range a.Files {
		delete(l.taken, file)
	}
}

// Clone returns a copy that further names do not change.
func (l *Layout) Clone() *Layout {
	c := &Layout{Agents: make([]*AgentLayout, len(l.Agents))}
	for i, a := range l.Agents {
		c.Agents[i] = &AgentLayout{Name: a.Name, Clean: a.Clean, Results: maps.Clone(a.Results), Files: maps.Clone(a.Files)}
	}
	return c
}

// names is a set of names in use: of each, the next number to try for another
// of the same name.
type names map[string]int

// unique returns name, or the first of variant(2), variant(3) and so on that is
// not in use, and takes it.
func (used names) unique(name string, variant func(n int) string) string {
	n, taken := used[name]
	if !taken {
		used[name] = 2
		return name
	}
	for {
		other := variant(n)
		n++
		if _, taken := used[other]; !taken {
			used[name], used[other] = n, 2
			return other
		}
	}
}

// cleanName turns the name of an agent into the part of a file name that
// Autobahn|Testsuite makes of it: lower case, every code point outside a–z and
// 0–9 a blank, trimmed, blanks to underscores. It can be empty. A name that is
// too long for a file is cut and told apart by its hash.
func cleanName(name string) string {
	var b strings.Builder
	for _, c := range name {
		// Simple case mapping as Python 2 has it: the Kelvin sign is a k.
		c = unicode.ToLower(c)
		if 'a' <= c && c <= 'z' || '0' <= c && c <= '9' {
			b.WriteRune(c)
		} else {
			b.WriteByte(' ')
		}
	}
	return bound(strings.ReplaceAll(strings.Trim(b.String(), " "), " ", "_"), name)
}

// CaseSlug is the part of a file name that stands for a case: "4_2_4" for case
// 4.2.4, "rfc6455_5_5_ping_126" for one of our own.
func CaseSlug(c *catalogue.Case) string {
	id, ok := AutobahnID(c)
	if !ok {
		id = c.ID
	}
	return bound(SlugOf(id), id)
}

// SlugOf is an id with all but letters and digits made underscores.
func SlugOf(id string) string {
	return strings.Map(func(r rune) rune {
		r = unicode.ToLower(r)
		if 'a' <= r && r <= 'z' || '0' <= r && r <= '9' {
			return r
		}
		return '_'
	}, id)
}

// bound cuts a cleaned name to maxCleanName octets; original tells it apart from
// others with the same beginning.
func bound(clean, original string) string {
	if len(clean) <= maxCleanName {
		return clean
	}
	sum := sha256.Sum256([]byte(original))
	return clean[:maxCleanName-9] + "_" + hex.EncodeToString(sum[:4])
}

// AutobahnID returns the id by which Autobahn|Testsuite knows the case, for
// example "4.2.4". ok is false for a case that it does not have.
func AutobahnID(c *catalogue.Case) (id string, ok bool) {
	id, ok = strings.CutPrefix(c.ID, catalogue.AutobahnPrefix)
	return id, ok && c.Number > 0
}
