package blackbox

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"path/filepath"
	"regexp"
	"sync"
	"time"

	"github.com/wscheck/wscheck/internal/catalogue"
	"github.com/wscheck/wscheck/internal/dirlock"
	"github.com/wscheck/wscheck/internal/engine"
	"github.com/wscheck/wscheck/internal/process"
	"github.com/wscheck/wscheck/internal/report"
	"github.com/wscheck/wscheck/internal/workers"
	"github.com/wscheck/wscheck/oracle"
)

// Run plays random conversations with a peer until one of the bounds of the
// options or the end of ctx, and returns what was found by then: a peer that
// breaks every rule is not an error. One that cannot be reached to begin with is a
// [*engine.UnreachableError].
func Run(ctx context.Context, o Options) (*Outcome, error) {
	ignored, err := o.check()
	if err != nil {
		return nil, err
	}
	if o.Dir != "" {
		release, err := dirlock.TakeDir(o.Dir)
		if err != nil {
			return nil, err
		}
		defer release()
	}
	player, err := engine.NewPlayer(ctx, o.Target, o.Config)
	if err != nil {
		return nil, err
	}
	defer player.Close()
	r := newRun(ctx, &o, player, ignored)
	r.play()
	return r.outcome()
}

// run is a run under way.
type run struct {
	options *Options
	jobs    int
	player  *engine.Player
	source  *engine.RandomCases
	ignored *regexp.Regexp
	started time.Time

	// outer is the user's context. working ends with it, and when there is
	// nothing more to do; playing ends with that, and when the time is up.
	outer, working, playing context.Context
	finish, stop            context.CancelCauseFunc

	slow  chan candidate // conversations that want patience
	cases chan candidate // findings to be made short

	mu       sync.Mutex
	idle     *sync.Cond // no candidate is examined, or playing is over
	examined int        // candidates that are
	stats    Stats
	clauses  map[oracle.ClauseID]*clauseState
	findings []*Finding
	gone     string    // why the peer is taken to be gone
	refused  bool      // because it takes no connections any more
	asking   bool      // whether it is still there
	silent   int       // conversations in a row without an octet of the peer's
	heard    time.Time // when there last was one
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

// Normal reasons to stop.
var (
	errDuration = errors.New("the time is up")
	errEnough   = errors.New("enough was found")
	errGone     = errors.New("the peer is gone")
)

// slowQueue bounds the conversations that wait to be played with patience. What
// goes beyond is not: there are many more where they come from.
const slowQueue = 1024

// underWay is how many scripts for each job are played before what came of one
// counts, so that a slow one delays no other.
const underWay = 16

func newRun(ctx context.Context, o *Options, player *engine.Player, ignored *regexp.Regexp) *run {
	r := &run{
		options: o, jobs: o.jobs(player.Incoming()), player: player, ignored: ignored, started: time.Now(), outer: ctx,
		slow: make(chan candidate, slowQueue), cases: make(chan candidate, slowQueue),
		clauses: map[oracle.ClauseID]*clauseState{}, heard: time.Now(),
	}
	r.idle = sync.NewCond(&r.mu)
	var first []*catalogue.Case
	for _, recording := range o.First {
		first = append(first, caseOf(filepath.Base(recording.Path), recording.Script))
	}
	r.source = engine.NewRandomCases(player.Role(), o.Seed, underWay*r.jobs, first)
	r.working, r.finish = context.WithCancelCause(ctx)
	r.playing, r.stop = context.WithCancelCause(r.working)
	return r
}

// play has the workers play, and returns when all is done.
func (r *run) play() {
	if d := r.options.Duration; d > 0 {
		timer := time.AfterFunc(d, func() { r.stop(errDuration) })
		defer timer.Stop()
	}
	defer r.finish(nil)
	wake := context.AfterFunc(r.playing, func() {
		r.source.Stop()
		r.mu.Lock()
		defer r.mu.Unlock()
		r.idle.Broadcast()
	})
	defer wake()
	ticking := make(chan struct{})
	var ticker sync.WaitGroup
	ticker.Go(func() { r.tick(ticking) })

	var slow, cases sync.WaitGroup
	for range r.jobs {
		slow.Go(r.watch)
	}
	for range shrinkers {
		cases.Go(r.examine)
	}
	workers.Each(r.playing, cmp.Or(r.options.Scripts, math.MaxInt), r.jobs, r.playFast)
	r.mu.Lock()
	r.stats.Took = time.Since(r.started)
	r.mu.Unlock()
	close(r.slow)
	slow.Wait()
	r.reportDeaths()
	close(r.cases)
	cases.Wait()
	close(ticking)
	ticker.Wait()
}

// playFast plays script n.
func (r *run) playFast(n int) {
	r.yield()
	cs, ok := r.source.Case(n)
	if !ok {
		return
	}
	cs = r.player.Carried(cs, n)
	if r.player.Unsupported(cs) != "" {
		r.source.Learn(n, cs, nil)
		r.count(func(s *Stats) { s.Skipped++ })
		return
	}
	deaths := r.player.Deaths()
	result, owed, features, err := r.player.PlayFast(r.playing, cs)
	r.source.Learn(n, cs, features)
	if err != nil {
		r.lost(err)
		return
	}
	r.played(result)
	s := candidate{number: n, cs: cs, result: result, deaths: deaths}
	r.propose(s)
	r.suspicious(s, owed)
	r.reportDeaths()
}

// yield lets what is found be looked into first where the peer connects of
// its own accord, and may do so once at a time.
func (r *run) yield() {
	if !r.player.Incoming() {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	for r.examined > 0 && r.playing.Err() == nil {
		r.idle.Wait()
	}
}

// watch plays with patience what may show something then.
func (r *run) watch() {
	for s := range r.slow {
		r.see(s)
		r.mu.Lock()
		r.state(s.clause).watched--
		r.mu.Unlock()
	}
}

func (r *run) see(s candidate) {
	r.mu.Lock()
	wanted := r.wants(s.clause)
	r.mu.Unlock()
	if !wanted || r.working.Err() != nil || r.late() {
		return
	}
	result, err := r.player.Play(r.working, s.cs)
	if err != nil {
		r.lost(err)
		return
	}
	s.result = result
	r.propose(s)
}

// overtime is how long what is left is seen to once playing is over.
const overtime = 5 * time.Second

// late reports whether the time is up for what is left.
func (r *run) late() bool {
	return r.options.Duration > 0 && time.Since(r.started) > r.options.Duration+overtime
}

func (r *run) count(f func(*Stats)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	f(&r.stats)
}

// played counts a conversation, and notices a peer that has gone silent.
func (r *run) played(result *report.Result) {
	heard := false
	for i := range result.Trace.Events {
		heard = heard || result.Trace.Events[i].Kind == oracle.EventReceived
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.stats.Conversations++
	if heard {
		r.silent, r.heard = 0, time.Now()
		return
	}
	r.silent++
	if r.silent <= silentAtOnce*r.jobs || time.Since(r.heard) <= silentFor || r.asking {
		return
	}
	r.asking = true
	r.mu.Unlock()
	answers := r.player.Answers(r.working)
	r.mu.Lock()
	r.asking = false
	switch {
	case answers:
		r.silent, r.heard = 0, time.Now()
	case r.working.Err() == nil:
		r.leave(fmt.Sprintf("the peer has answered nothing for %v", time.Since(r.heard).Round(time.Second)))
	}
}

// A peer is gone when it has not sent an octet for so long, in so many
// conversations for each job.
const (
	silentFor    = 5 * time.Second
	silentAtOnce = 2
)

// lost takes the error of a conversation that could not be had.
func (r *run) lost(err error) {
	var unreachable *engine.UnreachableError
	if !errors.As(err, &unreachable) {
		return // it is over
	}
	r.mu.Lock()
	if time.Since(r.heard) > goneFor {
		r.refused = r.refused || r.gone == "" && !r.player.Incoming()
		r.leave(err.Error())
	}
	r.mu.Unlock()
	process.Pause(r.working, nil, redial)
}

// A peer to which no connection could be made for so long is gone; that is
// tried again and again.
const (
	goneFor = 2 * time.Second
	redial  = 100 * time.Millisecond
)

// leave ends the run because the peer is gone. r.mu is held.
func (r *run) leave(why string) {
	if r.gone == "" {
		r.gone = why
		r.finish(errGone)
	}
}

// tick reports the progress every so often.
func (r *run) tick(done <-chan struct{}) {
	if r.options.Progress == nil {
		return
	}
	ticker := time.NewTicker(progressEvery)
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
			r.options.Progress(r.snapshot())
		case <-done:
			return
		}
	}
}

// snapshot returns the figures as they are now.
func (r *run) snapshot() Stats {
	exercised, _ := r.player.Covered()
	r.mu.Lock()
	defer r.mu.Unlock()
	s := r.stats
	if s.Took == 0 {
		s.Took = time.Since(r.started)
	}
	s.Deaths = r.player.Deaths()
	s.Clauses = exercised
	s.Findings, s.Unproved = map[oracle.ClauseID]int{}, map[oracle.ClauseID]int{}
	for id, c := range r.clauses {
		if c.unproved > 0 && c.kept == 0 {
			s.Unproved[id] = c.unproved
		}
		if c.seen > 0 {
			s.Findings[id] = c.seen
		}
		s.Open += c.open
	}
	peer := r.player.Role().Peer()
	for c := range oracle.Clauses() {
		if c.Visible() && c.Binds.Role(peer) {
			s.Visible++
		}
	}
	return s
}

// outcome returns what was found.
func (r *run) outcome() (*Outcome, error) {
	if r.refused {
		r.suspect(r.gone, r.player.Recent()) // it cannot be restarted
	}
	o := &Outcome{Stats: r.snapshot(), Findings: r.findings, Gone: r.gone != ""}
	sortFindings(o.Findings)
	switch cause := context.Cause(r.working); {
	case o.Gone:
		o.Stopped = r.gone
	case r.outer.Err() != nil:
		o.Stopped = context.Cause(r.outer).Error()
	case errors.Is(cause, errEnough):
		o.Stopped = cause.Error()
	}
	return o, errors.Join(r.errs...)
}
