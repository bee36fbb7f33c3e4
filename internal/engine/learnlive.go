package engine

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/wscheck/wscheck/internal/catalogue"
	"github.com/wscheck/wscheck/internal/learn"
	"github.com/wscheck/wscheck/internal/process"
	"github.com/wscheck/wscheck/internal/workers"
)

// Learn learns the state machine of a peer over real connections, where what a
// peer does not answer within the patience of the configuration (half a second if
// there is none) is taken for nothing. Of the config, which may be nil, the
// limits, what the peer lacks and Jobs count. A peer that cannot be reached, or
// does not take the opening handshake, is an [*UnreachableError].
func Learn(ctx context.Context, target Target, config *Config, o learn.Options) (*learn.Result, error) {
	config = cmp.Or(config, new(Config))
	if err := o.Check(); err != nil {
		return nil, err
	}
	player, err := NewPlayer(ctx, target, config)
	if err != nil {
		return nil, err
	}
	defer player.Close()
	p := &livePeer{player: player, jobs: learnJobs}
	if player.Incoming() {
		p.jobs = 1 // clients that connect side by side are rare
	}
	p.jobs = cmp.Or(config.Jobs, p.jobs)
	first, err := firstWord(config, func(cs *catalogue.Case) (*word, error) {
		p.cs = cs
		w := new(word)
		return w, p.say(ctx, w, true, false)
	})
	if err != nil {
		return nil, err
	}
	return learnPeer(ctx, p, &p.inputs, first, learn.Setting{Deflate: first.deflate}, player.server.role, o)
}

// learnJobs is how many words are said side by side, learnPatience the default of
// Config.Patience, and endings how many times as long the end of a connection is
// waited for.
const (
	learnJobs     = 16
	learnPatience = 500 * time.Millisecond
	endings       = 4
	openTries     = 3
)

// livePeer answers words over real connections.
type livePeer struct {
	player *Player
	cs     *catalogue.Case
	inputs []*learn.Input
	jobs   int
}

// Ask says words, several side by side. Where the peer's process died meanwhile,
// each is said again by itself.
func (p *livePeer) Ask(ctx context.Context, queries []learn.Query) ([][]learn.Output, error) {
	together, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	answers := make([][]learn.Output, len(queries))
	deaths := p.player.Deaths()
	workers.Each(together, len(queries), p.jobs, func(i int) {
		var err error
		if answers[i], err = p.answer(together, queries[i], false); err != nil {
			cancel(err)
		}
	})
	p.player.TakeDeaths()
	switch {
	case ctx.Err() != nil:
		return nil, context.Cause(ctx)
	case p.player.Deaths() == deaths && together.Err() != nil:
		return nil, context.Cause(together)
	case p.player.Deaths() == deaths:
		return answers, nil
	}
	for i, q := range queries {
		var err error
		if answers[i], err = p.answer(ctx, q, true); err != nil {
			return nil, err
		}
	}
	return answers, nil
}

// answer says one word. What is not as expected is asked again with patience,
// since the haste may have been the reason.
func (p *livePeer) answer(ctx context.Context, q learn.Query, alone bool) ([]learn.Output, error) {
	w := &word{inputs: inputsOf(p.inputs, q.Word), expect: q.Expect}
	if err := p.say(ctx, w, q.Sure, alone); err != nil {
		return nil, err
	}
	n := min(len(q.Expect), len(w.answers))
	if q.Sure || slices.Equal(w.answers[:n], q.Expect[:n]) && (n == len(q.Expect) || n > 0 && w.answers[n-1].Ends) {
		return w.answers, nil
	}
	w = &word{inputs: w.inputs}
	err := p.say(ctx, w, true, alone)
	return w.answers, err
}

// say says a word, with patience for each input where sure. A peer that does not
// take the opening handshake, as many do not when they are busy, is asked again.
func (p *livePeer) say(ctx context.Context, w *word, sure, alone bool) error {
	patience := process.Stretch(cmp.Or(p.player.config.Patience, learnPatience))
	w.times = wordTimes{
		lull: max(minLull, 2*p.player.server.timing.roundTrip()), more: patience / 4, patience: patience, ending: endings * patience,
	}
	if sure {
		w.times.lull, w.times.more, w.expect = patience, patience, nil
	}
	for range openTries {
		w.answers = nil
		if err := p.sayOnce(ctx, w, alone); err != nil || w.opened {
			return err
		}
	}
	return p.player.unreachable(ctx, errNotOpen)
}

// minLull is the least time in which a peer may still send something in answer to
// an input that it was thought not to answer.
const minLull = 10 * time.Millisecond

func (p *livePeer) sayOnce(ctx context.Context, w *word, alone bool) error {
	if !alone {
		if !p.player.gate.enter(ctx, nil) {
			return context.Cause(ctx)
		}
		defer p.player.gate.leave()
	}
	defer p.player.server.turns.enter(ctx, alone)()
	c, life, err := p.player.converse(ctx, p.cs, 0, func(c *conversation) {
		c.says(w)
		p.player.server.bePatient(c, w.times.ending)
	})
	if err != nil {
		return err
	}
	if alone {
		p.player.diedOf(c, life)
	}
	if n := len(w.answers); n > 0 && c.died != "" {
		w.answers[n-1] = learn.Output{Text: "dies", Ends: true}
	}
	c.verdict()
	return nil
}
