package blackbox

import (
	"fmt"
	"path/filepath"
	"strings"
	"unicode"

	"github.com/wscheck/wscheck/corpus"
	"github.com/wscheck/wscheck/gen"
	"github.com/wscheck/wscheck/internal/gofuzz"
	"github.com/wscheck/wscheck/internal/wholefile"
	"github.com/wscheck/wscheck/oracle"
)

// Extension ends the name of a file that holds an input for go test.
const Extension = ".gofuzz"

// save writes a finding: a corpus entry, and an input for go test where the
// script has one that shows the same.
func (r *run) save(f *Finding) error {
	if r.options.Dir == "" {
		return nil
	}
	e := r.entry(f, f.Script)
	path, err := corpus.Write(r.options.Dir, e)
	if err != nil {
		return fmt.Errorf("a finding of %s: %w", f.Clause, err)
	}
	f.Files = append(f.Files, path)
	program := gen.Encode(f.Script)
	if !f.Reproduced() || !r.showsToo(f, gen.Decode(f.Script.Role, program)) {
		return nil
	}
	path = strings.TrimSuffix(path, corpus.Extension) + Extension
	if err := wholefile.Write(path, gofuzz.Format(program)); err != nil {
		return err
	}
	f.Files = append(f.Files, path)
	return nil
}

// showsToo reports whether another script shows the finding's clause.
func (r *run) showsToo(f *Finding, s *oracle.Script) bool {
	if s.String() == f.Script.String() {
		return true
	}
	g := Finding{Clause: f.Clause, Script: s, Result: f.Result}
	r.examiner(f.Clause, caseOf("input", s)).confirm(&g)
	return g.Reproduced() && !g.Flaky()
}

func (r *run) entry(f *Finding, s *oracle.Script) *corpus.Entry {
	e := &corpus.Entry{
		Rules: []oracle.ClauseID{f.Clause}, Role: r.player.Role(), Script: s,
		Origin: fmt.Sprintf("wscheck fuzz, seed %d, script %d", r.options.Seed, f.Number),
	}
	if f.Number < 0 {
		e.Origin = fmt.Sprintf("wscheck fuzz, seed %d", r.options.Seed)
	}
	var lines []string
	if name := r.player.Agent(); name != "" {
		lines = append(lines, "Seen of "+plain(name)+".")
	}
	switch {
	case f.Suspects != nil:
		lines = append(lines, "One of several that the peer may have died of: "+plain(f.How))
	case f.Tries == 0:
		lines = append(lines, "It was seen once, and not played again.")
	case !f.Reproduced():
		lines = append(lines, "Not reproduced: it was seen once, and not again.")
	case f.Flaky():
		lines = append(lines, fmt.Sprintf("It does not show each time: in %d of %d.", f.Shown, f.Tries))
	}
	e.Comment = strings.Join(lines, "\n")
	return e
}

// maxPlain bounds the octets of a peer's words in a comment.
const maxPlain = 200

// plain makes of a peer's words what can stand in a line.
func plain(s string) string {
	s = strings.Map(func(c rune) rune {
		if !unicode.IsPrint(c) || c == unicode.ReplacementChar {
			return '?'
		}
		return c
	}, strings.ToValidUTF8(s[:min(len(s), maxPlain)], "?"))
	return strings.TrimSpace(s)
}

// saveSuspects writes an entry for each script that the peer may have died of.
func (r *run) saveSuspects(f *Finding) error {
	if r.options.Dir == "" {
		return nil
	}
	for _, s := range f.Suspects {
		path, err := corpus.Write(filepath.Join(r.options.Dir, "suspects"), r.entry(f, s))
		if err != nil {
			return fmt.Errorf("a suspect of a death: %w", err)
		}
		f.Files = append(f.Files, path)
	}
	return nil
}
