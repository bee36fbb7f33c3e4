package blackbox

import (
	"cmp"
	"context"
	"errors"
	"math"
	"path/filepath"
	"regexp"
	"sync"
	"sync/atomic"
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
// options or the end of ctx, and returns what was found by then. The error is an [*engine.UnreachableError]
// where the peer cannot be reached to begin with, or turns out to be no echo. That it breaks rules is no error.
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
	if o.Base != nil {
		other, err := engine.NewPlayer(ctx, o.Base, o.Config)
		if err != nil {
			return nil, err
		}
		defer other.Close()
		r.triage.base = &base{other}
	}
	r.play()
	return r.outcome()
}

// run is a run under way.
type run struct {
	options *Options
	jobs    int
	player  *engine.Player
	source  *engine.RandomCases
	triage  *triage
	contact contact
	started time.Time

	// outer is the user's context. working ends with it, when there is nothing more to
	// do, and a while after playing; playing ends with that, and when the time is up.
	outer, working, playing context.Context
	finish                  context.CancelCauseFunc
	stop                    context.CancelFunc

	wellOn chan struct{} // is closed once script longFrom is
	long   atomic.Int32  // conversations that are had with patience

	mu    sync.Mutex
	stats Stats
}

// Normal reasons to stop.
var (
	errTimeUp = errors.New("the time is up")
	errEnough = errors.New("enough was found")
)

const (
	// underWay is how many scripts for each job are played before what came of one
	// counts, so that a slow one delays no other.
	underWay = 16

	// shrinkers is how many findings are made short side by side.
	shrinkers = 4

	// patientAtOnce bounds how many of the long cases are played side by side, each in half of the
	// time at most; with a peer that connects of its own accord it is one.
	patientAtOnce = 8

	// longFrom is the script with which the long cases begin: most of what is wrong shows before.
	longFrom = 128

	// idleFrom is when a peer that connects of its own accord is left idle, if script longFrom is
	// not reached before.
	idleFrom = 5 * time.Second

	// redial is the time between two tries of a peer that takes no connection.
	redial = 100 * time.Millisecond

	// After playing, what it showed is proved and made short for as long as it took, up to longRest,
	// but for shortRest times the patience at least. A silence is proved in a fifth of that, as a rule.
	longRest  = 10 * time.Minute
	shortRest = 9
)

func newRun(ctx context.Context, o *Options, player *engine.Player, ignored *regexp.Regexp) *run {
	r := &run{options: o, jobs: o.jobs(player.Incoming()), player: player, started: time.Now(), outer: ctx, wellOn: make(chan struct{})}
	var first []*catalogue.Case
	for _, recording := range o.First {
		first = append(first, caseOf(filepath.Base(recording.Path), recording.Script))
	}
	r.source = engine.NewRandomCases(player.Role(), o.Seed, underWay*r.jobs, first)
	r.working, r.finish = context.WithCancelCause(ctx)
	r.playing, r.stop = context.WithCancel(r.working)
	r.triage = newTriage(ctx, r.working, o, player, ignored, func() { r.finish(errEnough) })
	r.triage.asks = player.NoEcho
	r.contact = contact{
		jobs: r.jobs, incoming: player.Incoming(), heard: r.started, gone: r.finish,
		answers: func() bool { return player.Answers(r.working) },
		over:    func() bool { return r.working.Err() != nil },
	}
	return r
}

// play has the workers play, and returns when all is done.
func (r *run) play() {
	if d := r.options.Duration; d > 0 {
		timer := time.AfterFunc(d, r.stop)
		defer timer.Stop()
	}
	defer context.AfterFunc(r.playing, r.source.Stop)()
	ticking := make(chan struct{})
	var beside, slow, silences, cases sync.WaitGroup
	beside.Go(func() { r.tick(ticking) })
	beside.Go(r.limitRest)
	for range r.jobs {
		slow.Go(r.watch)
	}
	for range shrinkers {
		cases.Go(r.triage.examine)
	}
	silences.Go(func() { r.triage.listen(r.playing) })
	slow.Go(func() { r.playLong(r.playing) })
	workers.Each(r.playing, cmp.Or(r.options.Scripts, math.MaxInt), r.jobs, r.playFast)
	r.stop()
	close(r.triage.slow)
	slow.Wait()
	r.triage.reportDeaths()
	r.triage.noMore()
	silences.Wait()
	close(r.triage.cases)
	cases.Wait()
	r.finish(nil)
	close(ticking)
	beside.Wait()
}

// limitRest waits for the end of playing, and bounds what follows.
func (r *run) limitRest() {
	<-r.playing.Done()
	took := time.Since(r.started)
	r.count(func(s *Stats) { s.Took = took })
	process.Pause(r.working, nil, max(min(took, longRest), shortRest*r.player.Patience()))
	r.finish(errTimeUp)
}

// playFast plays script n.
func (r *run) playFast(n int) {
	if n == longFrom {
		close(r.wellOn)
	}
	if r.player.Incoming() {
		// The peer connects of its own accord, and may do so once at a time: what is
		// found is looked into first, for a while.
		r.triage.awaitIdle(r.playing)
	}
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
	r.count(func(s *Stats) { s.Conversations++ })
	r.contact.had(result)
	s := candidate{number: n, cs: cs, result: result, deaths: deaths}
	r.triage.propose(s)
	r.triage.suspicious(s, owed)
	r.triage.reportDeaths()
}

// playLong plays the cases that take long beside the scripts, from one of them on until ctx ends.
func (r *run) playLong(ctx context.Context) {
	var idle sync.WaitGroup
	defer idle.Wait()
	idle.Go(func() { r.playIdle(ctx) })
	select {
	case <-r.wellOn:
	case <-ctx.Done():
	}
	atOnce := min(patientAtOnce, r.jobs)
	if r.player.Incoming() {
		atOnce = 1
	}
	cases := engine.LongCases(r.player.Role())
	workers.Each(ctx, len(cases), atOnce, func(i int) {
		began := time.Now()
		r.long.Add(1)
		r.playWhole(ctx, cases[i], r.player.Play)
		r.long.Add(-1)
		process.Pause(ctx, nil, time.Since(began))
	})
}

// playWhole plays a case by play, with patience.
func (r *run) playWhole(ctx context.Context, cs *catalogue.Case, play func(context.Context, *catalogue.Case) (*report.Result, error)) {
	if ctx.Err() != nil || r.player.Unsupported(cs) != "" {
		return
	}
	deaths := r.player.Deaths()
	result, err := play(ctx, cs)
	if err != nil {
		r.lost(err)
		return
	}
	r.contact.had(result)
	r.triage.propose(candidate{number: -1, cs: cs, result: result, deaths: deaths})
}

// playIdle leaves connections idle, each for one of the cases about that: beside the scripts as
// far as the peer bears it, and otherwise at moments when nothing else is under way.
func (r *run) playIdle(ctx context.Context) {
	var late <-chan time.Time
	if r.player.Incoming() {
		late = time.After(idleFrom)
	}
	select {
	case <-r.wellOn:
	case <-late:
	case <-ctx.Done():
	}
	cases := engine.IdleCases(r.player.Role())
	i := idler{
		started: r.started, most: min(idleAtOnce, idlePerJob*r.jobs), heard: r.contact.lastHeard, busy: r.heldUp, answers: r.answers, left: r.left,
		play: func(ctx context.Context, cs *catalogue.Case, connected func()) {
			r.contact.idles(1)
			defer r.contact.idles(-1)
			r.playWhole(ctx, cs, func(ctx context.Context, cs *catalogue.Case) (*report.Result, error) {
				return r.player.PlayIdle(ctx, cs, connected)
			})
		},
		alone:  func(ctx context.Context, cs *catalogue.Case) { r.playWhole(ctx, cs, r.player.PlayOnce) },
		spared: func() bool { return r.played() >= len(engine.SeedCases(r.player.Role())) },
	}
	if r.player.Incoming() {
		i.most = idleClients
		i.answers = nil
		cases = cases[:min(len(cases), idleClients*int(1+i.left()/idlePeriod))]
	}
	i.playAlone(ctx, i.playBeside(ctx, cases), min(cmp.Or(r.options.Duration, idlePeriod), idlePeriod))
}

// answers reports whether the peer sends anything on a connection beside all others.
func (r *run) answers(ctx context.Context) bool {
	role := r.player.Role()
	result, err := r.player.PlayIdle(ctx, caseOf("alive", &oracle.Script{Role: role}), func() {})
	if err != nil || !heardIn(result) {
		return false
	}
	r.contact.had(result)
	return true
}

// heldUp reports whether scripts may be held up by something else.
func (r *run) heldUp() bool {
	return r.triage.holdsUp() || r.player.Incoming() && r.long.Load() > 0
}

// played is how many scripts have been.
func (r *run) played() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.stats.Conversations
}

// left is how long scripts will be played.
func (r *run) left() time.Duration {
	if r.options.Duration == 0 {
		return time.Hour
	}
	return r.options.Duration - time.Since(r.started)
}

// watch plays with patience what may show something then.
func (r *run) watch() {
	for s := range r.triage.slow {
		if r.see(s) {
			r.triage.watched(&s)
		}
	}
}

// see reports false where there was no time for it.
func (r *run) see(s candidate) bool {
	if !r.triage.suspects(&s) {
		return true
	}
	r.long.Add(1)
	result, err := r.player.Play(r.working, s.cs)
	r.long.Add(-1)
	if err != nil {
		r.lost(err)
		return r.working.Err() == nil
	}
	s.result = result
	r.triage.propose(s)
	return true
}

func (r *run) count(f func(*Stats)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	f(&r.stats)
}

// lost takes the error of a conversation that could not be had. The next one
// may be possible a moment later.
func (r *run) lost(err error) {
	if r.contact.lost(err) {
		process.Pause(r.working, nil, redial)
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
	r.triage.figures(&s)
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
	if r.triage.unfit != nil {
		return nil, r.triage.unfit
	}
	if r.contact.refused {
		r.triage.unexplained(r.contact.why, r.player.Recent()) // it cannot be restarted
	}
	o := &Outcome{Stats: r.snapshot(), Findings: r.triage.findings}
	sortFindings(o.Findings)
	switch cause := context.Cause(r.working); {
	case r.contact.why != "":
		o.Stopped = r.contact.why
	case r.outer.Err() != nil:
		o.Stopped = context.Cause(r.outer).Error()
	case errors.Is(cause, errEnough):
		o.Stopped = cause.Error()
	}
	return o, errors.Join(r.triage.errs...)
}
