package main

import (
	"fmt"
	"io"
	"slices"

	"github.com/wscheck/wscheck/corpus"
	"github.com/wscheck/wscheck/internal/catalogue"
	"github.com/wscheck/wscheck/internal/convert"
	"github.com/wscheck/wscheck/internal/plural"
	"github.com/wscheck/wscheck/internal/raw"
	"github.com/wscheck/wscheck/wsproto"
)

type corpusImportCmd struct {
	Source string `arg:"" help:"File or folder: raw octets, seeds of go test, a zip of seeds, JSON vectors, a capture."`

	Out    string `required:"" placeholder:"DIR" help:"Folder for the entries. What is there already stays."`
	Role   string `enum:",client,server" default:"" placeholder:"ROLE" help:"Side that the octets come from: client or server (default: by how they begin)."`
	As     string `enum:"stream,frames,program" default:"stream" placeholder:"WHAT" help:"What octets are: stream, all that one side sends; frames, what follows the opening handshake; program, an input of a fuzz target of wscheck (${default})."`
	Answer bool   `help:"Compute a server's Sec-WebSocket-Accept from each client's key, because no client would accept the recorded value."`
	Origin string `placeholder:"TEXT" help:"Where the entries come from (default: the name of the source)."`
}

// Run imports.
func (c *corpusImportCmd) Run(e *env) error {
	entries, err := load(c.Source, convert.Options{Role: c.Role, As: convert.As(c.As), Origin: c.Origin})
	if err != nil {
		return usage(err)
	}
	if c.Answer {
		for i, entry := range entries {
			s, ok := raw.Answer(entry.Script)
			if !ok {
				continue
			}
			answering, err := convert.FromScript(entry.Name, s, entry.Origin)
			if err != nil {
				return usage(err)
			}
			entries[i] = answering
		}
	}
	return writeEntries(e.stdout, c.Out, entries)
}

type corpusExportCmd struct {
	entryFlags
	Source string `arg:"" optional:"" help:"Folder of entries, or a file of any format that import takes (default: the entries of wscheck)."`

	Out    string `required:"" placeholder:"DIR" help:"Folder for the files. Those there of the same names are replaced."`
	Format string `required:"" enum:"raw,gofuzz,seedzip,json" placeholder:"FORMAT" help:"raw, a file of octets for each entry; gofuzz, a seed of go test for each; seedzip, one zip of octets; json, one file of vectors."`
	As     string `enum:"stream,program" default:"stream" placeholder:"WHAT" help:"What octets are: stream, all that our side sends; program, the input that comes closest for a fuzz target of wscheck (${default})."`
	Suite  bool   `help:"Take the cases of the suite too, up to 4,096 octets each."`
}

// Run exports.
func (c *corpusExportCmd) Run(e *env) error {
	entries, err := c.load(c.Source)
	if err != nil {
		return usage(err)
	}
	if c.Suite {
		entries = append(slices.Clip(entries), suiteEntries(c.Role)...)
	}
	files, skipped, err := convert.Export(entries, convert.Format(c.Format), convert.As(c.As))
	if err != nil {
		return usage(err)
	}
	if len(skipped) == len(entries) {
		return usage(errNothing(c.Source, c.Format, skipped))
	}
	n, err := convert.WriteAll(c.Out, files, true)
	if err != nil {
		return usage(err)
	}
	fmt.Fprintf(e.stdout, "%s written to %s, for %d of %s\n",
		plural.Of(n, "file"), c.Out, len(entries)-len(skipped), plural.Of(len(entries), "entry", "entries"))
	printSkipped(e.stdout, skipped)
	return nil
}

// errNothing says that no entry can be exported, and why the first one cannot.
func errNothing(source, format string, skipped []convert.Skipped) error {
	if len(skipped) == 0 {
		return fmt.Errorf("%s: no entry is selected: see wscheck corpus list", sourceName(source))
	}
	return fmt.Errorf("%s: none of %s can be written as %s: %w",
		sourceName(source), plural.Of(len(skipped), "entry", "entries"), format, skipped[0].Reason)
}

// printSkipped prints how many entries were left out, by the reason.
func printSkipped(w io.Writer, skipped []convert.Skipped) {
	var reasons []string
	counts := map[string]int{}
	for _, s := range skipped {
		reason := s.Reason.Error()
		if counts[reason]++; counts[reason] == 1 {
			reasons = append(reasons, reason)
		}
	}
	for _, reason := range reasons {
		fmt.Fprintf(w, "  %d left out: %s\n", counts[reason], reason)
	}
}

// maxSuiteOctets bounds the octets of the suite's cases that are exported: the
// few that are longer would be most of any file.
const maxSuiteOctets = 4096

// suiteEntries returns the cases of the suite as entries, for either role or
// both.
func suiteEntries(only string) (entries []*corpus.Entry) {
	for _, role := range []wsproto.Role{wsproto.Client, wsproto.Server} {
		if only != "" && only != role.String() {
			continue
		}
		for _, cs := range catalogue.For(role) {
			s := cs.Script
			s.Role = role
			octets, err := raw.Octets(&s)
			if cs.Slow || cs.Bulk || err != nil || len(octets) > maxSuiteOctets {
				continue
			}
			entries = append(entries, &corpus.Entry{
				Name: cs.ID + "/" + role.Peer().String(), Role: role, Rules: cs.Clauses, Comment: firstLine(cs.Description), Script: &s,
			})
		}
	}
	return entries
}
