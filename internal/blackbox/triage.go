package blackbox

import (
	"cmp"
	"context"
	"errors"
	"math"
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

	slow  chan candidate // conversations that want patience
	cases chan candidate // findings to be made short

	mu        sync.Mutex
	changed   *sync.Cond // is told when examined, silences or last change, and when a context of awaitIdle ends
	examined  int        // candidates that are
	heldSince time.Time  // scripts wait for that; zero where they do not
	freeUntil time.Time  // they do not wait
	proving   bool       // one of them a silence
	silences  []silence  // to be proved or made short
	last      bool       // no more of them come
	clauses   map[oracle.ClauseID]*clauseState
	findings  []*Finding
	errs      []error
	asks      func(context.Context) error // returns why nothing is to be held against the peer; nil: it is not asked
	unfit     error                       // what that returned
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

// silence is a conversation that breaks clauses by what was not seen.
type silence struct {
	candidate
	clauses []oracle.ClauseID // that it may prove
	proved  *Finding          // to be made short; nil for one that is to be proved
}

// clauseState is what is known of a clause in a run.
type clauseState struct {
	seen     int // conversations that broke it by what the peer sent
	silent   int // conversations that broke it by silence
	open     int // candidates that are examined
	waiting  int // silences that are to be proved
	kept     int // findings
	refuted  int // candidates that could not be shown again
	unproved int // silences that did not come again
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

	// holdLimit is how long scripts wait for what is examined at a time.
	holdLimit = 5 * time.Second

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
		slow:    make(chan candidate, slowQueue), cases: make(chan candidate, slowQueue),
		clauses: map[oracle.ClauseID]*clauseState{},
	}
	t.changed = sync.NewCond(&t.mu)
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
	if len(ids) == 0 || t.noEcho() {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	quiet := silence{candidate: s}
	for _, id := range ids {
		state := t.state(id)
		if silent(s.result, id) {
			// What was not seen beside what was is not proved.
			if state.silent++; s.result.RFC.Basis() != oracle.Seen && t.wantsSilence(id) {
				quiet.clauses = append(quiet.clauses, id)
			}
			continue
		}
		state.seen++
		if !t.wants(id) {
			continue
		}
		s.clause = id
		select {
		case t.cases <- s:
			state.open++
		default: // enough is waiting
		}
	}
	if len(quiet.clauses) > 0 && len(t.silences) < slowQueue {
		t.silences = append(t.silences, quiet)
		for _, id := range quiet.clauses {
			t.state(id).waiting++
		}
		t.changed.Broadcast()
	}
}

// noEcho ends the run and returns true where the peer turns out to be no echo.
func (t *triage) noEcho() bool {
	if t.asks == nil {
		return false
	}
	err := t.asks(t.working)
	if err == nil {
		return false
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.unfit = err
	t.enough()
	return true
}

// wanted returns the clauses that the user does not ignore. The base plays for each of them: where there is
// one, a clause that has findings enough is left out.
func (t *triage) wanted(ids []oracle.ClauseID) []oracle.ClauseID {
	t.mu.Lock()
	defer t.mu.Unlock()
	return slices.DeleteFunc(ids, func(id oracle.ClauseID) bool {
		return t.ignores(id) || t.base != nil && !t.wants(id)
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

// listen proves silences and makes findings of them short, until there are none to come: in a quarter
// of the time until playing is over, or once it is, where no number of findings ends it and the peer
// is still there then.
func (t *triage) listen(playing context.Context) {
	first := firstSilence
	if o := t.options; o.MaxFindings == 0 && o.Duration > first && !t.player.Incoming() {
		first = o.Duration
	}
	next := time.Now().Add(first)
	for t.awaitSilence() {
		if !t.hasEnough() {
			process.Pause(playing, nil, time.Until(next))
		}
		s, ok := t.takeSilence()
		if !ok {
			continue
		}
		began := time.Now()
		t.proves(true)
		if s.proved == nil {
			t.prove(&s)
		} else {
			t.shorten(&s)
		}
		t.proves(false)
		next = time.Now().Add(3 * time.Since(began))
	}
}

// awaitSilence waits for a silence. It reports false where there are none to come.
func (t *triage) awaitSilence() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	for {
		if t.mostTelling() >= 0 {
			return true
		}
		if t.last {
			return false
		}
		t.changed.Wait()
	}
}

// noMore notes that there are no more silences to come.
func (t *triage) noMore() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.last = true
	t.changed.Broadcast()
}

// takeSilence takes the silence that is next.
func (t *triage) takeSilence() (s silence, ok bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	i := t.mostTelling()
	if i < 0 {
		return s, false
	}
	s = t.silences[i]
	t.silences = slices.Delete(t.silences, i, i+1)
	return s, true
}

// mostTelling is the index of the silence that is next, -1 for none: of those with the highest rank the one
// whose conversation was the shortest, for that decides how long a proof takes. t.mu is held.
func (t *triage) mostTelling() int {
	best, most := -1, 0
	for i := range t.silences {
		s := &t.silences[i]
		if rank := t.rank(s); rank > most || rank > 0 && rank == most && s.result.Duration < t.silences[best].result.Duration {
			best, most = i, rank
		}
	}
	return best
}

// rank is higher for a silence that is played earlier, and 0 for one that is not played. The first is the
// one that may prove the most new clauses. What is proved is made short after all of these, or
// at once where enough was found or the time is up. t.mu is held.
func (t *triage) rank(s *silence) int {
	switch {
	case s.proved != nil && (t.full() || t.working.Err() != nil):
		return math.MaxInt
	case s.proved != nil:
		return 1
	case t.working.Err() != nil:
		return 0
	}
	rank := 0
	for _, id := range s.clauses {
		if t.wantsProof(id) {
			rank = max(rank, 2)
			if state := t.state(id); state.kept == 0 && state.unproved == 0 {
				rank++
			}
		}
	}
	return rank
}

// prove plays a silence again, and keeps a finding of each clause that it proves. One for which there is no
// time is still among those that wait.
func (t *triage) prove(s *silence) {
	t.begin()
	defer t.end()
	result, err := t.player.Prove(t.working, s.result)
	switch {
	case err != nil && t.working.Err() != nil:
		return
	case err != nil:
		result = nil
	}
	t.conclude(s, result)
	if result != nil && result.RFC.Basis() == oracle.Seen {
		t.propose(candidate{number: s.number, cs: s.cs, result: result, deaths: s.deaths}) // with patience it shows more
	}
}

// conclude takes what came of a silence that was played again; nil where it could not be.
func (t *triage) conclude(s *silence, result *report.Result) {
	proved := slices.DeleteFunc(slices.Clone(s.clauses), func(id oracle.ClauseID) bool {
		return result == nil || !breaks(result, id)
	})
	known := t.base.broken(t.working, s.cs, proved, true)
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, id := range s.clauses {
		state := t.state(id)
		state.waiting--
		switch {
		case slices.Contains(known, id):
		case !slices.Contains(proved, id):
			state.unproved++
		case t.wants(id):
			f := &Finding{
				Clause: id, Number: s.number, Script: &s.cs.Script, Original: &s.cs.Script, Result: result,
				Shown: max(1, result.Tries), Tries: max(1, result.Tries),
			}
			t.keep(id, f)
			t.silences = append(t.silences, silence{candidate: s.candidate, proved: f})
		}
	}
}

// shorten makes what is proved short, and writes it.
func (t *triage) shorten(s *silence) {
	t.begin()
	defer t.end()
	x := t.examiner(s.proved.Clause, s.cs)
	f := x.shortened(s.proved)
	t.note(t.archive.save(f, x.showsToo))
	t.mu.Lock()
	defer t.mu.Unlock()
	*s.proved = *f
	if t.full() {
		t.enough()
	}
}

// examiner examines findings of a clause by a case.
func (t *triage) examiner(id oracle.ClauseID, cs *catalogue.Case) *examiner {
	x := &examiner{
		working: t.working, player: t.player, base: t.base, clause: id, cs: cs, alone: slices.Contains(died, id),
		tries: cmp.Or(t.options.ShrinkTries, defaultShrinkTries), time: cmp.Or(t.options.ShrinkTime, defaultShrinkTime),
	}
	x.until = time.Now().Add(x.time)
	return x
}

func (t *triage) examineOne(s *candidate) {
	t.begin()
	defer t.end()
	f := t.finding(s)
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.keep(s.clause, f); t.full() {
		t.enough()
	}
}

// begin and end stand around the examination of a candidate.
func (t *triage) begin() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.examined++
}

func (t *triage) end() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.examined--
	t.changed.Broadcast()
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

// awaitIdle waits until no candidate is examined, or ctx is done. What takes longer than holdLimit leaves
// two thirds of the time to the scripts.
func (t *triage) awaitIdle(ctx context.Context) {
	defer context.AfterFunc(ctx, func() {
		t.mu.Lock()
		defer t.mu.Unlock()
		t.changed.Broadcast()
	})()
	t.mu.Lock()
	defer t.mu.Unlock()
	for t.examined > 0 && ctx.Err() == nil && time.Now().After(t.freeUntil) {
		switch {
		case t.heldSince.IsZero():
			t.heldSince = time.Now()
			time.AfterFunc(holdLimit, t.free)
		default:
			t.changed.Wait()
		}
	}
	if t.examined == 0 {
		t.heldSince = time.Time{}
	}
}

// free lets scripts be played for a while, if they have been held up for long.
func (t *triage) free() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if !t.heldSince.IsZero() && time.Since(t.heldSince) >= holdLimit {
		t.heldSince, t.freeUntil = time.Time{}, time.Now().Add(2*holdLimit)
		t.changed.Broadcast()
	}
}

// finding examines a candidate. It returns nil where the peer's process had died
// of another conversation, and that was all that was to be seen, and where the run ended before
// there was a try.
func (t *triage) finding(s *candidate) *Finding {
	f := &Finding{Clause: s.clause, Number: s.number, Script: &s.cs.Script, Original: &s.cs.Script, Result: s.result}
	x := t.examiner(s.clause, s.cs)
	x.confirmBriskly(f)
	switch {
	case f.Reproduced() && x.known(f):
		return nil
	case !f.Reproduced() && (t.player.Deaths() != s.deaths || f.Tries == 0 && t.working.Err() != nil && !t.cut()):
		return nil
	case f.Reproduced():
		f = x.shortened(f)
	}
	t.note(t.archive.save(f, x.showsToo))
	return f
}

// cut reports whether the run was ended from outside, or its time was up: what was seen counts.
func (t *triage) cut() bool {
	return t.outer.Err() != nil || errors.Is(context.Cause(t.working), errTimeUp)
}

// keep takes what came of a candidate for a finding of a clause. t.mu is held.
func (t *triage) keep(id oracle.ClauseID, f *Finding) {
	state := t.state(id)
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
	default:
		state.refuted++
		if known < 0 && state.kept == 0 {
			t.findings = append(t.findings, f)
		}
	}
}

// hasEnough is full for who does not hold t.mu.
func (t *triage) hasEnough() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.full()
}

// full reports whether as many findings are sure as are wanted. t.mu is held.
func (t *triage) full() bool {
	return t.options.MaxFindings > 0 && t.reproduced() >= t.options.MaxFindings
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
		n += t.state(id).kept + t.state(id).open
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
	case t.working.Err() == nil || t.outer.Err() == nil && t.cut():
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
	s.Findings, s.Unproved, s.Untried = map[oracle.ClauseID]int{}, map[oracle.ClauseID]int{}, map[oracle.ClauseID]int{}
	t.mu.Lock()
	defer t.mu.Unlock()
	for id, c := range t.clauses {
		n := c.seen
		if c.kept > 0 {
			n += c.silent
		} else {
			if c.unproved > 0 {
				s.Unproved[id] = c.unproved
			}
			if left := c.waiting + c.watched; left > 0 && t.wantsProof(id) {
				s.Untried[id] = left
			}
		}
		if n > 0 {
			s.Findings[id] = n
		}
		s.Open += c.open + c.waiting
	}
	for i := range t.silences {
		if t.silences[i].proved != nil {
			s.Open++
		}
	}
}

func (t *triage) note(err error) {
	if err != nil {
		t.mu.Lock()
		t.errs = append(t.errs, err)
		t.mu.Unlock()
	}
}

// ignores reports whether the user does not want to hear of a clause.
func (t *triage) ignores(id oracle.ClauseID) bool {
	return t.ignored != nil && t.ignored.MatchString(string(id))
}

// wants reports whether another finding of the clause is wanted. t.mu is held.
func (t *triage) wants(id oracle.ClauseID) bool {
	s := t.state(id)
	return !t.ignores(id) && s.kept+s.open < t.options.perClause() && s.refuted < maxRefuted
}

// wantsProof is wants for a silence that waits, and wantsSilence for another one. t.mu is held.
func (t *triage) wantsProof(id oracle.ClauseID) bool {
	return t.wants(id) && t.state(id).unproved < maxRefuted
}

func (t *triage) wantsSilence(id oracle.ClauseID) bool {
	return t.wantsProof(id) && t.state(id).waiting < max(maxRefuted, t.options.perClause())
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
