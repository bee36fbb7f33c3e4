package blackbox

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/wscheck/wscheck/corpus"
	"github.com/wscheck/wscheck/gen"
	"github.com/wscheck/wscheck/internal/catalogue"
	"github.com/wscheck/wscheck/internal/engine"
	"github.com/wscheck/wscheck/internal/gofuzz"
	"github.com/wscheck/wscheck/internal/learn"
	"github.com/wscheck/wscheck/internal/report"
	"github.com/wscheck/wscheck/internal/wholefile"
	"github.com/wscheck/wscheck/oracle"
	"github.com/wscheck/wscheck/wsproto"
)

// Recording is a script that was read from a file.
type Recording struct {
	Path    string
	Clauses []oracle.ClauseID // that it has shown broken; none where the file does not say
	Script  *oracle.Script
}

// RoleError is about recordings in which our side plays the other role.
type RoleError struct {
	Files []string
	Peer  wsproto.Role // that cannot be tested with them
}

// Error names the first file.
func (e *RoleError) Error() string {
	text := fmt.Sprintf("%s: it tests a %v, not a %v", e.Files[0], e.Peer.Peer(), e.Peer)
	if more := len(e.Files) - 1; more > 0 {
		text += fmt.Sprintf(", and so do %d more", more)
	}
	return text
}

// extensions end the names of files that hold recordings.
var extensions = []string{corpus.Extension, Extension, learn.ScriptExtension}

// Load reads recordings: corpus entries, inputs for go test, scripts, those for each
// state of a learned machine with each input, and what there is of them in a folder.
// role is the one that our side will play: where there are entries for the other one,
// the error is a [*RoleError], beside the others.
func Load(role wsproto.Role, paths ...string) ([]*Recording, error) {
	var all []*Recording
	var others *RoleError
	for _, path := range paths {
		some, err := load(path, role)
		var other *RoleError
		switch {
		case errors.As(err, &other) && others != nil:
			others.Files = append(others.Files, other.Files...)
		case errors.As(err, &other):
			others = other
		case err != nil:
			return nil, err
		}
		all = append(all, some...)
	}
	if others != nil {
		return all, others
	}
	return all, nil
}

// load reads those of a file or a folder.
func load(path string, role wsproto.Role) ([]*Recording, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if info.IsDir() {
		return ofFolder(path, role)
	}
	text, err := wholefile.Head(path, maxFile)
	if err != nil {
		return nil, err
	}
	all, err := ofFile(path, text, role)
	if err == nil && len(all) > 0 && all[0].Script.Role != role {
		return nil, &RoleError{Files: []string{path}, Peer: role.Peer()}
	}
	return all, err
}

func ofFolder(path string, role wsproto.Role) ([]*Recording, error) {
	files, err := os.ReadDir(path)
	if err != nil {
		return nil, err
	}
	var names []string
	for _, f := range files {
		if slices.Contains(extensions, filepath.Ext(f.Name())) {
			names = append(names, filepath.Join(path, f.Name()))
		}
	}
	if len(names) == 0 {
		return nil, fmt.Errorf("%s: no file in it ends in %s", path, strings.Join(extensions, ", "))
	}
	return Load(role, names...)
}

// ofFile reads those of a file. An input for go test is for our side in any role.
func ofFile(path string, text []byte, role wsproto.Role) ([]*Recording, error) {
	switch {
	case learn.IsMachine(text):
		return ofMachine(path, text)
	case bytes.HasPrefix(text, []byte(gofuzz.Header)):
		program, err := gofuzz.Parse(text)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		return []*Recording{{Path: path, Script: gen.Decode(role, program)}}, nil
	case filepath.Ext(path) == learn.ScriptExtension:
		script, err := oracle.ParseScript(string(text))
		if err != nil {
			return nil, fmt.Errorf("%s:%w", path, err)
		}
		return []*Recording{{Path: path, Script: script}}, nil
	}
	e, err := corpus.Parse(path, text)
	if err != nil {
		return nil, err
	}
	return []*Recording{{Path: path, Clauses: e.Rules, Script: e.Script}}, nil
}

// ofMachine returns what a machine gives to try of the peer that was learned.
func ofMachine(path string, text []byte) (all []*Recording, err error) {
	if len(text) > learn.MaxText {
		return nil, fmt.Errorf("%s: it is longer than %d octets", path, learn.MaxText)
	}
	m, err := learn.Parse(text)
	if err != nil {
		return nil, fmt.Errorf("%s:%w", path, err)
	}
	for _, s := range m.Scripts() {
		script, err := oracle.ParseScript(string(s.Text))
		if err != nil {
			return nil, fmt.Errorf("%s: %s:%w", path, s.Name, err)
		}
		all = append(all, &Recording{Path: filepath.Join(path, s.Name), Script: script})
	}
	return all, nil
}

// maxFile bounds the octets of any file: what is longer is cut, and then no
// entry.
const maxFile = 16 << 20

// Replayed is what came of a recording.
type Replayed struct {
	*Recording

	// Result is of the first conversation that broke one of the recording's
	// clauses, or any where it names none; else of the last one.
	Result *report.Result
	Broken []oracle.ClauseID // that Result breaks
}

// Again reports whether what the recording shows is still so.
func (r *Replayed) Again() bool {
	if len(r.Clauses) == 0 {
		return len(r.Broken) > 0
	}
	return slices.ContainsFunc(r.Clauses, func(id oracle.ClauseID) bool { return slices.Contains(r.Broken, id) })
}

func caseOf(id string, s *oracle.Script) *catalogue.Case {
	return &catalogue.Case{ID: id, Description: "A script from a file.", Roles: 1 << s.Role, Script: *s}
}

// ofMany are the clauses that many connections show together, and manyTries how many.
var ofMany = []oracle.ClauseID{"rfc6455/4.1/key-random", "rfc6455/5.3/key-predictable"}

const manyTries = 200

// Replay plays a recording, a few times where that shows nothing, and many times where it
// takes many connections. The error is that of [engine.Player.Play].
func Replay(ctx context.Context, player *engine.Player, r *Recording) (*Replayed, error) {
	replayed, tries := &Replayed{Recording: r}, confirmTries
	if slices.ContainsFunc(r.Clauses, func(id oracle.ClauseID) bool { return slices.Contains(ofMany, id) }) {
		tries = manyTries
	}
	for i := range tries {
		result, err := player.PlayAlone(ctx, caseOf(filepath.Base(r.Path), r.Script))
		if err != nil && i >= confirmTries && ctx.Err() == nil {
			break // a client that connects so many times and no more has not shown it
		}
		if err != nil {
			return nil, err
		}
		replayed.Result, replayed.Broken = result, result.RFC.Broken()
		if replayed.Again() {
			break
		}
	}
	return replayed, nil
}
