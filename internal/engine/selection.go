package engine

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"slices"
	"strings"

	"github.com/wscheck/wscheck/corpus"
	"github.com/wscheck/wscheck/internal/catalogue"
	"github.com/wscheck/wscheck/internal/plural"
	"github.com/wscheck/wscheck/oracle"
	"github.com/wscheck/wscheck/wsproto"
)

// Plan returns the cases that a run with this config has for peers in a role,
// in order of execution, and shortened where the config says so. It returns an
// error where [Run] would. A nil config is the zero value.
func Plan(peer wsproto.Role, config *Config) ([]*catalogue.Case, error) {
	config = cmp.Or(config, new(Config))
	if err := config.check(); err != nil {
		return nil, err
	}
	if err := CheckSpeech(config.Dialect, peer.Peer()); err != nil {
		return nil, err
	}
	cases, err := config.selectedCases(peer.Peer(), false)
	if err != nil {
		return nil, err
	}
	cases = slices.DeleteFunc(cases, func(cs *catalogue.Case) bool { return config.unsupported(cs) != "" })
	if config.Quick {
		cases = quick(cases)
	}
	return cases, nil
}

// selectedCases returns the selected cases that our side can play in a role, in order of
// execution. own is for tests, whose package may have a corpus of its own.
func (c *Config) selectedCases(role wsproto.Role, own bool) ([]*catalogue.Case, error) {
	selected, err := c.selected(role, own)
	return c.Shard.Of(carriedCases(c.Carrier, selected)), err
}

// selected is selectedCases before what the carrier cannot carry is left out, and before
// the cases are shared.
func (c *Config) selected(role wsproto.Role, own bool) ([]*catalogue.Case, error) {
	entries, err := c.corpusOf(own)
	if err != nil {
		return nil, fmt.Errorf("corpus: %w", err)
	}
	if c.Select != nil {
		selected := slices.DeleteFunc(slices.Clone(c.Select), func(cs *catalogue.Case) bool { return !cs.Roles.Has(role) })
		if len(c.Known) == 0 {
			return selected, nil
		}
		return selected, checkKnownCases(c.Known, slices.Concat(selected, catalogue.All(), entries.all()))
	}
	all := slices.Concat(catalogue.Among(role, c.Cases), c.acts(), entries.play(role, c.Lacks), c.randomCases(role))
	if c.Carrier != nil {
		all = slices.Concat(all, c.Carrier.Cases(role))
	}
	if c.checkPatterns(all) != nil {
		if err := c.checkPatterns(slices.Concat(all, catalogue.All(), catalogue.Acts(), entries.all())); err != nil {
			return nil, err
		}
	}
	return catalogue.Select(all, c.Cases, c.Exclude)
}

// acts returns the cases in which the peer acts first, where it can, or where they are
// asked for.
func (c *Config) acts() []*catalogue.Case {
	named := func(pattern string) bool { return strings.HasPrefix(pattern, catalogue.ActsPrefix) }
	if c.Act == nil && !slices.ContainsFunc(c.Cases, named) {
		return nil
	}
	return catalogue.Acts()
}

// corpusOf returns the cases of all corpora: that which comes with the kit, the
// configured ones and, for tests, the package's own.
func (c *Config) corpusOf(own bool) (*corpusCases, error) {
	all, err := embeddedCases()
	if err != nil {
		return nil, err
	}
	if len(c.Corpus) > 0 {
		all = all.clone()
	}
	for i, fsys := range c.Corpus {
		if err := all.load(fmt.Sprintf("Corpus[%d]", i), fsys); err != nil {
			return nil, err
		}
	}
	if !own {
		return all, nil
	}
	switch info, err := os.Stat(ownCorpus); {
	case errors.Is(err, fs.ErrNotExist):
		return all, nil
	case err != nil:
		return nil, err
	case !info.IsDir():
		return nil, fmt.Errorf("%s is not a folder: the package's own corpus belongs there", ownCorpus)
	}
	if files, err := fs.Glob(os.DirFS(ownCorpus), "*"+corpus.Extension); len(files) == 0 {
		return all, err // it was not asked for
	}
	all = all.clone()
	return all, all.load(ownCorpus, os.DirFS(ownCorpus))
}

// randomCases are those of Config.Scripts.
func (c *Config) randomCases(role wsproto.Role) []*catalogue.Case {
	cases := make([]*catalogue.Case, c.Scripts)
	for n := range cases {
		cases[n] = RandomCase(role, c.Seed, n)
		if c.Carrier != nil && c.Carrier.Carrier() == oracle.HTTP2 {
			cases[n] = delivered(cases[n], byte(rand.New(rand.NewPCG(uint64(n), 0)).Uint32()))
		}
	}
	return cases
}

// LeftOut returns how many of the selected cases for peers in a role [Plan] leaves out
// because the carrier of the config cannot carry them.
func LeftOut(peer wsproto.Role, config *Config) int {
	selected, err := config.selected(peer.Peer(), false)
	if err != nil {
		return 0 // Plan has the error
	}
	return len(selected) - len(carriedCases(config.Carrier, selected))
}

// checkSelected reports that there is nothing to run, unless it is another machine
// that has it.
func (c *Config) checkSelected(cases []*catalogue.Case) error {
	if len(cases) > 0 || c.Shard != (catalogue.Shard{}) || len(c.Lacks) > 0 {
		return nil
	}
	return fmt.Errorf("cases: no case is selected: those of %q are for the other role, or excluded", c.Cases)
}

// checkPatterns reports a pattern that matches no case. What is left out, or is
// known, may be about a case of the other role, or a random one.
func (c *Config) checkPatterns(cases []*catalogue.Case) error {
	if err := catalogue.CheckPatterns(cases, c.Cases); err != nil {
		return fmt.Errorf("cases: %w", err)
	}
	isRandom := func(s string) bool { return strings.HasPrefix(s, RandomPrefix) }
	if err := catalogue.CheckPatterns(cases, slices.DeleteFunc(slices.Clone(c.Exclude), isRandom)); err != nil {
		return fmt.Errorf("exclude: %w", err)
	}
	return checkKnownCases(c.Known, cases)
}

// unsupported says why a case cannot be run with a peer of that configuration,
// and "" if it can.
func (c *Config) unsupported(cs *catalogue.Case) string {
	why, _ := c.lacking(cs)
	return why
}

// lacking is unsupported that also returns the words for all cases that are left out for that
// reason.
func (c *Config) lacking(cs *catalogue.Case) (why, all string) {
	if len(c.Lacks) > 0 {
		need := needs(cs)
		for _, f := range c.Lacks {
			if slices.Contains(need, f) {
				what := " " + string(f) + ", which the peer lacks"
				return "needs" + what, "need" + what
			}
		}
	}
	if c.MaxMessage > 0 {
		if n := longestMessage(&cs.Script); n > c.MaxMessage {
			return fmt.Sprintf("needs a message of %s, and the peer takes %d", plural.Of(n, "octet"), c.MaxMessage),
				"need a message of more than " + plural.Of(c.MaxMessage, "octet") + ", the longest that the peer takes"
		}
	}
	if cs.Act != nil && c.Act == nil {
		return "needs " + needAct, "need " + needAct
	}
	return "", ""
}

// skips says why a case is left out for a peer of that name, and "" if it is not. The
// words are the same for all cases that are left out for one reason.
func (c *Config) skips(agent string, cs *catalogue.Case) string {
	if c.ExcludeAgent.Excludes(agent, cs.ID) {
		return "excluded for this agent"
	}
	_, why := c.lacking(cs)
	return why
}

// skips counts cases that are left out, by the reason.
type skips struct {
	reasons []string // in the order in which they came
	cases   map[string]int
}

func (s *skips) add(why string) {
	if s.cases == nil {
		s.cases = map[string]int{}
	}
	if s.cases[why]++; s.cases[why] == 1 {
		s.reasons = append(s.reasons, why)
	}
}

// String is "" where no case is left out.
func (s *skips) String() string {
	var words []string
	for _, why := range s.reasons {
		verb := why
		if s.cases[why] == 1 {
			verb = strings.Replace(why, "need ", "needs ", 1)
		}
		words = append(words, plural.Of(s.cases[why], "case")+" "+verb)
	}
	return strings.Join(words, "; ")
}

// quickMessages is how many messages a loop of a quick run has.
const quickMessages = 20

// quick shortens the loops of the bulk cases.
func quick(cases []*catalogue.Case) []*catalogue.Case {
	short := slices.Clone(cases)
	for i, cs := range short {
		if !cs.Bulk {
			continue
		}
		c := *cs
		c.Script.Steps = slices.Clone(c.Script.Steps)
		for k := range c.Script.Steps {
			if s := &c.Script.Steps[k]; s.Kind == oracle.StepEcho {
				s.Count = min(s.Count, quickMessages)
			}
		}
		short[i] = &c
	}
	return short
}
