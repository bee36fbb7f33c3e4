package blackbox

import (
	"context"
	"slices"
	"sync/atomic"
	"time"

	"github.com/wscheck/wscheck/internal/catalogue"
	"github.com/wscheck/wscheck/internal/engine"
	"github.com/wscheck/wscheck/internal/process"
)

// idler leaves connections idle.
type idler struct {
	started time.Time                                                       // the run
	most    int                                                             // beside the scripts
	play    func(ctx context.Context, cs *catalogue.Case, connected func()) // beside other conversations
	alone   func(ctx context.Context, cs *catalogue.Case)                   // with no other under way
	heard   func() time.Time                                                // when the peer was last heard in another conversation
	busy    func() bool                                                     // others are held up for another reason
	answers func(ctx context.Context) bool                                  // asks the peer; nil where it connects of its own accord
	left    func() time.Duration                                            // how long scripts will be played
	spared  func() bool                                                     // the scripts that find the most have been played
}

const (
	// idleAtOnce is how many connections are idle at most, idlePerJob how many for each job, and
	// idleClients how many of a peer that connects of its own accord, which may have few.
	idleAtOnce  = 16
	idlePerJob  = 4
	idleClients = 2

	// A peer has too many idle connections if it sends nothing in other conversations for
	// idleQuiet, or for twice as long where it did while all of them were idle. A server is asked
	// first, and has idleAnswer to answer. What comes less than idleMargin after a connection was
	// made may be from before. idleTick is the time between two looks. All of that takes less
	// than silentFor.
	idleQuiet  = 1500 * time.Millisecond
	idleAnswer = 1900 * time.Millisecond
	idleMargin = 50 * time.Millisecond
	idleTick   = 100 * time.Millisecond

	// A peer that has one connection at a time is left idle once in each idlePeriod, for so
	// many parts of it, from the middle on; not in a run shorter than idleLeast.
	idlePeriod = time.Minute
	idleParts  = 22
	idleLeast  = 30 * time.Second
)

// idleOne is a connection that is idle.
type idleOne struct {
	cs        *catalogue.Case
	cancel    context.CancelFunc
	over      chan struct{}
	connected atomic.Int64 // when, in nanoseconds; 0 for not yet
	beside    bool         // the peer is heard beside it
}

// playBeside plays cases beside other conversations, one more each time that the peer is
// heard in others. It returns those for which there was no room because the peer had one
// connection at a time.
func (i *idler) playBeside(ctx context.Context, cases []*catalogue.Case) (noRoom []*catalogue.Case) {
	var open []*idleOne
	defer func() {
		for _, o := range open {
			o.end()
		}
	}()
	ticker := time.NewTicker(idleTick)
	defer ticker.Stop()
	cases = slices.Clone(cases)
	since, again := time.Now(), true // silence counts from then on; one more try is worth it
	for i.most > 0 {
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
		}
		open = slices.DeleteFunc(open, (*idleOne).ended)
		heard, borne := i.heard(), 0
		if heard.After(since) {
			since = heard
		}
		for _, o := range open {
			if o.hears(heard); o.beside {
				borne++
			}
		}
		quiet := idleQuiet
		if borne == len(open) {
			quiet *= 2
		}
		switch next := i.next(cases); {
		case i.busy():
			open, cases = giveUp(open, cases)
			since = time.Now()
		case len(open) > 0 && time.Since(since) > quiet && i.bears(ctx):
			since = time.Now()
			for _, o := range open {
				o.beside = o.connected.Load() > 0
			}
		case len(open) > 0 && time.Since(since) > quiet:
			if i.most = borne; borne == len(open) {
				i.most = len(open) / 2
			}
			for _, o := range open[i.most:] { // those that were begun last
				o.beside = false
			}
			open, cases = giveUp(open, cases)
			if i.most == 0 && again {
				i.most, again = 1, false
			}
			since = time.Now()
		case next < 0 && len(open) == 0:
			return nil
		case next >= 0 && borne == len(open) && borne < i.most:
			open = append(open, i.begin(ctx, cases[next]))
			cases = slices.Delete(cases, next, next+1)
		}
	}
	return cases
}

// bears reports whether the peer answers on one connection more, where it can be asked.
func (i *idler) bears(ctx context.Context) bool {
	ctx, cancel := context.WithTimeout(ctx, idleAnswer)
	defer cancel()
	return i.answers != nil && i.answers(ctx)
}

// next is the first case for which there is time, -1 for none.
func (i *idler) next(cases []*catalogue.Case) int {
	left := i.left()
	return slices.IndexFunc(cases, func(cs *catalogue.Case) bool { return engine.Waits(&cs.Script) < left })
}

func (i *idler) begin(ctx context.Context, cs *catalogue.Case) *idleOne {
	o := &idleOne{cs: cs, over: make(chan struct{})}
	ctx, o.cancel = context.WithCancel(ctx)
	go func() {
		defer close(o.over)
		i.play(ctx, cs, func() { o.connected.Store(time.Now().UnixNano()) })
	}()
	return o
}

// end ends a connection.
func (o *idleOne) end() {
	o.cancel()
	<-o.over
}

// hears takes when the peer was last heard in another conversation.
func (o *idleOne) hears(heard time.Time) {
	if at := o.connected.Load(); at > 0 && heard.After(time.Unix(0, at).Add(idleMargin)) {
		o.beside = true
	}
}

// ended reports whether a connection has ended, and frees what it holds.
func (o *idleOne) ended() bool {
	select {
	case <-o.over:
		o.cancel()
		return true
	default:
		return false
	}
}

// giveUp ends the connections beside which nothing was heard. Their cases come first among the
// others then.
func giveUp(open []*idleOne, cases []*catalogue.Case) (kept []*idleOne, left []*catalogue.Case) {
	for _, o := range open {
		if o.beside {
			kept = append(kept, o)
			continue
		}
		o.end()
		left = append(left, o.cs)
	}
	return kept, append(left, cases...)
}

// playAlone plays cases with no other conversation under way: one in each period of the run, once
// scripts can be spared.
func (i *idler) playAlone(ctx context.Context, cases []*catalogue.Case, period time.Duration) {
	limit := period * idleParts / time.Duration(idlePeriod/time.Second)
	for at := i.started.Add(period / 2); len(cases) > 0 && period >= idleLeast; at = at.Add(period) {
		if time.Since(at) > period/2-limit {
			continue // it is too late for this one
		}
		process.Pause(ctx, nil, time.Until(at))
		if ctx.Err() != nil || i.left() < limit {
			return
		}
		if !i.spared() {
			continue
		}
		i.alone(ctx, engine.Within(cases[0], limit))
		cases = cases[1:]
	}
}
