package blackbox

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/wscheck/wscheck/internal/catalogue"
	"github.com/wscheck/wscheck/internal/engine"
	"github.com/wscheck/wscheck/oracle"
)

// lanes is a peer that has so many connections at a time, with scripts that are played on
// those that are not idle.
type lanes struct {
	free  chan struct{}
	every time.Duration // between two conversations of a lane

	mu                   sync.Mutex
	heard                time.Time
	idle, most           int // now, and at most
	whole, alone, broken []string
	longest              time.Duration // without hearing anything
	held                 bool          // by one that is played alone
}

func newLanes(n int, every time.Duration) *lanes {
	p := &lanes{free: make(chan struct{}, n), every: every, heard: time.Now()}
	for range n {
		p.free <- struct{}{}
	}
	return p
}

// converse plays scripts until ctx ends.
func (p *lanes) converse(ctx context.Context) {
	for ctx.Err() == nil {
		select {
		case <-p.free:
		case <-ctx.Done():
			return
		}
		time.Sleep(p.every)
		p.mu.Lock()
		if !p.held {
			p.longest, p.heard = max(p.longest, time.Since(p.heard)), time.Now()
		}
		p.mu.Unlock()
		p.free <- struct{}{}
	}
}

// play leaves a connection idle.
func (p *lanes) play(ctx context.Context, cs *catalogue.Case, connected func()) {
	select {
	case <-p.free:
	case <-ctx.Done():
		return
	}
	connected()
	p.count(1)
	select {
	case <-time.After(engine.Waits(&cs.Script)):
		p.note(&p.whole, cs)
	case <-ctx.Done():
		p.note(&p.broken, cs)
	}
	p.count(-1)
	p.free <- struct{}{}
}

func (p *lanes) count(n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.idle += n
	p.most = max(p.most, p.idle)
}

func (p *lanes) note(in *[]string, cs *catalogue.Case) {
	p.mu.Lock()
	defer p.mu.Unlock()
	*in = append(*in, fmt.Sprint(cs.ID, " ", engine.Waits(&cs.Script)))
}

// playAlone holds all lanes up.
func (p *lanes) playAlone(ctx context.Context, cs *catalogue.Case) {
	p.mu.Lock()
	p.held = true
	p.mu.Unlock()
	time.Sleep(engine.Waits(&cs.Script))
	p.note(&p.alone, cs)
	p.mu.Lock()
	p.held, p.heard = false, time.Now()
	p.mu.Unlock()
}

// leftIdle has a run of so long, whose scripts can be spared from then on, leave such a peer idle.
func leftIdle(t *testing.T, p *lanes, most int, duration, spared time.Duration) {
	var cases []*catalogue.Case
	for i, wait := range []time.Duration{25, 45, 25, 45, 25, 50} {
		steps := []oracle.Step{{Kind: oracle.StepWait, Timeout: wait * time.Second}}
		cases = append(cases, &catalogue.Case{ID: fmt.Sprint(i), Script: oracle.Script{Steps: steps}})
	}
	ctx, stop := context.WithTimeout(t.Context(), duration)
	defer stop()
	started := time.Now()
	var wg sync.WaitGroup
	for range cap(p.free) {
		wg.Go(func() { p.converse(ctx) })
	}
	i := idler{
		started: started, most: most, play: p.play, alone: p.playAlone, busy: func() bool { return false }, spared: func() bool { return time.Since(started) >= spared },
		left: func() time.Duration { return duration - time.Since(started) },
		heard: func() time.Time {
			p.mu.Lock()
			defer p.mu.Unlock()
			return p.heard
		},
	}
	i.playAlone(ctx, i.playBeside(ctx, cases), min(duration, idlePeriod))
	wg.Wait()
}

// TestIdle demands that a peer is left idle on as many connections as it bears beside others,
// and one that has a connection at a time for a part of the time; and that it is never
// silent for so long that it seems to be gone.
func TestIdle(t *testing.T) {
	for _, c := range []struct {
		name         string
		lanes, most  int
		duration     time.Duration
		spared       time.Duration
		whole, alone []string
		idle         int // at most
	}{
		{"many", 100, idleAtOnce, time.Minute, 0, []string{"0 25s", "2 25s", "4 25s", "1 45s", "3 45s", "5 50s"}, nil, 6},
		{"four", 4, idleAtOnce, time.Minute, 0, []string{"0 25s", "2 25s", "1 45s", "4 25s"}, nil, 4},
		{"two", 2, idleClients, time.Minute, 0, []string{"0 25s", "2 25s"}, nil, 2},
		{"one", 1, idleClients, time.Minute, 0, nil, []string{"0 22s"}, 1},
		{"one for long", 1, idleClients, 3 * time.Minute, 0, nil, []string{"0 22s", "1 22s", "2 22s"}, 1},
		{"one, slow", 1, idleClients, 2 * time.Minute, time.Minute, nil, []string{"0 22s"}, 1},
		{"one, half a minute", 1, idleClients, 30 * time.Second, 0, nil, []string{"0 11s"}, 1},
		{"one, briefly", 1, idleClients, 28 * time.Second, 0, nil, nil, 1},
		{"many, briefly", 100, idleAtOnce, 20 * time.Second, 0, nil, nil, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := newLanes(c.lanes, 20*time.Millisecond)
				leftIdle(t, p, c.most, c.duration, c.spared)
				if !slices.Equal(p.whole, c.whole) || !slices.Equal(p.alone, c.alone) || p.most != c.idle {
					t.Errorf("beside others %q, alone %q, %d at a time; want %q, %q, %d; broken off: %q",
						p.whole, p.alone, p.most, c.whole, c.alone, c.idle, p.broken)
				}
				if p.longest >= silentFor {
					t.Errorf("nothing is heard for %v", p.longest)
				}
			})
		})
	}
}

// TestIdleIsNotGone demands that a peer to which no connection can be made is gone, but not
// while one is idle and shortly after.
func TestIdleIsNotGone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		gone := false
		c := contact{jobs: 1, heard: time.Now(), gone: func(error) { gone = true }}
		refused := func(after time.Duration) bool {
			time.Sleep(after)
			c.lost(&engine.UnreachableError{URL: "ws://example.com/", Err: errGone})
			return gone
		}
		c.idles(1)
		if refused(time.Minute) {
			t.Error("it is gone while a connection is idle")
		}
		c.idles(-1)
		if refused(goneFor / 2) {
			t.Error("it is gone at once")
		}
		if !refused(goneFor) {
			t.Error("it is never gone")
		}
	})
}
