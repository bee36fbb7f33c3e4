package engine

import (
	"cmp"
	"context"
	"maps"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/wscheck/wscheck/internal/catalogue"
	"github.com/wscheck/wscheck/internal/report"
	"github.com/wscheck/wscheck/oracle"
	"github.com/wscheck/wscheck/wsproto"
)

// Player plays scripts with one target over real connections, any number of
// them side by side, and makes no report: for sources that have more scripts
// than a report could hold. Its methods may be called by any number of
// goroutines.
//
// Unlike in [Run], no wait lasts longer than a bound, so that no script keeps a
// connection for long, and our side sends no pings of its own while it waits.
type Player struct {
	server  *liveRun
	config  *Config
	stop    func()
	covered covered
	gate    *gate
}

// maxSideBySide bounds the conversations that a player has at a time, however
// many its callers want.
const maxSideBySide = 1024

// NewPlayer prepares to play with a target: it starts its command, where it has
// one, and makes one connection to learn whether the peer is there and how
// fast it answers. A peer that is not is an [*UnreachableError]. Of the config,
// which may be nil, the limits and what the peer lacks count. The player has to
// be closed.
func NewPlayer(ctx context.Context, target Target, config *Config) (*Player, error) {
	config = cmp.Or(config, new(Config))
	if err := config.check(); err != nil {
		return nil, err
	}
	if err := target.check(); err != nil {
		return nil, err
	}
	s, err := target.begin(config)
	if err != nil {
		return nil, err
	}
	p := &Player{server: s, config: config, gate: newGate(maxSideBySide, maxSideBySide)}
	if p.stop, err = s.start(ctx); err != nil {
		return nil, p.unreachable(ctx, err)
	}
	if err := s.probePeer(ctx, config); err != nil {
		p.stop()
		return nil, p.unreachable(ctx, err)
	}
	return p, nil
}

func (p *Player) unreachable(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return &UnreachableError{URL: p.server.name, Err: err}
}

// Close ends the target's command, where it has one, and frees what the player
// holds. No conversation may be under way.
func (p *Player) Close() { p.stop() }

// Role returns the role that our side plays.
func (p *Player) Role() wsproto.Role { return p.server.role.Peer() }

// Incoming reports whether each conversation has to wait for the peer to connect: see [Incoming]
// and [ClientCommand].
func (p *Player) Incoming() bool { return p.server.reach == incomes }

// Agent returns what the peer calls itself, "" where it does not.
func (p *Player) Agent() string { return p.server.agent }

// Unsupported says why a case cannot be played with a peer of the player's
// configuration, and "" if it can.
func (p *Player) Unsupported(cs *catalogue.Case) string {
	if why := cs.Script.Uncarried(p.server.endpoint.over()); why != "" {
		return why
	}
	return p.config.unsupported(cs)
}

// Carried returns a random case as the player's peer can have it: over HTTP/2, how the
// stream is delivered is drawn as well.
func (p *Player) Carried(cs *catalogue.Case, n int) *catalogue.Case {
	if p.server.endpoint.over() != oracle.HTTP2 {
		return cs
	}
	return delivered(cs, byte(rand.New(rand.NewPCG(uint64(n), 0)).Uint32()))
}

// NoEcho returns an [*UnreachableError] where the server is no echo, though it seemed to be one: nothing
// that it does is to be held against it.
func (p *Player) NoEcho(ctx context.Context) error {
	if err := p.server.noEcho(ctx); err != nil {
		return &UnreachableError{URL: p.server.name, Err: err}
	}
	return nil
}

// Play plays a case and judges it by the RFCs. What it finds that rests on silence
// is not proved: see [Player.PlayAlone]. A peer that the player has started is
// started again where it has died; which case it died of is what
// [Player.TakeDeaths] and [Player.Culprit] say. The error is the cause of ctx's end, or an
// [*UnreachableError].
func (p *Player) Play(ctx context.Context, cs *catalogue.Case) (*report.Result, error) {
	c, err := p.together(ctx, cs, playLimit(&cs.Script))
	if err != nil {
		return nil, err
	}
	return p.result(cs, c), nil
}

// PlayIdle is Play for a case in which next to nothing comes or goes: others may be played
// alone meanwhile. connected is called once there is a connection.
func (p *Player) PlayIdle(ctx context.Context, cs *catalogue.Case, connected func()) (*report.Result, error) {
	c, _, err := p.converse(ctx, cs, playLimit(&cs.Script), func(*conversation) { connected() })
	if err != nil {
		return nil, err
	}
	return p.result(cs, c), nil
}

// PlayOnce is [Player.PlayAlone] without playing a case again.
func (p *Player) PlayOnce(ctx context.Context, cs *catalogue.Case) (*report.Result, error) {
	return p.playAlone(ctx, cs, 0)
}

// together has a conversation beside others, as many as the peer bears.
func (p *Player) together(ctx context.Context, cs *catalogue.Case, limit time.Duration) (*conversation, error) {
	if !p.Incoming() {
		if !p.gate.enter(ctx, nil) {
			return nil, context.Cause(ctx)
		}
		defer p.gate.leave()
	}
	defer p.server.turns.enter(ctx, false)()
	c, _, err := p.converse(ctx, cs, limit, func(c *conversation) { c.gate = p.gate })
	return c, err
}

// PlayFast is like [Player.Play], with so little patience that waits hardly count. It
// finds less: omissions are not reported. owed are the clauses that the peer would have
// broken had it been known to do nothing more, which is reason enough to play the case
// with patience. A peer that conforms, and is not slow, owes nothing. features are what the
// conversation came to: see [oracle.Judge.AppendFeatures].
func (p *Player) PlayFast(ctx context.Context, cs *catalogue.Case) (r *report.Result, owed []oracle.ClauseID, features []uint32, err error) {
	c, err := p.together(ctx, cs, cmp.Or(p.config.Settle, fastWait))
	if err != nil {
		return nil, nil, nil, err
	}
	features = c.judge.AppendFeatures(make([]uint32, 0, usualFeatures))
	options := c.options
	r = p.result(cs, c)
	return r, pendingReplies(r, options), features, nil
}

// usualFeatures are more than most conversations come to.
const usualFeatures = 128

// pendingReplies returns the clauses that the peer would have broken had it been known,
// at the end of each wait, to do nothing more.
func pendingReplies(r *report.Result, options oracle.Options) (owed []oracle.ClauseID) {
	waited := slices.ContainsFunc(r.Trace.Events, func(ev oracle.Event) bool { return ev.Kind == oracle.EventTimer })
	if !waited || r.Trace.Elided() {
		return nil
	}
	j := judges.Get().(*oracle.Judge)
	defer judges.Put(j)
	j.Reset(r.Trace.Role, options)
	for i := range r.Trace.Events {
		ev := &r.Trace.Events[i]
		j.Feed(ev)
		if ev.Kind == oracle.EventTimer {
			j.Feed(&oracle.Event{Kind: oracle.EventQuiet, At: ev.At, Step: ev.Step})
		}
	}
	v := j.Verdict()
	for _, id := range v.Broken() {
		if !slices.Contains(r.RFC.Broken(), id) {
			owed = append(owed, id)
		}
	}
	return owed
}

// PlayAlone is Play while no other conversation of the player's is under way.
// Where that finds a silence, the case is played again with the patience of
// the configuration: see [Player.Prove].
// Where the target is a command, PlayAlone makes sure that the process has
// outlived the conversation; if it has not, the result says how it died.
func (p *Player) PlayAlone(ctx context.Context, cs *catalogue.Case) (*report.Result, error) {
	r, err := p.playAlone(ctx, cs, 0)
	if err != nil {
		return nil, err
	}
	return p.Prove(ctx, r)
}

// Prove is PlayAlone for a case that has been played, by [Player.Play] or it, with that
// result. What rests on a silence is a violation only if it is the same with all the patience there is,
// of a peer that was not held up as a whole: a server that does not answer on another connection at once when that
// is over has the time once more. A client that connects may have done so before, and is tried once more in any case.
func (p *Player) Prove(ctx context.Context, of *report.Result) (*report.Result, error) {
	var err error
	first, proof := *of, &doubts{most: 2}
	r := proof.decideSilence(&first, func() (again *report.Result) {
		again, err = p.playAlone(ctx, of.Case, p.Patience())
		switch {
		case err != nil || len(proof.doubtsOf(again)) == 0:
		case p.Incoming():
			again, err = p.playAlone(ctx, of.Case, p.Patience()/lessPatience)
		case !p.answersAtOnce(ctx):
			again, err = p.playAlone(ctx, of.Case, p.Patience())
		}
		return again
	})
	return r, err
}

// answersAtOnce reports whether a server answers the opening handshake of another connection in a time in which
// one that was held up all through a proof has seldom come to.
func (p *Player) answersAtOnce(ctx context.Context) bool {
	defer p.server.turns.enter(ctx, true)()
	began, limit := time.Now(), p.Patience()/lessPatience
	c, _, err := p.converse(ctx, &openingProbe, limit, func(*conversation) {})
	return err == nil && c.received > 0 && time.Since(began) < limit
}

// Patience is how long each wait of a proof lasts at least, on the machine as it is.
func (p *Player) Patience() time.Duration { return p.config.loadedPatience() }

func (p *Player) playAlone(ctx context.Context, cs *catalogue.Case, patient time.Duration) (*report.Result, error) {
	defer p.server.turns.enter(ctx, true)()
	c, life, err := p.converse(ctx, cs, playLimit(&cs.Script), func(c *conversation) {
		if patient > 0 {
			p.server.bePatient(c, patient)
		}
	})
	if err != nil {
		return nil, err
	}
	p.diedOf(c, life)
	return p.result(cs, c), nil
}

// converse has the conversation of a case, in a life of the peer's process. prepare is called with
// the conversation once there is a connection.
func (p *Player) converse(ctx context.Context, cs *catalogue.Case, limit time.Duration, prepare func(*conversation)) (c *conversation, life int, err error) {
	s := p.server
	c, life, err = s.inLife(ctx, cs, func() (*conversation, error) {
		conn, run, err := s.connectFor(ctx, cs)
		if err != nil {
			return nil, err
		}
		c := s.conversation(ctx, conn, run, cs, true)
		c.waitLimit = limit
		prepare(c)
		c.playUntil(ctx, conn)
		c.awaitReturn(run)
		return c, nil
	})
	switch {
	case ctx.Err() != nil:
		return nil, life, context.Cause(ctx)
	case err != nil:
		return nil, life, p.unreachable(ctx, err)
	}
	return c, life, nil
}

func (p *Player) result(cs *catalogue.Case, c *conversation) *report.Result {
	p.covered.add(c.judge)
	return newResult(cs, p.server.agent, c)
}

// Answers reports whether the peer still sends anything, where it has the time
// that its first conversation had.
func (p *Player) Answers(ctx context.Context) bool {
	defer p.server.turns.enter(ctx, true)()
	c, _, err := p.converse(ctx, &plainProbe, p.Patience(), func(*conversation) {})
	return err == nil && c.received > 0
}

// Covered returns in how many conversations each clause was put to the test,
// and each state of a connection was reached: "open", "in-fragment-text".
func (p *Player) Covered() (exercised map[oracle.ClauseID]int, reached map[string]int) {
	p.covered.mu.Lock()
	defer p.covered.mu.Unlock()
	return maps.Clone(p.covered.exercised), maps.Clone(p.covered.reached)
}

// Recent returns the cases that were begun last, the latest first: some of
// them may be under way.
func (p *Player) Recent() []*catalogue.Case {
	p.server.lives.mu.Lock()
	defer p.server.lives.mu.Unlock()
	return p.server.lives.latest()
}

// Deaths returns how often the process of the target's command has died.
func (p *Player) Deaths() int {
	if p.server.process == nil {
		return 0
	}
	return p.server.process.Deaths()
}

// TakeDeaths returns the deaths that became known since it was last called.
// Where there were many, it has the first of them.
func (p *Player) TakeDeaths() []Death {
	if p.server.process == nil {
		return nil
	}
	return p.server.lives.take(p.server.process)
}

// Culprit plays the suspects of a death by themselves until the peer dies of one, and returns
// the result of that; nil where it dies of none, or ctx ends.
func (p *Player) Culprit(ctx context.Context, death *Death) *report.Result {
	return culprit(death.Suspects, func(cs *catalogue.Case) *report.Result {
		r, err := p.PlayAlone(ctx, cs)
		if err != nil {
			return nil
		}
		return r
	})
}

// diedOf notes whether the peer's process died of a conversation that it had to itself.
func (p *Player) diedOf(c *conversation, life int) {
	if p.server.diedOf(c, life) {
		p.server.lives.accountFor(life)
	}
}
