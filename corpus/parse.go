package corpus

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/wscheck/wscheck/oracle"
	"github.com/wscheck/wscheck/wsproto"
)

// Version is the version of the format that this package reads and writes.
const Version = 1

// Keys of the header.
const (
	keyVersion  = "version"
	keyRule     = "rule"
	keyRole     = "role"
	keyExpect   = "expect"
	keyFeature  = "feature"
	keyOrigin   = "origin"
	keyAdvisory = "advisory"
	keyAffected = "affected"
	keyFixed    = "fixed"
	keyComment  = "comment"
)

// maxEntry bounds the octets of a file, and maxHeader those of the lines before
// the script.
const (
	maxEntry  = 16 << 20
	maxHeader = 64 << 10
)

// Error says what is wrong in the file of an entry, where, and what to write
// instead.
type Error struct {
	File         string // name of the file, or what stands for it
	Line, Column int    // from 1 on; columns are characters
	Problem      string
}

// Error returns "file:line:column: problem".
func (e *Error) Error() string {
	return fmt.Sprintf("%s:%d:%d: %s", e.File, e.Line, e.Column, e.Problem)
}

// Parse reads an entry. name is that of its file, with or without a folder and
// [Extension]; errors give it as it is, and are an [*Error]. The version comes
// first, then the other keys in any order, an empty line and the script,
// as [oracle.ParseScript] reads it. Lines that begin with # are skipped.
func Parse(name string, text []byte) (*Entry, error) {
	p := &parser{file: name, entry: &Entry{Name: baseName(name)}}
	if err := p.parse(text); err != nil {
		return nil, err
	}
	return p.entry, nil
}

// baseName is the name of an entry in a file of that name.
func baseName(name string) string {
	name = name[strings.LastIndexAny(name, `/\`)+1:]
	return strings.TrimSuffix(name, Extension)
}

type parser struct {
	file  string
	line  int // number of the line under way
	entry *Entry
	seen  []string // keys, in order
	at    map[string]int
}

func (p *parser) errorf(column int, format string, args ...any) error {
	return &Error{File: p.file, Line: p.line, Column: column, Problem: fmt.Sprintf(format, args...)}
}

func (p *parser) parse(text []byte) error {
	p.line = 1
	if len(text) > maxEntry {
		return p.errorf(1, "the file is longer than %d octets: express what is repeated by ×", maxEntry)
	}
	p.at = make(map[string]int)
	rest, err := p.header(text)
	if err != nil {
		return err
	}
	before := p.line
	script, err := oracle.ParseScript(string(rest))
	if err != nil {
		var syntax *oracle.SyntaxError
		if errors.As(err, &syntax) {
			return &Error{File: p.file, Line: before + syntax.Line, Column: syntax.Column, Problem: syntax.Problem}
		}
		return err
	}
	p.entry.Script = script
	if script.Role != p.entry.Role {
		p.line = p.at[keyRole]
		return p.errorf(1, "role %v, but the script is played as %v: make them the same", p.entry.Role, script.Role)
	}
	return nil
}

// header reads the lines up to the first empty one and returns what follows.
func (p *parser) header(text []byte) (rest []byte, err error) {
	rest = text
	for p.line = 1; ; p.line++ {
		if len(text)-len(rest) > maxHeader {
			return nil, p.errorf(1, "more than %d octets before the script", maxHeader)
		}
		line, after, more := bytes.Cut(rest, []byte("\n"))
		line = bytes.TrimSuffix(line, []byte("\r"))
		if len(bytes.TrimSpace(line)) == 0 {
			if len(p.seen) > 0 || !more {
				return after, p.complete()
			}
		} else if len(line) > maxHeader {
			return nil, p.errorf(1, "more than %d octets before the script", maxHeader)
		} else if err := p.headerLine(string(line)); err != nil {
			return nil, err
		}
		if !more {
			p.line++
			return nil, p.complete()
		}
		rest = after
	}
}

// complete reports a key that has to be there, and is not.
func (p *parser) complete() error {
	for _, key := range []string{keyVersion, keyRule, keyRole, keyExpect} {
		if p.at[key] == 0 {
			return p.errorf(1, "the header ends, and has no key %q: add it before the empty line", key)
		}
	}
	return nil
}

func (p *parser) headerLine(line string) error {
	if at := invalidAt(line); at >= 0 {
		return p.errorf(1+utf8.RuneCountInString(line[:at]), "octet %#02x cannot stand in the header: it is text in UTF-8", line[at])
	}
	switch line[0] {
	case '#':
		return nil
	case ' ', '\t':
		return p.goOn(line)
	}
	key, value, ok := strings.Cut(line, ":")
	if !ok {
		return p.errorf(1, "no colon: the header is lines of \"key: value\", and an empty line ends it")
	}
	column := 1 + utf8.RuneCountInString(key) + len(":") + len(value) - len(strings.TrimLeft(value, " \t"))
	key, value = strings.TrimSpace(key), oneLine(value)
	if len(p.seen) == 0 && key != keyVersion {
		return p.errorf(1, "the first key is %q: want \"%s: %d\"", key, keyVersion, Version)
	}
	if p.at[key] > 0 && !slices.Contains(repeated, key) {
		return p.errorf(1, "the key %q is in line %d already: leave one out", key, p.at[key])
	}
	if value == "" {
		return p.errorf(1, "the key %q has no value: give it one, or leave the line out", key)
	}
	problem := p.set(key, value)
	switch {
	case problem == errUnknownKey:
		return p.errorf(1, "unknown key %q: want one of %s", key, strings.Join(keys, ", "))
	case problem != nil:
		return p.errorf(column, "%v", problem)
	}
	p.seen, p.at[key] = append(p.seen, key), p.line
	return nil
}

// invalidAt returns the first place in a line that is not text, or -1.
func invalidAt(line string) int {
	for at, r := range line {
		if r == utf8.RuneError && !strings.HasPrefix(line[at:], string(utf8.RuneError)) || r < ' ' && r != '\t' || r == 0x7f {
			return at
		}
	}
	return -1
}

// goOn reads a line that continues a comment.
func (p *parser) goOn(line string) error {
	if len(p.seen) == 0 || p.seen[len(p.seen)-1] != keyComment {
		return p.errorf(1, "only a comment continues in a line that begins with a blank: begin the line with a key")
	}
	p.entry.Comment += "\n" + oneLine(line)
	return nil
}

// keys are all there are, in the order in which they are written.
var keys = []string{
	keyVersion, keyRule, keyRole, keyExpect, keyFeature, keyOrigin, keyAdvisory, keyAffected, keyFixed, keyComment,
}

// repeated are those that can be there more than once.
var repeated = []string{keyRule, keyFeature, keyAdvisory, keyAffected, keyFixed}

var errUnknownKey = errors.New("unknown key")

// set sets what a key stands for.
func (p *parser) set(key, value string) (err error) {
	e := p.entry
	switch key {
	case keyVersion:
		if value != strconv.Itoa(Version) {
			return fmt.Errorf("version %q of the format: this program reads version %d: get a newer program", value, Version)
		}
	case keyRule:
		id := oracle.ClauseID(value)
		if oracle.Lookup(id) == nil {
			return fmt.Errorf("there is no clause %q: see the list of clauses", value)
		}
		return appendNew(&e.Rules, id)
	case keyRole:
		e.Role, err = wsproto.ParseRole(value)
		if err != nil {
			return fmt.Errorf("%q is not a role of our side: want client or server", value)
		}
	case keyExpect:
		e.Expect, err = ParseExpect(value)
	case keyFeature:
		if !slices.Contains(Features(), value) {
			return fmt.Errorf("there is no feature %q: want one of %s", value, strings.Join(Features(), ", "))
		}
		return appendNew(&e.Features, value)
	case keyOrigin:
		e.Origin = value
	case keyAdvisory:
		if !isAdvisory(value) {
			return fmt.Errorf("%q is not the id of an advisory: want one such as CVE-2020-27813 or GHSA-jf24-p9p9-4rjh", value)
		}
		return appendNew(&e.Advisory, value)
	case keyAffected:
		return appendNew(&e.Affected, value)
	case keyFixed:
		return appendNew(&e.Fixed, value)
	case keyComment:
		e.Comment = value
	default:
		return errUnknownKey
	}
	return err
}

// appendNew appends what is not in the list yet.
func appendNew[T comparable](list *[]T, v T) error {
	if slices.Contains(*list, v) {
		return fmt.Errorf("%q is given twice: leave one out", fmt.Sprint(v))
	}
	*list = append(*list, v)
	return nil
}

// isAdvisory reports whether s has the form of an id, which is part of a file's
// name.
func isAdvisory(s string) bool {
	for i := range len(s) {
		c := s[i]
		if !('a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '-') {
			return false
		}
	}
	return len(s) <= 40 && (strings.HasPrefix(s, "CVE-") || strings.HasPrefix(s, "GHSA-"))
}
