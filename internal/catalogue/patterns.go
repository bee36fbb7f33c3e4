package catalogue

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// Dialect says where patterns come from. The dialects differ in one point: the
// pattern that is "*" and nothing else.
type Dialect uint8

const (
	// CommandLine: "*" means every case.
	CommandLine Dialect = iota
	// SpecFile: the pattern was written for Autobahn, so "*" means all of
	// Autobahn's cases and no other.
	SpecFile
)

// Patterns is a list of case patterns as in Autobahn's spec files. Its zero
// value matches nothing.
//
// In a pattern "." stands for itself and "*" for any octets; all else is a
// regular expression, such as "1[1-4].*". A backslash takes the meaning from
// the octet after it. A pattern with a "*" has to match from the start of an
// id and need not reach its end: "*.1" matches 1.1.3. One without a "*" is an
// id and no more: "2.1" does not match 2.10, and "2.1[01]" matches nothing. The
// empty string is a pattern that matches nothing.
//
// A pattern with a slash speaks of full ids ("autobahn/4.2.4",
// "rfc6455/5.5/*"), one without of Autobahn's own ("4.2.*").
type Patterns struct {
	list []pattern
}

// pattern is one compiled pattern.
type pattern struct {
	every   bool           // matches everything
	full    bool           // speaks of full ids
	literal string         // the id, where expr is nil
	expr    *regexp.Regexp // anchored as the pattern's place asks for
}

// ParsePatterns compiles the patterns. The error names the pattern that is not
// a regular expression, and what to do about it.
func ParsePatterns(patterns []string, d Dialect) (Patterns, error) {
	var p Patterns
	for _, s := range patterns {
		one, err := parsePattern(s, d)
		if err != nil {
			return Patterns{}, err
		}
		p.list = append(p.list, one)
	}
	return p, nil
}

func parsePattern(s string, d Dialect) (pattern, error) {
	if s == "*" && d == CommandLine {
		return pattern{every: true}, nil
	}
	p := pattern{full: fullID(s), literal: s}
	translated, wild := translate(s)
	if !wild {
		return p, nil
	}
	var err error
	p.expr, err = compile(s, "^(?:"+translated+")")
	return p, err
}

// fullID reports whether a pattern speaks of full ids.
func fullID(s string) bool { return strings.Contains(s, "/") }

// translate makes a pattern a regular expression, and reports whether it has
// a "*".
func translate(s string) (expr string, wild bool) {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '.':
			b.WriteString(`\.`)
		case c == '*':
			b.WriteString(`.*`)
			wild = true
		case c == '\\' && i+1 < len(s):
			i++
			b.WriteString(s[i-1 : i+1])
		default:
			b.WriteByte(c)
		}
	}
	return b.String(), wild
}

// compile is [regexp.Compile] with an error that speaks of the pattern.
func compile(s, expr string) (*regexp.Regexp, error) {
	re, err := regexp.Compile("(?s)" + expr)
	if err != nil {
		return nil, fmt.Errorf("bad pattern %q: %w (apart from \".\" and \"*\" a pattern is a regular expression "+
			"in Go's syntax; put a backslash before an octet that stands for itself)", s, err)
	}
	return re, nil
}

// match reports whether the pattern matches the full id.
func (p *pattern) match(id string) bool {
	if p.every {
		return true
	}
	if !p.full {
		own, ok := strings.CutPrefix(id, AutobahnPrefix)
		if !ok {
			return false
		}
		id = own
	}
	if p.expr == nil {
		return id == p.literal
	}
	return p.expr.MatchString(id)
}

// Match reports whether any of the patterns matches the full id of a case.
func (p Patterns) Match(id string) bool {
	for i := range p.list {
		if p.list[i].match(id) {
			return true
		}
	}
	return false
}

// Select returns the cases that a pattern of include matches and none of
// exclude, in the order in which they stand in cases, each once. Patterns are
// those of the command line (see [Patterns]); a nil include means all cases,
// and an empty one none.
func Select(cases []*Case, include, exclude []string) ([]*Case, error) {
	return selectBy(cases, include, exclude, CommandLine)
}

// SelectSpec is [Select] for the patterns of a spec file: "*" means all of
// Autobahn's cases, and so does a nil include, a file without that key.
func SelectSpec(cases []*Case, include, exclude []string) ([]*Case, error) {
	return selectBy(cases, include, exclude, SpecFile)
}

// CheckPatterns returns an error for the first pattern of the command line that
// matches none of the cases, or that makes no sense.
func CheckPatterns(cases []*Case, patterns []string) error {
	for _, s := range patterns {
		if s == "" {
			return errors.New("the pattern is empty: \"*\" means every case")
		}
		p, err := parsePattern(s, CommandLine)
		if err != nil {
			return err
		}
		if !p.any(cases) {
			return fmt.Errorf("no case is selected by %q%s", s, completions(cases, s))
		}
	}
	return nil
}

// completions is advice for the beginning of ids.
func completions(cases []*Case, s string) string {
	for _, end := range []string{"/*", ".*"} {
		p, err := parsePattern(s+end, CommandLine)
		if err == nil && p.any(cases) {
			return fmt.Sprintf(": %q means all of them", s+end)
		}
	}
	return ""
}

func (p *pattern) any(cases []*Case) bool {
	return slices.ContainsFunc(cases, func(c *Case) bool { return p.match(c.ID) })
}

func selectBy(cases []*Case, include, exclude []string, d Dialect) ([]*Case, error) {
	if include == nil {
		include = []string{"*"}
	}
	in, err := ParsePatterns(include, d)
	if err != nil {
		return nil, err
	}
	out, err := ParsePatterns(exclude, d)
	if err != nil {
		return nil, err
	}
	var selected []*Case
	for _, c := range cases {
		if in.Match(c.ID) && !out.Match(c.ID) {
			selected = append(selected, c)
		}
	}
	return selected, nil
}
