package mutation

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/wscheck/wscheck/internal/catalogue"
	"github.com/wscheck/wscheck/internal/plural"
	"github.com/wscheck/wscheck/internal/reference"
	"github.com/wscheck/wscheck/oracle"
	"github.com/wscheck/wscheck/wsproto"
)

// Coverage is a clause with the cases that exercise it, by what they say of
// themselves, and the mutants that break it.
type Coverage struct {
	*oracle.Clause
	Cases   []string // ids, in order of execution
	Mutants []string // names
}

// Covering are cases and mutants besides those of the catalogue and of package
// reference.
type Covering struct {
	Cases   []*catalogue.Case
	Mutants []reference.Mutant
}

// Cover returns the coverage of every clause, in the order of the table.
func Cover(more ...Covering) []Coverage {
	var all []Coverage
	index := make(map[oracle.ClauseID]int)
	for c := range oracle.Clauses() {
		index[c.ID] = len(all)
		all = append(all, Coverage{Clause: c})
	}
	cases := catalogue.For(wsproto.Client)
	for _, cs := range catalogue.For(wsproto.Server) {
		if !cs.Roles.Has(wsproto.Client) { // else it is there already
			cases = append(cases, cs)
		}
	}
	mutants := reference.Mutants()
	for _, c := range more {
		cases, mutants = append(cases, c.Cases...), append(mutants, c.Mutants...)
	}
	for _, cs := range cases {
		for _, id := range cs.Clauses {
			if i, ok := index[id]; ok {
				all[i].Cases = append(all[i].Cases, cs.ID)
			}
		}
	}
	for _, m := range mutants {
		if i, ok := index[m.Clause]; ok {
			all[i].Mutants = append(all[i].Mutants, m.Name)
		}
	}
	return all
}

// Owed reports whether there have to be cases and mutants for the clause: it is
// a MUST or a MUST NOT, and the other endpoint can see it being broken.
func (c *Coverage) Owed() bool { return c.Visible() && c.Level.Binding() }

// WriteClauses writes the clauses for people to read, with their cases and
// mutants where coverage is asked for, and a summary.
func WriteClauses(w io.Writer, clauses []Coverage, coverage bool) error {
	var b strings.Builder
	for i := range clauses {
		clauses[i].describe(&b, coverage)
	}
	summarize(&b, clauses, coverage)
	_, err := io.WriteString(w, b.String())
	return err
}

func (c *Coverage) describe(b *strings.Builder, coverage bool) {
	fmt.Fprintf(b, "%-46s %-10s  %-6s  %-15s  %s\n", c.ID, c.Level, c.Binds, c.Section, c.Text)
	if c.Unseen != "" {
		fmt.Fprintf(b, "    unseen: %s\n", c.Unseen)
	}
	if c.SameAs != "" {
		fmt.Fprintf(b, "    judged as %s\n", c.SameAs)
	}
	switch {
	case c.Disputed:
		fmt.Fprintf(b, "    disputed: %s\n", c.Note)
	case c.Note != "":
		fmt.Fprintf(b, "    note: %s\n", c.Note)
	}
	if coverage && c.Visible() {
		fmt.Fprintf(b, "    %s; %s\n", some("case", c.Cases), some("mutant", c.Mutants))
	}
}

// shown is how many names of a list are shown.
const shown = 3

// some counts names and shows the first.
func some(noun string, names []string) string {
	text := fmt.Sprintf("%d %ss", len(names), noun)
	switch n := len(names); {
	case n == 0:
		return "no " + noun
	case n == 1:
		return "1 " + noun + ": " + names[0]
	case n > shown:
		return text + ": " + strings.Join(names[:shown], ", ") + ", …"
	}
	return text + ": " + strings.Join(names, ", ")
}

func summarize(b *strings.Builder, clauses []Coverage, coverage bool) {
	count := func(of func(*Coverage) bool) (n int) {
		for i := range clauses {
			if of(&clauses[i]) {
				n++
			}
		}
		return n
	}
	owed := count((*Coverage).Owed)
	fmt.Fprintf(b, "%s: %d judged (%d of them MUST or MUST NOT, %d disputed); %d judged under another id; %d unseen\n",
		plural.Of(len(clauses), "clause"),
		count(func(c *Coverage) bool { return c.Visible() }), owed,
		count(func(c *Coverage) bool { return c.Visible() && c.Disputed }),
		count(func(c *Coverage) bool { return c.SameAs != "" }),
		count(func(c *Coverage) bool { return c.Unseen != "" }))
	if !coverage {
		return
	}
	for _, of := range []struct {
		noun  string
		names func(*Coverage) []string
	}{
		{"case", func(c *Coverage) []string { return c.Cases }},
		{"mutant", func(c *Coverage) []string { return c.Mutants }},
	} {
		var without []string
		for i := range clauses {
			if c := &clauses[i]; c.Owed() && len(of.names(c)) == 0 {
				without = append(without, string(c.ID))
			}
		}
		fmt.Fprintf(b, "of the %d visible MUSTs and MUST NOTs, %d have a %s", owed, owed-len(without), of.noun)
		if len(without) > 0 {
			fmt.Fprintf(b, "; not %s", strings.Join(without, ", "))
		}
		b.WriteByte('\n')
	}
}

// clauseJSON is a clause as other programs read it.
type clauseJSON struct {
	ID       oracle.ClauseID `json:"id"`
	Level    string          `json:"level"`
	Binds    string          `json:"binds"`
	Section  string          `json:"section"`
	Text     string          `json:"text"`
	Unseen   string          `json:"unseen,omitempty"`
	SameAs   oracle.ClauseID `json:"sameAs,omitempty"`
	Disputed bool            `json:"disputed,omitempty"`
	Note     string          `json:"note,omitempty"`
	Cases    []string        `json:"cases,omitempty"`
	Mutants  []string        `json:"mutants,omitempty"`
}

// WriteClausesJSON writes the clauses as an array of objects, with all their
// cases and mutants where coverage is asked for.
func WriteClausesJSON(w io.Writer, clauses []Coverage, coverage bool) error {
	list := make([]clauseJSON, len(clauses))
	for i, c := range clauses {
		list[i] = clauseJSON{
			ID: c.ID, Level: c.Level.String(), Binds: c.Binds.String(), Section: c.Section, Text: c.Text,
			Unseen: c.Unseen, SameAs: c.SameAs, Disputed: c.Disputed, Note: c.Note,
		}
		if coverage {
			list[i].Cases, list[i].Mutants = slices.Clone(c.Cases), slices.Clone(c.Mutants)
		}
	}
	return writeJSON(w, list)
}

func writeJSON(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	return e.Encode(v)
}
