package matrix

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/wscheck/wscheck/internal/engine"
	"github.com/wscheck/wscheck/oracle"
	"github.com/wscheck/wscheck/wsproto"
)

// Extension ends the names of the files of peers.
const Extension = ".peer"

// maxFile bounds the octets of a file, and maxPeers the files of a folder.
const (
	maxFile  = 64 << 10
	maxPeers = 1000
)

// Peer is what a file says of a server or a client.
type Peer struct {
	ID  string // the file's path in its folder, without [Extension]
	Dir string // where the commands run: the folder of the file

	Name     string // of the library or program, without its release
	Language string
	Role     wsproto.Role

	// Install is the command that installs what the peer needs. It is shown, and
	// never run.
	Install string

	// Release is a command whose first line of output is the release of the peer. It
	// fails where the peer is not installed.
	Release string

	Build string // a command, "" for none
	Run   string // starts the server with PORT set, or the client; {} is the URL then
	URL   string // of the server, with $PORT in it; "" for ws://127.0.0.1:$PORT/

	Lacks      []engine.Feature // of a server
	MaxMessage int              // the longest message in octets that a server takes; 0 for any

	// Dialect is what the peer does with messages, nil for an echo.
	Dialect *oracle.Dialect

	// Hook is a command that has the server act first: see [engine.Hook]. "" for none.
	Hook string

	// Baseline is the file with known deviations, "" for none. Its agents are named as
	// in the report: see [Peer.Agent].
	Baseline string
}

// Agent is the peer's name in reports: "aiohttp/3.8.4 (Python)".
func (p *Peer) Agent(release string) string {
	agent := p.Name + "/" + release
	if p.Language != "" {
		agent += " (" + p.Language + ")"
	}
	return agent
}

// Load reads the files of the folder dir, and of the folders in it, whose ids match one
// of the patterns: all where there are none. A pattern is that of [path.Match] for an id,
// or for the first part of it. It is an error if one matches no peer. Peers are in the
// order of their ids.
func Load(dir string, patterns []string) ([]*Peer, error) {
	var peers []*Peer
	used := make([]bool, len(patterns))
	var names []string
	for _, pattern := range []string{"*" + Extension, "*/*" + Extension} {
		found, err := fs.Glob(os.DirFS(dir), pattern)
		if err != nil {
			return nil, err
		}
		names = append(names, found...)
	}
	switch {
	case len(names) == 0:
		return nil, fmt.Errorf("%s has no file whose name ends in %s: give the folder that has them", dir, Extension)
	case len(names) > maxPeers:
		return nil, fmt.Errorf("%s has %d peers: %d are the most", dir, len(names), maxPeers)
	}
	slices.Sort(names)
	for _, name := range names {
		id := strings.TrimSuffix(name, Extension)
		wanted, err := matches(id, patterns, used)
		if err != nil {
			return nil, err
		}
		if !wanted {
			continue
		}
		file := filepath.Join(dir, filepath.FromSlash(name))
		text, err := read(file)
		if err != nil {
			return nil, err
		}
		p, err := Parse(file, text)
		if err != nil {
			return nil, err
		}
		p.ID = id
		peers = append(peers, p)
	}
	for i, pattern := range patterns {
		if !used[i] {
			return nil, fmt.Errorf("no peer of %s matches %q: --list names them", dir, pattern)
		}
	}
	return peers, nil
}

// matches reports whether one of the patterns is for the id, and marks all that are.
func matches(id string, patterns []string, used []bool) (bool, error) {
	folder, _, _ := strings.Cut(id, "/")
	wanted := len(patterns) == 0
	for i, pattern := range patterns {
		whole, err := path.Match(pattern, id)
		if err != nil {
			return false, fmt.Errorf("%q is not a pattern: * and ? stand for any characters, [a-z] for one of a set", pattern)
		}
		first, _ := path.Match(pattern, folder)
		if whole || first {
			used[i], wanted = true, true
		}
	}
	return wanted, nil
}

// read returns the octets of a file, which may be somewhat more than one may have.
func read(file string) ([]byte, error) {
	info, err := os.Stat(file)
	if err == nil && !info.Mode().IsRegular() {
		err = errors.New("it is not a file")
	}
	if err == nil && info.Size() > maxFile {
		err = fmt.Errorf("it has more than %d octets", maxFile)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	return os.ReadFile(file)
}

// Parse reads a peer from the octets of the file of that name: lines of "key: value".
// Lines that begin with # and empty lines are skipped, and one that begins with a blank
// continues the value before it. Errors begin with the file and the line.
func Parse(file string, text []byte) (*Peer, error) {
	f := &parser{file: file, at: map[string]int{}, values: map[string]string{}}
	if err := f.parse(text); err != nil {
		return nil, err
	}
	return f.peer()
}

// The keys of a file, and those that have to be there.
var (
	keys   = []string{"name", "language", "role", "install", "release", "build", "run", "url", "lacks", "max-message", "dialect", "hook", "baseline"}
	needed = []string{"name", "role", "release", "run"}
)

type parser struct {
	file   string
	line   int
	last   string // the key of the line before
	at     map[string]int
	values map[string]string
}

func (f *parser) errorf(line int, format string, args ...any) error {
	return fmt.Errorf("%s:%d: %s", f.file, line, fmt.Sprintf(format, args...))
}

func (f *parser) parse(text []byte) error {
	if len(text) > maxFile {
		return f.errorf(1, "the file has more than %d octets: it is not that of a peer", maxFile)
	}
	for line := range bytes.Lines(text) {
		f.line++
		line = bytes.TrimRightFunc(line, unicode.IsSpace)
		if !utf8.Valid(line) || bytes.ContainsFunc(line, func(r rune) bool { return unicode.IsControl(r) && r != '\t' }) {
			return f.errorf(f.line, "the line is not text in UTF-8")
		}
		if err := f.read(string(line)); err != nil {
			return err
		}
	}
	for _, key := range needed {
		if f.at[key] == 0 {
			return f.errorf(max(1, f.line), "the file ends without the key %q: add it", key)
		}
	}
	return nil
}

// read takes in a line.
func (f *parser) read(line string) error {
	switch {
	case line == "" || line[0] == '#':
		f.last = ""
		return nil
	case line[0] == ' ' || line[0] == '\t':
		if f.last == "" {
			return f.errorf(f.line, "a line that begins with a blank continues the one before it, which has no value")
		}
		f.values[f.last] += " " + strings.TrimSpace(line)
		return nil
	}
	key, value, ok := strings.Cut(line, ":")
	value = strings.TrimSpace(value)
	switch {
	case !ok:
		return f.errorf(f.line, "no colon: want \"key: value\"")
	case !slices.Contains(keys, key):
		return f.errorf(f.line, "unknown key %q: want one of %s", key, strings.Join(keys, ", "))
	case f.at[key] > 0:
		return f.errorf(f.line, "the key %q is in line %d already: leave one out", key, f.at[key])
	case value == "":
		return f.errorf(f.line, "the key %q has no value: give it one, or leave the line out", key)
	}
	f.last, f.at[key], f.values[key] = key, f.line, value
	return nil
}

var roles = map[string]wsproto.Role{"server": wsproto.Server, "client": wsproto.Client}

// peer makes a peer of the values.
func (f *parser) peer() (*Peer, error) {
	v := f.values
	p := &Peer{
		ID: strings.TrimSuffix(filepath.Base(f.file), Extension), Dir: filepath.Dir(f.file),
		Name: v["name"], Language: v["language"], Install: v["install"], Release: v["release"], Build: v["build"], Run: v["run"], URL: v["url"], Hook: v["hook"],
	}
	var ok bool
	if p.Role, ok = roles[v["role"]]; !ok {
		return nil, f.errorf(f.at["role"], "role %q: want %s", v["role"], strings.Join(slices.Sorted(maps.Keys(roles)), " or "))
	}
	for _, key := range []string{"lacks", "max-message", "url", "hook"} {
		if f.at[key] > 0 && p.Role != wsproto.Server {
			return nil, f.errorf(f.at[key], "%s is for a server, and the role is %s: leave it out", key, v["role"])
		}
	}
	if p.URL != "" && !strings.Contains(p.URL, ":$PORT/") {
		return nil, f.errorf(f.at["url"], "url %q: want one such as ws://127.0.0.1:$PORT/chat", p.URL)
	}
	for name := range strings.FieldsSeq(strings.ReplaceAll(v["lacks"], ",", " ")) {
		feature := engine.Feature(name)
		if err := engine.CheckFeatures(feature); err != nil {
			return nil, f.errorf(f.at["lacks"], "%v", err)
		}
		p.Lacks = append(p.Lacks, feature)
	}
	if text := v["max-message"]; text != "" {
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 {
			return nil, f.errorf(f.at["max-message"], "max-message %q: want a number of octets, 1 or more", text)
		}
		p.MaxMessage = n
	}
	if name := v["dialect"]; name != "" {
		if strings.Contains(name, "/") {
			name = filepath.Join(p.Dir, filepath.FromSlash(name))
		}
		var err error
		if p.Dialect, err = engine.FindDialect(name); err == nil {
			err = engine.CheckSpeech(p.Dialect, p.Role.Peer())
		}
		if err != nil {
			return nil, f.errorf(f.at["dialect"], "dialect: %v", err)
		}
	}
	if name := v["baseline"]; name != "" {
		p.Baseline = filepath.Join(p.Dir, filepath.FromSlash(name))
	}
	return p, nil
}
