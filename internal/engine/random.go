package engine

import (
	"cmp"
	_ "embed" // the cases that find mutants
	"fmt"
	"math/bits"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
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

// fuzzPrefix begins the id of what a fuzzer made.
const fuzzPrefix = "fuzz/"

func isRandom(cs *catalogue.Case) bool { return strings.HasPrefix(cs.ID, RandomPrefix) }

// isFuzz reports whether a fuzzer made the case.
func isFuzz(cs *catalogue.Case) bool { return strings.HasPrefix(cs.ID, fuzzPrefix) }

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
// first, those that [SeedCases] and [RandomCase] give, seeds that come late, and variations of what
// showed something new of the peer. See [gen.Pool]. Its methods may be called by any number of goroutines.
type RandomCases struct {
	pool  *gen.Pool
	role  wsproto.Role
	seed  uint64
	seeds []*catalogue.Case
}

// NewRandomCases returns the cases of a seed for our side in a role: at most
// atOnce of them are under way at a time. first come before the others that are not
// made at random.
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
		seed, after := r.seeds[made.Seed], ""
		if made.Late {
			after = ", after much that is right"
		}
		cs = r.numbered(n, made.Script, "It is "+seed.ID+after+".")
		cs.URL = seed.URL
		return cs, true
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

// delivered is a random case over HTTP/2.
func delivered(cs *catalogue.Case, by byte) *catalogue.Case {
	over := *cs
	over.Script = *gen.Delivered(&cs.Script, by)
	return &over
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
	ids := r.RFC.Broken()
	if !isRandom(r.Case) || len(ids) == 0 {
		return r
	}
	return shrunk(r, func(s *oracle.Script) *report.Result {
		shorter := play(Shorter(r.Case, s))
		if shorter == nil || !slices.Contains(shorter.RFC.Broken(), ids[0]) {
			return nil
		}
		return shorter
	})
}

// shrunk returns the result of a shorter script that shows the same, or r itself. shows
// plays a script, and returns nil where it does not show it.
func shrunk(r *report.Result, shows func(*oracle.Script) *report.Result) *report.Result {
	until := time.Now().Add(shrinkLimit)
	gen.Shrink(&r.Case.Script, func(s *oracle.Script) bool {
		if time.Now().After(until) {
			return false
		}
		shorter := shows(s)
		if shorter != nil {
			r = shorter
		}
		return shorter != nil
	}, shrinkTries)
	return r
}

// Bounds of seeds: the octets of one, and how many there are. Long ones teach a
// fuzzer nothing, and it runs them all before it begins.
const (
	maxSeed  = 64
	maxSeeds = 200
)

// maxSeedOctets bounds the payloads of a seed of random runs. One of the first, and one that
// stops reading, may be firstSize times as long.
const (
	maxSeedOctets = 1 << 17
	firstSize     = 8
)

// The waits of one of [LongCases] and of [IdleCases]: while one of the former waits nothing can be
// played alone.
const (
	maxLongWait = 5 * time.Second
	maxIdle     = 50 * time.Second
)

// sourceCases are what comes of the catalogue and the corpus in random runs.
type sourceCases struct{ seeds, long, idle []*catalogue.Case }

var casesOf = [2]func() *sourceCases{
	wsproto.Client: sync.OnceValue(func() *sourceCases { return choose(wsproto.Client) }),
	wsproto.Server: sync.OnceValue(func() *sourceCases { return choose(wsproto.Server) }),
}

// SeedCases returns the cases of the catalogue and the corpus that a source of
// random scripts begins with: those that are short. Those of firstSeeds come first; then
// one case of each clause, and the others so that any number of them from the
// first on says something of everything. They are shared and must not be changed.
func SeedCases(role wsproto.Role) []*catalogue.Case { return casesOf[role]().seeds }

// LongCases returns those that are too long for [SeedCases], or wait for longer than a script
// that is played fast does, and need neither the peer for themselves nor a peer of their own.
// Those in which our side stops reading come first, for a random script is seldom long enough to
// block the peer's writes; those that wait come last, one of each clause before another of any.
// They are shared and must not be changed.
func LongCases(role wsproto.Role) []*catalogue.Case { return casesOf[role]().long }

// IdleCases returns those of less than a minute in which next to nothing comes or goes. Those in
// which our side answers pings in its own way, and the others, take turns. They are shared and
// must not be changed.
func IdleCases(role wsproto.Role) []*catalogue.Case { return casesOf[role]().idle }

func choose(role wsproto.Role) *sourceCases {
	all, err := AllCases(role)
	if err != nil {
		return new(sourceCases) // the embedded corpus is damaged: its own tests say so
	}
	var others, stalling, long, waiting, idle []*catalogue.Case
	first := firstSeeds(role.Peer())
	seeds := make([]*catalogue.Case, len(first))
	for _, cs := range all {
		steps, octets := gen.Cost(&cs.Script)
		at, most := slices.Index(first, cs.ID), 1
		if at >= 0 || stalls(&cs.Script) { // a peer's system takes a lot before its writes block
			most = firstSize
		}
		if cs.Alone || cs.Bulk || cs.ServerDeflate != nil {
			continue
		}
		seed := *cs
		seed.Script.Role = role
		longest, waits := waitsOf(&cs.Script)
		isLong := cs.Slow || octets > most*maxSeedOctets || steps > most*maxSeed || longest > playWait
		switch {
		case waits > maxLongWait:
			if isLong && waits <= maxIdle {
				idle = append(idle, &seed)
			}
		case !isLong && longest <= fastWait:
		case stalls(&cs.Script):
			stalling = append(stalling, &seed)
		case longest > fastWait:
			waiting = append(waiting, &seed)
		default:
			long = append(long, &seed)
		}
		switch {
		case isLong:
		case at >= 0:
			seeds[at] = &seed
		default:
			others = append(others, &seed)
		}
	}
	seeds = slices.DeleteFunc(seeds, func(cs *catalogue.Case) bool { return cs == nil })
	slices.SortStableFunc(waiting, func(a, b *catalogue.Case) int { return cmp.Compare(Waits(&a.Script), Waits(&b.Script)) })
	return &sourceCases{
		seeds: append(seeds, byClause(others)...),
		long:  slices.Concat(stalling, long, byClause(waiting)),
		idle:  inTurns(idle, func(cs *catalogue.Case) bool { return takes(&cs.Script, oracle.StepPongs) }),
	}
}

// byClause returns one case of each first clause, and then the others so that any number of them from the
// first on has the same share of each clause's, from all over the catalogue: the cases of one kind stand together there.
func byClause(cases []*catalogue.Case) []*catalogue.Case {
	of := map[oracle.ClauseID][]*catalogue.Case{}
	for _, cs := range cases {
		id := oracle.ClauseID("") // of those that name none
		if len(cs.Clauses) > 0 {
			id = cs.Clauses[0]
		}
		of[id] = append(of[id], cs)
	}
	type placed struct {
		*catalogue.Case
		at float64 // 0 for the first of a clause, and up to 1
	}
	all := make([]placed, 0, len(cases))
	ids := []oracle.ClauseID{""}
	for c := range oracle.Clauses() {
		ids = append(ids, c.ID)
	}
	for _, id := range ids {
		for i, k := range spread(len(of[id])) {
			all = append(all, placed{of[id][k], float64(i) / float64(len(of[id]))})
		}
	}
	slices.SortStableFunc(all, func(a, b placed) int { return cmp.Compare(a.at, b.at) })
	sorted := make([]*catalogue.Case, len(all))
	for i := range all {
		sorted[i] = all[i].Case
	}
	return sorted
}

// spread returns 0 to n-1 so that those from the first on are far from each other: 0, one half of n, a quarter, three
// quarters, and so on.
func spread(n int) []int {
	all := make([]int, 0, n)
	width := bits.Len(uint(max(n, 1) - 1))
	for i := range 1 << width {
		if k := int(bits.Reverse(uint(i)) >> (bits.UintSize - width)); k < n {
			all = append(all, k)
		}
	}
	return all
}

// inTurns returns those cases that are chosen and the others in turns.
func inTurns(cases []*catalogue.Case, chosen func(*catalogue.Case) bool) []*catalogue.Case {
	first := slices.DeleteFunc(slices.Clone(cases), func(cs *catalogue.Case) bool { return !chosen(cs) })
	others := slices.DeleteFunc(slices.Clone(cases), chosen)
	all := make([]*catalogue.Case, 0, len(cases))
	for i := range max(len(first), len(others)) {
		all = append(all, first[min(i, len(first)):min(i+1, len(first))]...)
		all = append(all, others[min(i, len(others)):min(i+1, len(others))]...)
	}
	return all
}

// Waits returns how long a script waits in all where the peer does nothing.
func Waits(s *oracle.Script) time.Duration {
	_, all := waitsOf(s)
	return all
}

// Within returns a case whose waits are no longer than limit in all: those of another one, each
// shorter in proportion.
func Within(cs *catalogue.Case, limit time.Duration) *catalogue.Case {
	all := Waits(&cs.Script)
	if all <= limit {
		return cs
	}
	brief := *cs
	brief.Script.Steps = slices.Clone(cs.Script.Steps)
	for i := range brief.Script.Steps {
		if s := &brief.Script.Steps[i]; s.Kind == oracle.StepWait {
			s.Timeout = time.Duration(float64(s.Timeout) * limit.Seconds() / all.Seconds()).Round(time.Millisecond)
		}
	}
	return &brief
}

// waitsOf returns the longest wait of a script, and all of them together.
func waitsOf(s *oracle.Script) (longest, all time.Duration) {
	for i := range s.Steps {
		if step := &s.Steps[i]; step.Kind == oracle.StepWait {
			longest, all = max(longest, step.Timeout), all+step.Timeout
		}
	}
	return longest, all
}

// playLimit bounds each wait of a conversation of many: a random script has no wait that is
// longer than playWait.
func playLimit(s *oracle.Script) time.Duration {
	longest, _ := waitsOf(s)
	if longest <= playWait {
		return playWait
	}
	return playWait + longest
}

// stalls reports whether our side stops reading in a script.
func stalls(s *oracle.Script) bool { return takes(s, oracle.StepStopReading) }

// takes reports whether a script has a step of a kind.
func takes(s *oracle.Script, kind oracle.StepKind) bool {
	return slices.ContainsFunc(s.Steps, func(s oracle.Step) bool { return s.Kind == kind })
}

// firstSeedsText names the cases that find the mutants of the reference endpoint, each
// after the role of the mutants: those that find many which no case before them finds
// come before those that find few. TestFirstSeeds of package mutation makes it.
//
//go:embed firstseeds.txt
var firstSeedsText string

// firstSeeds returns the ids of the cases that find mutants in a role.
func firstSeeds(role wsproto.Role) (ids []string) {
	for line := range strings.Lines(firstSeedsText) {
		of, id, _ := strings.Cut(strings.TrimSpace(line), " ")
		if of == role.String() {
			ids = append(ids, id)
		}
	}
	return ids
}
