package blackbox

import (
	"context"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/wscheck/wscheck/internal/catalogue"
	"github.com/wscheck/wscheck/internal/engine"
	"github.com/wscheck/wscheck/internal/process"
	"github.com/wscheck/wscheck/internal/report"
	"github.com/wscheck/wscheck/oracle"
)

// triage takes what conversations showed, decides what is examined, and has the
// findings. Its methods may be called side by side.
type triage struct {
	options *Options
	player  *engine.Player
	base    *base
	archive *archive
	ignored *regexp.Regexp
	enough  func() // is called when there are as many findings as are wanted

	outer, working context.Context // of [run]

	slow     chan candidate // conversations that want patience
	cases    chan candidate // findings to be made short
	silences chan candidate // those that rest on silence

	mu       sync.Mutex
	idle     *sync.Cond // no candidate is examined, or a context of awaitIdle is done
	examined int        // candidates that are
	proving  bool       // one of them a silence
	clauses  map[oracle.ClauseID]*clauseState
	findings []*Finding
	errs     []error
}

// candidate is a conversation that showed something, or may show it with
// patience.
type candidate struct {
	clause oracle.ClauseID
	number int
	cs     *catalogue.Case
	result *report.Result
	deaths int // of the peer's process by then
}

// clauseState is what is known of a clause in a run.
type clauseState struct {
	seen     int // conversations that broke it
	open     int // candidates that are examined
	waiting  int // candidates of a silence that are to be proved
	kept     int // findings
	refuted  int // candidates that could not be shown again
	unproved int // candidates of a silence that did not come again
	watched  int // conversations that are played, or wait to be, to see whether it is broken
}

const (
	// slowQueue bounds the conversations that wait to be played with patience. What
	// goes beyond is not: there are many more where they come from.
	slowQueue = 1024

	// maxWatched bounds the conversations that are played with patience on account
	// of one clause: most of the time they all show the same.
	maxWatched = 8

	// maxRefuted bounds how many candidates of a clause are examined that come to
	// nothing, and how many of its silences.
	maxRefuted = 5

	// firstSilence is how long a run plays before it proves a silence. No other conversation may
	// be under way then, and most of the time one of those soon shows the same by what the peer
	// sends.
	firstSilence = 3 * time.Second

	// maxSuspects bounds the scripts that are kept of a death.
	maxSuspects = 64
)

// died are the clauses about peers that do not outlive a conversation.
var died = []oracle.ClauseID{"wscheck/peer-died", "wscheck/peer-panicked"}

func newTriage(outer, working context.Context, o *Options, player *engine.Player, ignored *regexp.Regexp, enough func()) *triage {
	t := &triage{
		options: o, player: player, ignored: ignored, outer: outer, working: working, enough: enough,
		archive: &archive{dir: o.Dir, seed: o.Seed, player: player},
		slow:    make(chan candidate, slowQueue), cases: make(chan candidate, slowQueue), silences: make(chan candidate, slowQueue),
		clauses: map[oracle.ClauseID]*clauseState{},
	}
	t.idle = sync.NewCond(&t.mu)
	return t
}

// suspicious has a conversation played with patience if that may show one of the
// clauses broken, and a finding of it is wanted.
func (t *triage) suspicious(s candidate, owed []oracle.ClauseID) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, id := range owed {
		if !t.wantsSilence(id) || t.state(id).watched >= maxWatched {
			continue
		}
		s.clause = id
		select {
		case t.slow <- s:
			t.state(id).watched++
		default: // enough is waiting
		}
		return
	}
}

// suspects reports whether it is still worth playing a conversation with patience.
func (t *triage) suspects(s *candidate) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.wantsSilence(s.clause)
}

// watched takes a conversation that suspicious had played.
func (t *triage) watched(s *candidate) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.state(s.clause).watched--
}

// propose queues the clauses that a conversation breaks for examination, if more findings
// of them are wanted.
func (t *triage) propose(s candidate) {
	ids := t.base.unknown(t.working, s.cs, t.wanted(s.result.RFC.Broken()))
	if len(ids) == 0 {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, id := range ids {
		state := t.state(id)
		state.seen++
		wanted, queue, count := t.wants(id), t.cases, &state.open
		if silent(s.result, id) {
			wanted, queue, count = t.wantsSilence(id), t.silences, &state.waiting
		}
		if !wanted {
			continue
		}
		s.clause = id
		select {
		case queue <- s:
			*count++
		default: // enough is waiting
		}
	}
}

// wanted returns those of the clauses that are not ignored, and, where each costs a
// conversation with the base, of which another finding is wanted.
func (t *triage) wanted(ids []oracle.ClauseID) []oracle.ClauseID {
	t.mu.Lock()
	defer t.mu.Unlock()
	return slices.DeleteFunc(ids, func(id oracle.ClauseID) bool {
		return t.ignored != nil && t.ignored.MatchString(string(id)) || t.base != nil && !t.wants(id)
	})
}

// examine makes findings of candidates, until there are none to come.
func (t *triage) examine() {
	for s := range t.cases {
		t.examineOne(&s)
		t.mu.Lock()
		t.state(s.clause).open--
		t.mu.Unlock()
	}
}

// listen does so for candidates of a silence, in half of the time until playing is over.
func (t *triage) listen(playing context.Context) {
	next := time.Now().Add(firstSilence)
	for s := range t.silences {
		process.Pause(playing, nil, time.Until(next))
		t.mu.Lock()
		state := t.state(s.clause)
		wanted := t.wants(s.clause) && state.unproved < maxRefuted
		t.mu.Unlock()
		if wanted {
			began := time.Now()
			t.proves(true)
			t.examineOne(&s)
			t.proves(false)
			next = time.Now().Add(time.Since(began))
		}
		t.mu.Lock()
		state.waiting--
		t.mu.Unlock()
	}
}

func (t *triage) examineOne(s *candidate) {
	t.mu.Lock()
	t.examined++
	t.mu.Unlock()
	f := t.finding(s)
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.examined--; t.examined == 0 {
		t.idle.Broadcast()
	}
	t.keep(s, f)
}

// holdsUp reports whether a candidate is examined and scripts are held up meanwhile.
func (t *triage) holdsUp() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.examined > 0 && (t.proving || t.player.Incoming())
}

// proves notes whether a silence is being proved.
func (t *triage) proves(now bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.proving = now
}

// awaitIdle waits until no candidate is examined, or ctx is done.
func (t *triage) awaitIdle(ctx context.Context) {
	defer context.AfterFunc(ctx, func() {
		t.mu.Lock()
		defer t.mu.Unlock()
		t.idle.Broadcast()
	})()
	t.mu.Lock()
	defer t.mu.Unlock()
	for t.examined > 0 && ctx.Err() == nil {
		t.idle.Wait()
	}
}

// finding examines a candidate. It returns nil where the peer's process had died
// of another conversation, and that was all that was to be seen.
func (t *triage) finding(s *candidate) *Finding {
	f := &Finding{Clause: s.clause, Number: s.number, Script: &s.cs.Script, Original: &s.cs.Script, Result: s.result}
	x := newExaminer(t.working, t.options, t.player, s.clause, s.cs)
	x.base = t.base
	x.confirmBriskly(f)
	switch {
	case f.Reproduced() && x.known(f):
		return nil
	case !f.Reproduced() && silent(s.result, s.clause):
		return f
	case !f.Reproduced() && (t.player.Deaths() != s.deaths || f.Tries == 0 && t.working.Err() != nil && t.outer.Err() == nil):
		return nil
	case f.Reproduced():
		f = x.shortened(f)
	}
	t.note(t.archive.save(f, x.showsToo))
	return f
}

// keep takes what came of a candidate. t.mu is held.
func (t *triage) keep(s *candidate, f *Finding) {
	state := t.state(s.clause)
	if f == nil {
		state.seen--
		return
	}
	known := slices.IndexFunc(t.findings, func(g *Finding) bool { return g.Clause == f.Clause && !g.Reproduced() })
	switch {
	case f.Reproduced() && known >= 0:
		t.findings[known] = f // worth more
		state.kept++
	case f.Reproduced():
		t.findings = append(t.findings, f)
		state.kept++
	case silent(s.result, s.clause):
		state.seen--
		state.unproved++
	default:
		state.refuted++
		if known < 0 && state.kept == 0 {
			t.findings = append(t.findings, f)
		}
	}
	if n := t.options.MaxFindings; n > 0 && t.reproduced() >= n {
		t.enough()
	}
}

// reproduced is the number of findings that are sure. t.mu is held.
func (t *triage) reproduced() (n int) {
	for _, f := range t.findings {
		if f.Reproduced() {
			n++
		}
	}
	return n
}

// reportDeaths looks for the script that the peer's process died of, as long as a
// finding of that is wanted.
func (t *triage) reportDeaths() {
	for _, death := range t.player.TakeDeaths() {
		t.mu.Lock()
		t.state(died[0]).seen++
		wanted := t.wants(died[0]) && !t.knowsDeath()
		if wanted {
			t.state(died[0]).open++
		}
		t.mu.Unlock()
		if wanted {
			t.findCulprit(&death)
		}
	}
}

// knowsDeath reports whether as many scripts are known that the peer dies of as
// are wanted. t.mu is held.
func (t *triage) knowsDeath() bool {
	n := 0
	for _, id := range died {
		if s := t.clauses[id]; s != nil {
			n += s.kept + s.open
		}
	}
	return n >= t.options.perClause()
}

// findCulprit looks for the suspect that the peer died of.
func (t *triage) findCulprit(death *engine.Death) {
	result := t.player.Culprit(t.working, death)
	t.mu.Lock()
	state := t.state(died[0])
	state.open--
	if result == nil {
		state.refuted++
	}
	t.mu.Unlock()
	switch {
	case result != nil:
		t.propose(candidate{number: numberOf(result.Case.ID), cs: result.Case, result: result, deaths: t.player.Deaths()})
	case t.working.Err() == nil:
		t.unexplained(death.How, death.Suspects)
	}
}

// numberOf is the number of the script that the id of a random case names, -1 for none.
func numberOf(id string) int {
	n, err := strconv.Atoi(id[strings.LastIndexByte(id, '-')+1:])
	if err != nil || !strings.HasPrefix(id, engine.RandomPrefix) {
		return -1
	}
	return n
}

// unexplained keeps a death whose reason is not known, unless one is kept already.
func (t *triage) unexplained(how string, suspects []*catalogue.Case) {
	f := &Finding{Clause: died[0], Number: -1, How: how}
	for _, cs := range suspects[:min(len(suspects), maxSuspects)] {
		f.Suspects = append(f.Suspects, &cs.Script)
	}
	t.mu.Lock()
	known := slices.ContainsFunc(t.findings, func(g *Finding) bool { return slices.Contains(died, g.Clause) })
	if !known {
		t.findings = append(t.findings, f)
		t.state(f.Clause).seen = max(1, t.state(f.Clause).seen)
	}
	t.mu.Unlock()
	if !known {
		t.note(t.archive.saveSuspects(f))
	}
}

// figures puts what is known of the clauses into s.
func (t *triage) figures(s *Stats) {
	s.Findings, s.Unproved = map[oracle.ClauseID]int{}, map[oracle.ClauseID]int{}
	t.mu.Lock()
	defer t.mu.Unlock()
	for id, c := range t.clauses {
		if c.unproved > 0 && c.kept == 0 {
			s.Unproved[id] = c.unproved
		}
		if c.seen > 0 {
			s.Findings[id] = c.seen
		}
		s.Open += c.open + c.waiting
	}
}

func (t *triage) note(err error) {
	if err != nil {
		t.mu.Lock()
		t.errs = append(t.errs, err)
		t.mu.Unlock()
	}
}

// wants reports whether another finding of the clause is wanted. t.mu is held.
func (t *triage) wants(id oracle.ClauseID) bool {
	if t.ignored != nil && t.ignored.MatchString(string(id)) {
		return false
	}
	s := t.clauses[id]
	return s == nil || s.kept+s.open < t.options.perClause() && s.refuted < maxRefuted
}

// wantsSilence is wants for a silence. t.mu is held.
func (t *triage) wantsSilence(id oracle.ClauseID) bool {
	s := t.state(id)
	return t.wants(id) && s.waiting < t.options.perClause() && s.unproved < maxRefuted
}

// state returns the state of a clause. t.mu is held.
func (t *triage) state(id oracle.ClauseID) *clauseState {
	s := t.clauses[id]
	if s == nil {
		s = new(clauseState)
		t.clauses[id] = s
	}
	return s
}
