package engine

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"github.com/wscheck/wscheck/gen"
	"github.com/wscheck/wscheck/internal/catalogue"
	"github.com/wscheck/wscheck/internal/report"
	"github.com/wscheck/wscheck/oracle"
	"github.com/wscheck/wscheck/wsproto"
)

// RandomPrefix begins the id of every case that was made at random; the seed and
// the number of the script follow: "random/1-42".
const RandomPrefix = "random/"

// RandomCase returns script n of a seed for our side in a role, as a case. It
// depends on nothing else.
func RandomCase(role wsproto.Role, seed uint64, n int) *catalogue.Case {
	return randomCase(role, seed, n, gen.Random(rand.New(rand.NewPCG(seed, uint64(n))), role))
}

// randomCase is script n of a seed as a case.
func randomCase(role wsproto.Role, seed uint64, n int, conversation gen.Conversation) *catalogue.Case {
	cs := &catalogue.Case{
		ID:          fmt.Sprintf("%s%d-%d", RandomPrefix, seed, n),
		Description: fmt.Sprintf("Script %d of the random seed %d.", n, seed),
		Roles:       1 << role,
		Script:      *conversation.Script,
	}
	var faults []string
	for _, f := range conversation.Faults {
		faults = append(faults, f.Name)
		cs.Clauses = append(cs.Clauses, f.Clauses...)
	}
	if faults != nil {
		cs.Description += " What is wrong in it on purpose: " + strings.Join(faults, ", ") + "."
	}
	return cs
}

// RandomCases are the cases of a run of random scripts with one peer: some that come
// first, those that [SeedCases] and [RandomCase] give, and variations of what showed something new of
// the peer. See [gen.Pool]. Its methods may be called by any number of goroutines.
type RandomCases struct {
	pool  *gen.Pool
	role  wsproto.Role
	seed  uint64
	seeds []*catalogue.Case
}

// NewRandomCases returns the cases of a seed for our side in a role, of which so
// many may be under way at a time. first come before the others that are not made at
// random.
func NewRandomCases(role wsproto.Role, seed uint64, atOnce int, first []*catalogue.Case) *RandomCases {
	seeds := slices.Concat(first, SeedCases(role))
	scripts := make([]*oracle.Script, len(seeds))
	for i, cs := range seeds {
		scripts[i] = &cs.Script
	}
	return &RandomCases{pool: gen.NewPool(role, seed, scripts, atOnce), role: role, seed: seed, seeds: seeds}
}

// Case returns case n. It waits where too many cases before it are under way; ok is
// false where [RandomCases.Stop] ends that.
func (r *RandomCases) Case(n int) (cs *catalogue.Case, ok bool) {
	made, ok := r.pool.Script(n)
	switch {
	case !ok:
		return nil, false
	case made.Seed >= 0:
		return r.numbered(n, made.Script, "It is "+r.seeds[made.Seed].ID+"."), true
	case made.Varied:
		return r.numbered(n, made.Script, "It varies one that showed something new of this peer."), true
	}
	return randomCase(r.role, r.seed, n, made.Conversation), true
}

func (r *RandomCases) numbered(n int, s *oracle.Script, origin string) *catalogue.Case {
	cs := randomCase(r.role, r.seed, n, gen.Conversation{Script: s})
	cs.Description += " " + origin
	return cs
}

// Learn takes what came of case n, nothing where it was not played. It has to be
// called for each case, once.
func (r *RandomCases) Learn(n int, cs *catalogue.Case, features []uint32) {
	r.pool.Learn(n, &cs.Script, features)
}

// Stop ends all waiting.
func (r *RandomCases) Stop() { r.pool.Stop() }

// Carried returns a random case as the player's peer can have it: over HTTP/2, how the
// stream is delivered is drawn as well.
func (p *Player) Carried(cs *catalogue.Case, n int) *catalogue.Case {
	if p.server.endpoint.over() != oracle.HTTP2 {
		return cs
	}
	return delivered(cs, byte(rand.New(rand.NewPCG(uint64(n), 0)).Uint32()))
}

// delivered is a random case over HTTP/2.
func delivered(cs *catalogue.Case, by byte) *catalogue.Case {
	over := *cs
	over.Script = *gen.Delivered(&cs.Script, by)
	return &over
}

// maxScripts bounds Config.Scripts: each is held, and so is its result. Package
// blackbox plays any number.
const maxScripts = 1 << 20

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

// Shorter returns a random case with another script, one that shows the same and
// is shorter.
func Shorter(cs *catalogue.Case, s *oracle.Script) *catalogue.Case {
	shorter := *cs
	head, _, _ := strings.Cut(cs.Description, ".")
	shorter.Description = strings.TrimSuffix(head, madeShorter) + madeShorter + "."
	shorter.Script = *s
	return &shorter
}

const madeShorter = ", made shorter"

func isRandom(cs *catalogue.Case) bool { return strings.HasPrefix(cs.ID, RandomPrefix) }

// isFuzz reports whether a fuzzer made the case.
func isFuzz(cs *catalogue.Case) bool { return strings.HasPrefix(cs.ID, fuzzPrefix) }

// Bounds of making a failed random script shorter: the conversations, and the
// real time.
const (
	shrinkTries = 500
	shrinkLimit = 10 * time.Second
)

// undecided makes of a random script that shows nothing one that is allowed to:
// it was made for no clause in particular.
func undecided(r *report.Result) {
	if isRandom(r.Case) && r.RFC.Outcome == oracle.Inconclusive {
		r.RFC.Outcome = oracle.Allowed
	}
}

// shortened returns the result of a shorter script that breaks the same clause
// as a random one, or r itself. play returns nil where it cannot.
func shortened(r *report.Result, play func(*catalogue.Case) *report.Result) *report.Result {
	ids := broken(r.RFC)
	if !isRandom(r.Case) || len(ids) == 0 {
		return r
	}
	until := time.Now().Add(shrinkLimit)
	gen.Shrink(&r.Case.Script, func(s *oracle.Script) bool {
		if time.Now().After(until) {
			return false
		}
		shorter := play(Shorter(r.Case, s))
		if shorter == nil || !slices.Contains(broken(shorter.RFC), ids[0]) {
			return false
		}
		r = shorter
		return true
	}, shrinkTries)
	return r
}
