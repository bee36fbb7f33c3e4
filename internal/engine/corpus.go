package engine

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"
	"sync"

	"github.com/wscheck/wscheck/corpus"
	"github.com/wscheck/wscheck/internal/catalogue"
	"github.com/wscheck/wscheck/internal/catalogue/data"
	"github.com/wscheck/wscheck/oracle"
	"github.com/wscheck/wscheck/wsproto"
)

// CorpusPrefix begins the full id of every case that is an entry of a corpus;
// the entry's name follows.
const CorpusPrefix = "corpus/"

// ownCorpus is the folder of a package's own entries, from its tests' working
// directory.
const ownCorpus = "testdata/wscheck"

// AllCases returns every case over HTTP/1.1 that our side can play in a role, in order
// of execution: those of the catalogue and the entries of [corpus.Entries]. They
// are shared and must not be changed.
func AllCases(role wsproto.Role) ([]*catalogue.Case, error) {
	own, err := embeddedCases()
	if err != nil {
		return nil, err
	}
	return carriedCases(nil, append(catalogue.For(role), own.play(role, nil)...)), nil
}

// CorpusCase returns the case that plays an entry.
func CorpusCase(e *corpus.Entry) *catalogue.Case {
	c := &catalogue.Case{
		ID:          CorpusPrefix + e.Name,
		Description: describeEntry(e),
		Expectation: expectation(e.Expect),
		Clauses:     e.Rules,
		Roles:       1 << e.Role,
		Script:      *e.Script,
		Slow:        slowScript(e.Script),
	}
	for _, id := range e.Rules {
		if rule := oracle.Lookup(id); rule != nil && !slices.Contains(c.RFC, rule.Section) {
			c.RFC = append(c.RFC, rule.Section)
		}
	}
	return c
}

// describeEntry says what an entry is about and where it comes from.
func describeEntry(e *corpus.Entry) string {
	text := strings.ReplaceAll(e.Comment, "\n", " ")
	if text == "" {
		text = "A conversation that shows whether " + string(e.Rules[0]) + " is kept."
	}
	if len(e.Advisory) > 0 {
		text += " (" + strings.Join(e.Advisory, ", ") + ")"
	}
	return text
}

// expectation says in words what a conforming peer does.
func expectation(x corpus.Expect) string {
	var courses []string
	if x.Keep {
		courses = append(courses, "keeps the connection")
	}
	if x.Refuse {
		courses = append(courses, "refuses the opening handshake")
	}
	if x.Fail {
		course := "fails the connection"
		var codes []string
		for _, code := range x.Codes {
			codes = append(codes, fmt.Sprint(uint16(code)))
		}
		if codes != nil {
			course += ", with code " + strings.Join(codes, " or ") + " if it sends a close frame"
		}
		courses = append(courses, course)
	}
	if courses == nil {
		return ""
	}
	return "The peer " + strings.Join(courses, "; or ") + "."
}

// Bounds from which on a script is slow, as in the catalogue.
const (
	slowOctets = 1 << 20
	slowSteps  = 1000
)

func slowScript(s *oracle.Script) bool {
	octets := 0
	for i := range s.Steps {
		octets += s.Steps[i].Payload.Size() * max(1, s.Steps[i].Count)
	}
	return octets >= slowOctets || len(s.Steps) > slowSteps
}

// corpusCases are the cases of some corpora, each conversation once.
type corpusCases struct {
	list  []corpusCase
	ids   map[string]bool   // of the entries
	names map[string]string // where the entry of a name comes from
}

type corpusCase struct {
	*catalogue.Case
	features []string
}

// embeddedCases are the cases of the entries that come with the kit.
var embeddedCases = sync.OnceValues(func() (*corpusCases, error) {
	entries, err := corpus.Embedded()
	if err != nil {
		return nil, err
	}
	c := &corpusCases{ids: make(map[string]bool), names: make(map[string]string)}
	return c, c.add("the embedded corpus", entries)
})

// add adds entries that are not there yet.
func (c *corpusCases) add(from string, entries []*corpus.Entry) error {
	for _, e := range entries {
		id := e.ID()
		if c.ids[id] {
			continue
		}
		if other, taken := c.names[e.Name]; taken {
			return fmt.Errorf("%s: %s%s is the name of another entry, in %s: rename it to %s", from, e.Name, corpus.Extension, other, e.FileName())
		}
		if source := unknownSource(e.Script); source != "" {
			return fmt.Errorf("%s: %s%s: there is no test data set %q: want one of %q", from, e.Name, corpus.Extension, source, data.Kinds())
		}
		c.ids[id], c.names[e.Name] = true, from
		c.list = append(c.list, corpusCase{CorpusCase(e), e.Features})
	}
	return nil
}

// unknownSource returns the name of a test data set that a script asks for and
// that does not exist, and "" if there is none.
func unknownSource(s *oracle.Script) string {
	for i := range s.Steps {
		if source := s.Steps[i].Payload.Source; source != "" && !slices.Contains(data.Kinds(), source) {
			return source
		}
	}
	return ""
}

// load adds the entries of a folder.
func (c *corpusCases) load(from string, fsys fs.FS) error {
	entries, err := corpus.Load(fsys)
	var bad *corpus.Error
	switch {
	case errors.As(err, &bad):
		in := *bad
		in.File = path.Join(from, bad.File)
		return &in
	case err != nil:
		return fmt.Errorf("%s: %w", from, err)
	case len(entries) == 0:
		return fmt.Errorf("%s: there is no entry in it, a file whose name ends in %s: name another folder, or none", from, corpus.Extension)
	}
	return c.add(from, entries)
}

// clone returns a copy to which more can be added.
func (c *corpusCases) clone() *corpusCases {
	return &corpusCases{list: slices.Clone(c.list), ids: maps.Clone(c.ids), names: maps.Clone(c.names)}
}

// play returns the cases that our side plays in a role with a peer that lacks
// these features.
func (c *corpusCases) play(role wsproto.Role, lacks []Feature) (cases []*catalogue.Case) {
	for _, cs := range c.list {
		lacking := slices.ContainsFunc(cs.features, func(f string) bool { return slices.Contains(lacks, Feature(f)) })
		if cs.Roles.Has(role) && !lacking {
			cases = append(cases, cs.Case)
		}
	}
	return cases
}

// all returns the cases of both roles.
func (c *corpusCases) all() (cases []*catalogue.Case) {
	for _, cs := range c.list {
		cases = append(cases, cs.Case)
	}
	return cases
}

// carriedCases leaves out the cases that the carrier cannot carry.
func carriedCases(c Carrier, cases []*catalogue.Case) []*catalogue.Case {
	by := oracle.HTTP1
	if c != nil {
		by = c.Carrier()
	}
	return slices.DeleteFunc(cases, func(cs *catalogue.Case) bool { return cs.Script.Uncarried(by) != "" })
}
