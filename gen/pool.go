package gen

import (
	"math/rand/v2"
	"slices"
	"sync"

	"github.com/wscheck/wscheck/oracle"
	"github.com/wscheck/wscheck/wsproto"
)

// Pool makes the scripts of a run with one peer, and learns from what comes of
// them. A script whose conversation had a feature that none before it had is kept,
// and varied from then on; the others are seeds, seeds that come late, or made by [Random].
//
// Script n depends on the seed, on n, and on what came of the scripts up to n
// minus the lag, and on nothing else: it does not matter who plays which of them,
// and in which order they end. The methods may be called by any number of
// goroutines.
type Pool struct {
	role  wsproto.Role
	seed  uint64
	seeds []*oracle.Script
	late  []int // indices of the seeds that may be late
	lag   int

	mu      sync.Mutex
	learned sync.Cond
	next    int            // all scripts before it are learned
	coming  map[int]lesson // learned out of turn
	seen    [seenBits / 64]uint64
	kept    []*lesson // in the order of their numbers
	stopped bool
}

// lesson is what came of a script.
type lesson struct {
	number int
	script *oracle.Script
	fresh  []uint32 // that had not been seen when it ended
}

const (
	// seenBits bounds the features that are distinguished.
	seenBits = 1 << 16

	// maxKept bounds the scripts that a variation is made of: the latest.
	maxKept = 512
)

// Made is a script and where it comes from.
type Made struct {
	Conversation      // without faults, unless it is a random one
	Seed         int  // index into the seeds, -1 for none
	Late         bool // the seed is made late: see [Late]
	Varied       bool
}

// NewPool returns a pool for our side in a role. The seeds are played in their
// order and are not changed. lag is how many scripts may be under way at a time:
// [Pool.Script] waits for the first of more.
func NewPool(role wsproto.Role, seed uint64, seeds []*oracle.Script, lag int) *Pool {
	p := &Pool{role: role, seed: seed, seeds: seeds, lag: max(lag, 1), coming: map[int]lesson{}}
	p.learned.L = &p.mu
	for i, s := range seeds {
		if mayBeLate(s) {
			p.late = append(p.late, i)
		}
	}
	return p
}

// turns are the kinds of scripts in their order, again and again.
var turns = [...]turn{
	turnRandom, turnSeed, turnSeed, turnSeed, turnSeed, turnSeed,
	turnVaried, turnSeed, turnSeed, turnSeed, turnSeed, turnSeed,
}

type turn uint8

const (
	turnRandom turn = iota
	turnSeed        // of any kind once there are no more
	turnVaried      // a random one as long as there is nothing to vary
	turnLate        // a seed that comes late
)

// seedsIn is the number of seeds in the first n scripts.
func seedsIn(n int) int {
	seeds := 0
	for i, t := range turns {
		if t == turnSeed {
			seeds += (n - i + len(turns) - 1) / len(turns)
		}
	}
	return seeds
}

// Script makes script n. It waits until [Pool.Learn] was called for every script
// up to n minus the lag, or until [Pool.Stop]; ok is false then.
func (p *Pool) Script(n int) (made Made, ok bool) {
	rng := rand.New(rand.NewPCG(p.seed, uint64(n)))
	is := turns[n%len(turns)]
	if is == turnSeed {
		i := seedsIn(n)
		if i < len(p.seeds) {
			return Made{Conversation: Conversation{Script: p.seeds[i]}, Seed: i}, true
		}
		i -= len(p.seeds)
		is = [...]turn{turnVaried, turnRandom, turnLate}[i%3]
		if is == turnLate && len(p.late) > 0 {
			i = p.late[i/3%len(p.late)]
			return Made{Conversation: Conversation{Script: Late(rng, p.seeds[i])}, Seed: i, Late: true}, true
		}
	}
	if is == turnVaried {
		parent, other, ok := p.pick(rng, n)
		if !ok {
			return Made{}, false
		}
		if parent != nil {
			s := Vary(rng, parent, func() *oracle.Script {
				if rng.IntN(2) == 0 {
					return other
				}
				return Random(rng, p.role).Script
			})
			return Made{Conversation: Conversation{Script: s}, Seed: -1, Varied: true}, true
		}
	}
	return Made{Conversation: Random(rng, p.role), Seed: -1}, true
}

// pick draws a script to vary, and another, from those that script n may know of;
// nil if there are none, or if none is recent and another random script is worth
// more.
func (p *Pool) pick(rng *rand.Rand, n int) (parent, other *oracle.Script, ok bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for p.next <= n-p.lag && !p.stopped {
		p.learned.Wait()
	}
	if p.stopped {
		return nil, nil, false
	}
	end := len(p.kept)
	for end > 0 && p.kept[end-1].number > n-p.lag {
		end--
	}
	known := p.kept[max(0, end-maxKept):end]
	recent := len(known)
	for recent > 0 && known[recent-1].number > n-p.lag-recently {
		recent--
	}
	of := known[recent:]
	if len(of) == 0 || rng.IntN(4) == 0 {
		of = known
	}
	if len(known) == 0 || recent == len(known) && rng.IntN(2) == 0 {
		return nil, nil, true
	}
	return of[rng.IntN(len(of))].script, known[rng.IntN(len(known))].script, true
}

// recently is for how many scripts one that was kept is varied the most.
const recently = 256

// Learn takes what came of script n, nothing for one that was not played. It has to
// be called once for each number up to that of the last script.
func (p *Pool) Learn(n int, s *oracle.Script, features []uint32) {
	p.mu.Lock()
	defer p.mu.Unlock()
	l := lesson{number: n}
	for _, f := range features {
		if !p.has(f) {
			l.fresh = append(l.fresh, f)
		}
	}
	if l.fresh != nil {
		l.script = s
	}
	p.coming[n] = l
	for {
		l, ok := p.coming[p.next]
		if !ok {
			return
		}
		delete(p.coming, p.next)
		p.take(&l)
		p.next++
		p.learned.Broadcast()
	}
}

func (p *Pool) has(f uint32) bool {
	f %= seenBits
	return p.seen[f/64]&(1<<(f%64)) != 0
}

// take keeps a script that showed something new.
func (p *Pool) take(l *lesson) {
	isNew := false
	for _, f := range l.fresh {
		isNew = isNew || !p.has(f)
		f %= seenBits
		p.seen[f/64] |= 1 << (f % 64)
	}
	if !isNew {
		return
	}
	p.kept = append(p.kept, l)
	if len(p.kept) >= 2*maxKept+p.lag {
		p.kept = slices.Delete(p.kept, 0, len(p.kept)-maxKept-p.lag)
	}
}

// Stop ends all waits.
func (p *Pool) Stop() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.stopped = true
	p.learned.Broadcast()
}
