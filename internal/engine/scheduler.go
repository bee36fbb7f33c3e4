package engine

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"syscall"
	"time"

	"github.com/wscheck/wscheck/internal/catalogue"
	"github.com/wscheck/wscheck/internal/process"
	"github.com/wscheck/wscheck/internal/report"
	"github.com/wscheck/wscheck/internal/workers"
	"github.com/wscheck/wscheck/oracle"
)

// scheduler plays the cases of a run with one peer.
type scheduler struct {
	server *liveRun
	config *Config
	meter  *progressMeter
	gate   *gate
	doubts doubts
	known  deviations // p.mu is held where it is used

	mu     sync.Mutex
	agent  *report.Agent
	total  int
	again  []*catalogue.Case // that a dying peer may have interrupted
	echoes echoes
	calm   bool // a conversation was open in which the peer sent little more than it was asked for
	floods int  // conversations in which it sent more than is read

	revived int // processes that hung; whoever has the peer to itself may use it

	left     chan struct{} // closed where going on is of no use
	quitting sync.Once
	gone     error // why the peer is not there any more
}

// playAll plays the cases: in rounds, and last those that measure the peer.
func (p *scheduler) playAll(ctx context.Context, cases []*catalogue.Case) {
	var plain, measured []*catalogue.Case
	var skipped skips
	for _, c := range cases {
		if why := p.config.skips(p.agent.Name, c); why != "" {
			skipped.add(why)
			continue
		}
		if c.Measure != nil && p.weighs() {
			measured = append(measured, c)
		} else {
			plain = append(plain, c)
		}
		p.total++
	}
	p.agent.Skipped = skipped.String()
	play := func(cs *catalogue.Case, alone bool) {
		if p.gate.enter(ctx, p.left) {
			p.playOne(ctx, cs, alone)
			p.gate.leave()
		}
	}
	PlayRounds(ctx, plain, p.gate.total, play)
	p.playInterrupted(ctx)
	// Last, since some of it needs a peer that is started again.
	slices.SortStableFunc(measured, func(a, b *catalogue.Case) int { return cmp.Compare(b.Measure.What, a.Measure.What) })
	for _, cs := range measured {
		play(cs, true)
	}
	report.SortResults(p.agent.Results, cases)
}

// playInterrupted plays the cases that a dying peer interrupted, one at a time, so that
// the one that it dies of is known. If it dies of none of them, it died of one that had begun
// before in the same life.
func (p *scheduler) playInterrupted(ctx context.Context) {
	if len(p.again) == 0 {
		return
	}
	deaths, died := p.server.lives.take(p.server.process), false
	interrupted := p.again
	p.again = nil
	for _, cs := range interrupted {
		died = p.playOne(ctx, cs, true) || died
	}
	if died {
		return
	}
	suspects := suspectsOf(deaths, interrupted)
	if r := culprit(suspects, func(cs *catalogue.Case) *report.Result { return p.replay(ctx, cs, 0, false) }); r != nil {
		p.replace(r)
	}
}

// maxSuspects bounds the cases among which the killer of a process is looked for.
const maxSuspects = 128

// suspectsOf returns the cases that a process may have died of, but those that are cleared.
func suspectsOf(deaths []Death, cleared []*catalogue.Case) (suspects []*catalogue.Case) {
	for _, death := range deaths {
		for _, cs := range death.Suspects {
			if len(suspects) < maxSuspects && !slices.Contains(cleared, cs) && !slices.Contains(suspects, cs) {
				suspects = append(suspects, cs)
			}
		}
	}
	return suspects
}

// playOne plays a case and adds its result, and reports whether the peer's
// process died of it. Where it died while others were played too, the case is
// played again later.
func (p *scheduler) playOne(ctx context.Context, cs *catalogue.Case, alone bool) (died bool) {
	if ctx.Err() != nil || p.hasLeft() {
		return false
	}
	slowest := p.server.timing.slowestSeen()
	r, c, killed := p.firstTry(ctx, cs, alone)
	if r != nil && p.doubts.maySettle(r) && p.hangs() {
		leave := p.server.turns.enter(ctx, true)
		p.revive(ctx)
		leave()
		r, c, killed = p.firstTry(ctx, cs, alone)
	}
	if r != nil && !alone && p.doubts.maySettle(r) {
		// Others may be about to find out how slow the peer is. A try that had too little
		// time is made again beside them: there is no need for the peer to be alone.
		p.doubts.awaitTurn()
		if timing := p.server.timing; timing.slowestSeen() > timing.limits.CloseReply+2*slowest {
			r, c, killed = p.firstTry(ctx, cs, alone)
		}
	}
	if r == nil {
		return false
	}
	away := turnedAway(r, c)
	if away {
		p.gate.crowded()
	}
	mute := p.listen(c)
	r = p.doubts.decideSilence(r, func() *report.Result {
		patience := p.doubts.patience(p.config.loadedPatience(), p.server.timing.slowestAnswer())
		if mute {
			patience /= lessPatience
		}
		return p.replay(ctx, cs, patience, away)
	})
	if ctx.Err() != nil {
		return false
	}
	if isRandom(cs) && !killed {
		r = shortened(r, func(cs *catalogue.Case) *report.Result { return p.replay(ctx, cs, 0, false) })
	}
	if cs.Measure != nil && alone && !killed {
		p.weigh(ctx, r)
	}
	if ctx.Err() != nil {
		return false
	}
	if err := p.noEcho(ctx, r); err != nil {
		p.leave(err)
		return false
	}
	p.add(r)
	return r.Died != ""
}

// noEcho returns why a result that fails proves nothing: the peer is no echo.
func (p *scheduler) noEcho(ctx context.Context, r *report.Result) error {
	if r.RFC.Outcome != oracle.Violation {
		return nil
	}
	return p.server.noEcho(ctx)
}

// firstTry has the conversation of a case. killed reports that the peer's process died of
// it. The result is nil where the run is over, or where the process died and others were
// played too.
func (p *scheduler) firstTry(ctx context.Context, cs *catalogue.Case, alone bool) (r *report.Result, c *conversation, killed bool) {
	c, life, err := p.converse(ctx, cs, alone)
	if err != nil && !alone && !errors.Is(err, syscall.ECONNREFUSED) {
		// A server with no room for one more may let our octets wait, too, until others are done.
		c, life, err = p.converse(ctx, cs, true)
	}
	switch {
	case ctx.Err() != nil, err != nil && p.hasLeft():
		return nil, nil, false
	case err != nil:
		p.leave(fmt.Errorf("it is gone since case %s: %w", cs.ID, err))
		return nil, nil, false
	}
	killed = p.diedOf(c, life)
	if killed && !alone {
		p.mu.Lock()
		p.again = append(p.again, cs)
		p.mu.Unlock()
		return nil, nil, false
	}
	r = p.result(cs, c)
	undecided(r)
	return r, c, killed
}

// converse has the conversation of a case, again where the peer was not there
// for a while. The error is that of a peer that does not come back.
func (p *scheduler) converse(ctx context.Context, cs *catalogue.Case, alone bool) (c *conversation, life int, err error) {
	defer p.server.turns.enter(ctx, alone)()
	if alone && p.hasLeft() {
		return nil, 0, context.Canceled
	}
	crowded := false
	for until := time.Now().Add(awayLimit); ; {
		c, life, err = p.server.converseAlive(ctx, cs, 0)
		if err == nil || ctx.Err() != nil || p.server.process != nil && p.server.process.OverIn(life) || p.server.reach == incomes || time.Now().After(until) {
			return c, life, err
		}
		if !crowded && !alone {
			crowded = true
			p.gate.crowded() // it may reset what it has no room for
		}
		if process.Pause(ctx, p.left, awayPoll); p.hasLeft() {
			return nil, life, err
		}
	}
}

// A server that cannot be reached any more is tried again for a while.
const (
	awayLimit = 5 * time.Second
	awayPoll  = 100 * time.Millisecond
)

// turnedAway reports whether the peer did not take an opening handshake that it should
// take. It may have had no room for another connection.
func turnedAway(r *report.Result, c *conversation) bool {
	return r.RFC.Outcome == oracle.Inconclusive && !c.ep.WasOpen
}

// roomWait is how long a peer has to be rid of the connections that have ended.
const roomWait = 200 * time.Millisecond

// replay plays a case once more, with the peer to itself, and with so much
// patience; later, if it was turned away before. It adds nothing to the report, and
// returns nil where it cannot, or where going on is of no use.
func (p *scheduler) replay(ctx context.Context, cs *catalogue.Case, patience time.Duration, later bool) *report.Result {
	defer p.server.turns.enter(ctx, true)()
	if p.hasLeft() {
		return nil
	}
	if later {
		process.Pause(ctx, nil, process.Stretch(roomWait))
	}
	p.revive(ctx)
	c, life, err := p.server.converseAlive(ctx, cs, patience)
	if err != nil || ctx.Err() != nil {
		return nil
	}
	p.diedOf(c, life)
	if cs.Measure == nil && !p.server.weighing { // else it may be slow for what is measured alone
		p.server.timing.learnSlow(slowest(&c.rec.Trace, false))
	}
	return p.result(cs, c)
}

// hangs reports whether the peer's process lives and answers nothing.
func (p *scheduler) hangs() bool { return p.server.process != nil && p.server.process.Hangs() }

// maxRevived bounds how often a process that hangs is started again.
const maxRevived = 50

// revive starts a process again that hangs: what one case has done to it is not held against others. The
// caller has the peer to itself.
func (p *scheduler) revive(ctx context.Context) {
	if p.hangs() && p.revived < maxRevived {
		p.revived++
		_ = p.server.process.Renew(ctx) // if that fails, so does the conversation that follows
	}
}

// diedOf reports whether the peer's process died of a conversation. It is taken to live after one
// that ended as it should.
func (p *scheduler) diedOf(c *conversation, life int) bool {
	return !c.ep.WasClean && p.server.diedOf(c, life)
}

func (p *scheduler) result(cs *catalogue.Case, c *conversation) *report.Result {
	return newResult(cs.In(p.server.dialect, p.server.role.Peer()), p.agent.Name, c)
}

// leave ends the run with this peer.
func (p *scheduler) leave(err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.agent.Ended != "" {
		return
	}
	p.gone = fmt.Errorf("%w; %d of %d cases were played", err, len(p.agent.Results), p.total)
	p.agent.Ended = p.gone.Error()
	p.quit()
}

// hasLeft reports whether no more cases are played.
func (p *scheduler) hasLeft() bool {
	select {
	case <-p.left:
		return true
	default:
		return false
	}
}

// quit has no more cases played.
func (p *scheduler) quit() { p.quitting.Do(func() { close(p.left) }) }

// floodCases is in how many conversations, and all, a peer has to send without end.
const floodCases = 4

// add adds a result. A peer that was never seen to send a message, where that was
// waited for with patience too, is not played with any longer, and neither is one that
// never stopped sending.
func (p *scheduler) add(r *report.Result) {
	p.mu.Lock()
	p.excuse(r)
	p.agent.Results = append(p.agent.Results, r)
	if slices.ContainsFunc(r.Trace.Events, func(ev oracle.Event) bool { return ev.Kind == oracle.EventOverflow }) {
		p.floods++
	}
	hopeless := ""
	switch {
	case !p.calm && p.floods >= floodCases:
		hopeless = fmt.Sprintf("the peer sends without end: it has in each of %d conversations", p.floods)
	default:
		hopeless = p.echoes.hopeless(p.server.dialect, &p.doubts)
	}
	if hopeless != "" && p.agent.Ended == "" && len(p.agent.Results) < p.total {
		p.agent.Ended = hopeless
		p.quit()
	}
	if p.config.endsAt(p.agent, r) {
		p.quit()
	}
	p.mu.Unlock()
	p.meter.add(p.agent.Name, r)
}

// listen notes whether the peer has sent a message, and whether it sent no more than it
// should, and reports whether it is not likely to send any.
func (p *scheduler) listen(c *conversation) (mute bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.calm = p.calm || c.ep.WasOpen && c.moderate()
	p.echoes.learn(c)
	return p.echoes.none(p.server.dialect) && (p.echoes.mute.Load() >= muteCases || !p.server.preflight.Echoes)
}

// excuse marks a result that fails in a way that is known. p.mu is held.
func (p *scheduler) excuse(r *report.Result) {
	judge := p.config.decidingJudge()
	if !r.Failed(judge) || r.Died != "" {
		return
	}
	if by := p.known.excuse(r, judge); len(by) > 0 {
		r.Known = &report.Known{Agent: p.agent.Name, Case: r.Case.ID, Judge: judge, Reason: by[0].Reason}
	}
}

// replace puts a result in the place of the one that the case has.
func (p *scheduler) replace(r *report.Result) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for i, old := range p.agent.Results {
		if old.Case.ID == r.Case.ID {
			p.excuse(r)
			p.agent.Results[i] = r
		}
	}
	p.meter.add(p.agent.Name, r)
}

// weighs reports whether the peer can be measured.
func (p *scheduler) weighs() bool { return p.server.process != nil || p.server.reach == inProcess }

// weigh measures the peer of a run in a case that has been played. What fails
// already is measured too, where that makes no difference.
func (p *scheduler) weigh(ctx context.Context, r *report.Result) {
	p.server.weighing = true
	defer func() { p.server.weighing = false }()
	s := scales{
		gauge: ownGauge, limits: p.config.Proportion,
		replay:  func(ctx context.Context, cs *catalogue.Case) *report.Result { return p.replay(ctx, cs, 0, false) },
		connect: p.connect,
	}
	if p.server.process != nil {
		// What the peer loads for its first conversation counts for nothing.
		s.gauge = gaugeOf(p.server.process, func(ctx context.Context) bool {
			if p.server.process.Renew(ctx) != nil {
				return false
			}
			first := p.replay(ctx, &plainProbe, 0, false)
			return first != nil && first.Died == ""
		})
		s.hangs = p.hangs
	}
	s.weigh(ctx, r)
}

// connectJobs is how many of many connections there are at a time.
const connectJobs = 8

// connect plays a case on so many connections, and reports whether it could.
func (p *scheduler) connect(ctx context.Context, cs *catalogue.Case, connections int) bool {
	defer p.server.turns.enter(ctx, true)()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	workers.Each(ctx, connections, connectJobs, func(int) {
		c, _, err := p.server.converseAlive(ctx, cs, 0)
		if err != nil {
			cancel()
			return
		}
		c.verdict() // frees the judge
	})
	return ctx.Err() == nil
}
