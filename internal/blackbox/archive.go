package blackbox

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"unicode"

	"github.com/wscheck/wscheck/corpus"
	"github.com/wscheck/wscheck/gen"
	"github.com/wscheck/wscheck/internal/engine"
	"github.com/wscheck/wscheck/internal/gofuzz"
	"github.com/wscheck/wscheck/internal/wholefile"
	"github.com/wscheck/wscheck/oracle"
)

// Extension ends the name of a file that holds an input for go test.
const Extension = ".gofuzz"

// archive writes findings to files.
type archive struct {
	dir    string // "" for nowhere
	seed   uint64
	player *engine.Player
}

// save writes a finding: a corpus entry, and an input for go test where the
// script has one that shows the same.
func (a *archive) save(f *Finding, showsToo func(*Finding, *oracle.Script) bool) error {
	if a.dir == "" {
		return nil
	}
	e := a.entry(f, f.Script)
	path, err := corpus.Write(a.dir, e)
	if err != nil {
		return fmt.Errorf("a finding of %s: %w", f.Clause, err)
	}
	f.Files = append(f.Files, path)
	program := gen.Encode(f.Script)
	if slices.Contains(ofMany, f.Clause) || !f.Reproduced() || !showsToo(f, gen.Decode(f.Script.Role, program)) {
		return nil
	}
	path = strings.TrimSuffix(path, corpus.Extension) + Extension
	if err := wholefile.Write(path, gofuzz.Format(program)); err != nil {
		return err
	}
	f.Files = append(f.Files, path)
	return nil
}

func (a *archive) entry(f *Finding, s *oracle.Script) *corpus.Entry {
	e := &corpus.Entry{
		Rules: []oracle.ClauseID{f.Clause}, Role: a.player.Role(), Script: s,
		Origin: fmt.Sprintf("wscheck fuzz, seed %d, script %d", a.seed, f.Number),
	}
	if f.Number < 0 {
		e.Origin = fmt.Sprintf("wscheck fuzz, seed %d", a.seed)
	}
	var lines []string
	if name := a.player.Agent(); name != "" {
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
func (a *archive) saveSuspects(f *Finding) error {
	if a.dir == "" {
		return nil
	}
	for _, s := range f.Suspects {
		path, err := corpus.Write(filepath.Join(a.dir, "suspects"), a.entry(f, s))
		if err != nil {
			return fmt.Errorf("a suspect of a death: %w", err)
		}
		f.Files = append(f.Files, path)
	}
	return nil
}
