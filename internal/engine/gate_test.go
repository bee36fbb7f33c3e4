package engine

import (
	"context"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/wscheck/wscheck/internal/link"
	"github.com/wscheck/wscheck/wsproto"
)

// TestGate has handshakes take their time for two reasons: the number of
// conversations, and something else.
func TestGate(t *testing.T) { synctest.Test(t, testGate) }

func testGate(t *testing.T) {
	const most = 32
	learn := func(g *gate, times int, took func() time.Duration) {
		for range times {
			d := took()
			time.Sleep(d)
			g.learn(d)
		}
	}
	g := newGate(most, most)
	fixed := func(d time.Duration) func() time.Duration { return func() time.Duration { return d } }
	if learn(g, 100, fixed(time.Millisecond)); g.limit != most {
		t.Errorf("quick handshakes: a limit of %v, want %d", g.limit, most)
	}
	learn(g, 400, func() time.Duration { return time.Duration(g.limit) * 100 * time.Millisecond })
	if g.limit > 8 {
		t.Errorf("handshakes that take as long as there are many: a limit of %v", g.limit)
	}
	g = newGate(most, most)
	learn(g, 100, fixed(time.Millisecond))
	learn(g, 1000, fixed(time.Second))
	if g.limit < most/2 {
		t.Errorf("handshakes that are slow alone as well: a limit of %v", g.limit)
	}

	// Those that began at the same time are all slow once.
	g = newGate(most, most)
	learn(g, 100, fixed(time.Millisecond))
	time.Sleep(time.Second)
	for range 4 * most {
		g.learn(time.Second)
	}
	if g.limit != most/2 {
		t.Errorf("handshakes that were slow together once: a limit of %v, want %d", g.limit, most/2)
	}
}

// crowd counts what there is at a time.
type crowd struct {
	mu        sync.Mutex
	now, most int
}

func (c *crowd) add(n int) (now int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now += n
	c.most = max(c.most, c.now)
	return c.now
}

// TestGateRest has conversations wait for a peer that does nothing. As many more have room
// as there may be at all, and one where opening handshakes are slow meanwhile.
func TestGateRest(t *testing.T) {
	const total = 3 * gateStart
	for _, slow := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			ctx, end := context.WithCancel(t.Context())
			defer end()
			g, wait := newGate(gateStart, total), make(chan struct{})
			if slow {
				g.mean, g.best = time.Second, time.Millisecond
			}
			var begun crowd
			var wg sync.WaitGroup
			for range 2 * total {
				wg.Go(func() {
					if !g.enter(ctx, nil) {
						return
					}
					defer g.leave()
					defer begun.add(-1)
					if begun.add(1) > gateStart && slow {
						<-wait // for the opening handshake
						return
					}
					time.Sleep(restAfter)
					g.rest()
					<-wait
					g.goOn()
				})
			}
			time.Sleep(time.Minute)
			synctest.Wait()
			want := total
			if slow {
				want = gateStart + 1
			}
			if begun.now != want {
				t.Errorf("slow %v: %d conversations, want %d", slow, begun.now, want)
			}
			end() // of those that were not let in
			close(wait)
			wg.Wait()
			if g.active != 0 || g.resting != 0 || len(g.queue) > 0 || begun.most != want {
				t.Errorf("slow %v: at most %d; at the end %d, %d of them at rest, %d before the gate", slow, begun.most, g.active, g.resting, len(g.queue))
			}
		})
	}
}

// TestGateBound has more conversations than may be side by side, which rest: they are
// never more than the user wants.
func TestGateBound(t *testing.T) {
	c := Config{Jobs: 3}
	synctest.Test(t, func(t *testing.T) {
		g := c.gate()
		var begun crowd
		var wg sync.WaitGroup
		for range 20 {
			wg.Go(func() {
				g.enter(t.Context(), nil)
				defer g.leave()
				g.learn(time.Millisecond)
				begun.add(1)
				defer begun.add(-1)
				g.rest()
				defer g.goOn()
				time.Sleep(time.Second)
			})
		}
		wg.Wait()
		if begun.most != 3 {
			t.Errorf("%d conversations side by side, want 3", begun.most)
		}
	})
}

// silentLink is one on which nothing comes.
type silentLink struct {
	link.Link
	gate    *gate
	resting []int // at the end of each wait
}

func (l *silentLink) Next(deadline time.Time) link.Input {
	time.Sleep(time.Until(deadline))
	l.resting = append(l.resting, l.gate.resting)
	return link.Input{Kind: link.TimedOut}
}

// TestWaiterRests has a conversation wait: it rests where the wait is long, and the peer
// has taken the opening handshake.
func TestWaiterRests(t *testing.T) {
	for _, c := range []struct {
		open    bool
		wait    time.Duration
		limit   time.Duration
		resting []int
	}{
		{false, time.Minute, 0, []int{0}},
		{true, restAfter, 0, []int{0}},
		{true, 2 * restAfter, 0, []int{0, 1}},
		{true, restAfter, playWait, []int{0}},
		{true, fastWait, fastWait, []int{0, 1}},
	} {
		synctest.Test(t, func(t *testing.T) {
			g := newGate(1, 1)
			l := &silentLink{gate: g}
			ep := newEndpoint(wsproto.Client, nil)
			if c.open {
				ep.open(nil, nil, nil)
			}
			begun := time.Now()
			w := waiter{outbox: outbox{ep: ep}, link: l, timing: new(timing), gate: g, lastActive: begun, waitLimit: c.limit}
			if in := w.next(begun.Add(c.wait)); in.Kind != link.TimedOut || time.Since(begun) != c.wait {
				t.Errorf("%v after %v, want the end of %v", in.Kind, time.Since(begun), c.wait)
			}
			if !slices.Equal(l.resting, c.resting) || g.resting != 0 {
				t.Errorf("open %v, a wait of %v: at rest %v, want %v; %d afterwards", c.open, c.wait, l.resting, c.resting, g.resting)
			}
		})
	}
}

// TestGateCrowded turns away what is more than the peer has room for.
func TestGateCrowded(t *testing.T) {
	const room = 3
	g := newGate(32, 32)
	for range 10 {
		for range int(g.limit) {
			if !g.enter(t.Context(), nil) {
				t.Fatal("no room")
			}
		}
		for g.active > 0 {
			if g.active > room {
				g.crowded()
			}
			g.learn(time.Millisecond)
			g.leave()
		}
	}
	if g.limit != room {
		t.Errorf("a peer with room for %d: a limit of %v", room, g.limit)
	}
	g.active = 1
	if g.crowded(); g.limit != room {
		t.Errorf("turned away when alone: a limit of %v", g.limit)
	}
}
