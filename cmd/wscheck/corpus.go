package main

import (
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"text/tabwriter"

	"github.com/wscheck/wscheck/corpus"
	"github.com/wscheck/wscheck/harness/http2"
	"github.com/wscheck/wscheck/internal/convert"
	"github.com/wscheck/wscheck/internal/plural"
	"github.com/wscheck/wscheck/oracle"
)

type corpusCmd struct {
	List   corpusListCmd   `cmd:"" help:"List entries."`
	Show   corpusShowCmd   `cmd:"" help:"Print entries, and what comes of them."`
	Fmt    corpusFmtCmd    `cmd:"" help:"Bring entries into their canonical form."`
	New    corpusNewCmd    `cmd:"" help:"Make an entry of a script."`
	Add    corpusAddCmd    `cmd:"" help:"Make an entry of a saved trace."`
	Import corpusImportCmd `cmd:"" help:"Make entries of files in other formats."`
	Export corpusExportCmd `cmd:"" help:"Write entries in another format."`
	Merge  corpusMergeCmd  `cmd:"" help:"Make one corpus of several: each conversation once."`
	Min    corpusMinCmd    `cmd:"" help:"Keep those entries that add something: a clause, or a state of a conversation."`
}

// entryFlags pick entries.
type entryFlags struct {
	Rule     string `placeholder:"CLAUSE" help:"Only entries about a clause, by its id or a pattern: 'rfc6455/5.5/*'."`
	Role     string `enum:",client,server" default:"" placeholder:"ROLE" help:"Only entries in which our side is the client, or the server."`
	Feature  string `placeholder:"NAME" help:"Only entries that need a feature."`
	Advisory string `placeholder:"ID" help:"Only entries about a published flaw: CVE-2020-27813."`
}

// load is [load] for the entries that are picked.
func (f *entryFlags) load(source string) ([]*corpus.Entry, error) {
	entries, err := load(source, convert.Options{})
	if err != nil {
		return nil, err
	}
	return corpus.Select(entries, corpus.Query{Rule: f.Rule, Role: f.Role, Feature: f.Feature, Advisory: f.Advisory})
}

// load reads a corpus, or files of any format; without a source, the entries that
// come with the program.
func load(source string, o convert.Options) ([]*corpus.Entry, error) {
	if source == "" {
		return corpus.Embedded()
	}
	o.Heads = http2.NewHeads
	return convert.Read(source, o)
}

type corpusListCmd struct {
	entryFlags
	Source string `arg:"" optional:"" help:"Folder of entries (default: those that come with wscheck)."`
}

// Run prints a line for each entry.
func (c *corpusListCmd) Run(e *env) error {
	entries, err := c.load(c.Source)
	if err != nil {
		return usage(err)
	}
	w := tabwriter.NewWriter(e.stdout, 0, 0, 2, ' ', 0)
	for _, entry := range entries {
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", entry.ID(), entry.Role, entry.Rules[0], entry.Name)
	}
	return w.Flush()
}

// tally is what a corpus covers, for a table.
type tally struct {
	entries, octets int
	rules, advisory int

	played          bool // so that clauses and states are known
	clauses, states int
}

// count counts what the entries say of themselves.
func count(entries []*corpus.Entry) (t tally) {
	rules, advisories := map[oracle.ClauseID]bool{}, map[string]bool{}
	for _, e := range entries {
		t.octets += len(e.Format())
		for _, r := range e.Rules {
			rules[r] = true
		}
		for _, a := range e.Advisory {
			advisories[a] = true
		}
	}
	t.entries, t.rules, t.advisory = len(entries), len(rules), len(advisories)
	return t
}

// writeTallies prints a table of before and after.
func writeTallies(w io.Writer, before, after tally) {
	row := func(name string, a, b int) { fmt.Fprintf(w, "%-18s %9d %9d\n", name, a, b) }
	fmt.Fprintf(w, "%-18s %9s %9s\n", "", "before", "after")
	row("entries", before.entries, after.entries)
	row("octets", before.octets, after.octets)
	row("rules named", before.rules, after.rules)
	row("advisories", before.advisory, after.advisory)
	if after.played {
		row("clauses exercised", before.clauses, after.clauses)
		row("states reached", before.states, after.states)
	}
}

// distinct returns the entries with those left out whose conversation is there
// before, by its id.
func distinct(entries []*corpus.Entry) []*corpus.Entry {
	seen := make(map[string]bool, len(entries))
	var once []*corpus.Entry
	for _, e := range entries {
		if id := e.ID(); !seen[id] {
			seen[id] = true
			once = append(once, e)
		}
	}
	return once
}

// writeEntries writes entries into a folder, all or none, and says so.
func writeEntries(w io.Writer, dir string, entries []*corpus.Entry) error {
	n, err := convert.WriteAll(dir, convert.Entries(entries), false)
	if err != nil {
		return usage(err)
	}
	fmt.Fprintf(w, "%s of %s written to %s\n", plural.Of(n, "file"), plural.Of(len(entries), "entry", "entries"), dir)
	return nil
}

// sourceName is what a source is called in messages.
func sourceName(source string) string {
	if source == "" {
		return "the entries of wscheck"
	}
	return strings.TrimSuffix(filepath.ToSlash(source), "/")
}
