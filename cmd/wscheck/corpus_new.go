package main

import (
	"cmp"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/wscheck/wscheck/corpus"
	"github.com/wscheck/wscheck/internal/raw"
	"github.com/wscheck/wscheck/oracle"
)

// entryHeader has the lines of an entry's header that a command takes as flags.
type entryHeader struct {
	Expect  string `default:"any" placeholder:"COURSE" help:"What a conforming peer does: keep, refuse, fail and its codes, with \"or\" between (${default})."`
	Origin  string `placeholder:"TEXT" help:"Where it comes from."`
	Comment string `placeholder:"TEXT" help:"What it is about."`
}

// of returns the entry with a script and the ids of its rules.
func (h *entryHeader) of(script *oracle.Script, rules []string) (*corpus.Entry, error) {
	entry := &corpus.Entry{Role: script.Role, Origin: h.Origin, Comment: h.Comment, Script: script}
	var err error
	if entry.Expect, err = corpus.ParseExpect(h.Expect); err != nil {
		return nil, fmt.Errorf("--expect: %w", err)
	}
	for _, id := range rules {
		if oracle.Lookup(oracle.ClauseID(id)) == nil {
			return nil, fmt.Errorf("--rule: there is no clause %q: see wscheck clauses", id)
		}
		if slices.Contains(entry.Rules, oracle.ClauseID(id)) {
			return nil, fmt.Errorf("--rule: %s is given twice: leave one out", id)
		}
		entry.Rules = append(entry.Rules, oracle.ClauseID(id))
	}
	return entry, nil
}

type corpusNewCmd struct {
	Script string `arg:"" help:"File with the script."`

	Out  string   `default:"." placeholder:"DIR" help:"Folder for the entry (default: this one)."`
	Rule []string `required:"" sep:"none" placeholder:"CLAUSE" help:"Clause that a broken peer breaks. May be repeated."`
	Role string   `enum:",client,server" default:"" placeholder:"ROLE" help:"Our side, for a script that does not begin with \"as client\" or \"as server\"."`
	entryHeader
}

// Run makes an entry of a script, under its canonical name.
func (c *corpusNewCmd) Run(e *env) error {
	script, err := c.script()
	if err != nil {
		return usage(err)
	}
	entry, err := c.of(script, c.Rule)
	if err != nil {
		return usage(err)
	}
	there, err := filepath.Glob(filepath.Join(globSafe(c.Out), "*"+entry.ID()+corpus.Extension))
	if err != nil {
		return usage(err)
	}
	if len(there) > 0 {
		return usage(fmt.Errorf("%s has this conversation already: edit it, or remove it first", there[0]))
	}
	return e.writeEntry(c.Out, entry)
}

// writeEntry writes an entry into a folder, and prints where.
func (e *env) writeEntry(dir string, entry *corpus.Entry) error {
	path, err := corpus.Write(dir, entry)
	if err != nil {
		return usage(err)
	}
	fmt.Fprintln(e.stdout, path)
	return nil
}

// script reads the script. Its first line may be missing where --role says it.
func (c *corpusNewCmd) script() (*oracle.Script, error) {
	octets, err := readFile(c.Script, maxSaved)
	if err != nil {
		return nil, err
	}
	text, added := string(octets), 0
	if c.Role != "" && !namesRole(text) {
		text, added = "as "+c.Role+"\n"+text, 1
	}
	script, err := oracle.ParseScript(text)
	var syntax *oracle.SyntaxError
	switch {
	case errors.As(err, &syntax):
		return nil, fmt.Errorf("%s:%d:%d: %s", c.Script, syntax.Line-added, syntax.Column, syntax.Problem)
	case err != nil:
		return nil, fmt.Errorf("%s: %w", c.Script, err)
	case c.Role != "" && c.Role != script.Role.String():
		return nil, fmt.Errorf("--role %s: %s is a script of a %v: leave the flag out", c.Role, c.Script, script.Role)
	}
	return script, nil
}

// namesRole reports whether the first line of a script that says anything is that of
// our role.
func namesRole(script string) bool {
	for line := range strings.Lines(script) {
		line, _, _ = strings.Cut(line, "#")
		if words := strings.Fields(line); len(words) > 0 {
			return words[0] == "as"
		}
	}
	return false
}

type corpusAddCmd struct {
	Trace string `arg:"" help:"Saved trace."`

	Out  string   `required:"" placeholder:"DIR" help:"Folder for the entry."`
	Rule []string `sep:"none" placeholder:"CLAUSE" help:"Clause that the peer breaks (default: as the trace is judged). May be repeated."`
	entryHeader
}

// Run makes an entry of a trace.
func (c *corpusAddCmd) Run(e *env) error {
	entry, err := c.entry()
	if err != nil {
		return usage(err)
	}
	return e.writeEntry(c.Out, entry)
}

func (c *corpusAddCmd) entry() (*corpus.Entry, error) {
	text, err := readFile(c.Trace, maxSaved)
	if err != nil {
		return nil, err
	}
	t, script, err := oracle.ParseTrace(string(text))
	if err != nil {
		return nil, fmt.Errorf("%s:%w", c.Trace, err)
	}
	if script == nil {
		octets, whole := t.Octets(oracle.EventSent)
		if !whole {
			return nil, fmt.Errorf("%s: octets that we sent are missing from the trace", c.Trace)
		}
		if script = raw.Script(t.Role, octets); t.Carrier == oracle.HTTP2 {
			script = raw.Carried(t.Role, octets)
		}
	}
	entry, err := c.of(script, c.Rule)
	if err != nil {
		return nil, err
	}
	entry.Origin = cmp.Or(entry.Origin, "trace "+filepath.Base(c.Trace))
	if entry.Rules == nil {
		v := oracle.JudgeTrace(t, oracle.Options{Echo: true, Stay: true})
		entry.Rules = v.Broken()
	}
	if entry.Rules == nil {
		return nil, fmt.Errorf("%s: the peer breaks no clause in it: name one by --rule", c.Trace)
	}
	return entry, nil
}
