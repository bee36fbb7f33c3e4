package engine

import (
	"context"
	"sync"
	"time"
)

// gate lets as many conversations begin side by side as the peer bears. It starts
// with few, lets in more for as long as opening handshakes take no longer than
// they did, and fewer when they do: as TCP finds out how much a network bears
// (RFC 5681 3.1).
type gate struct {
	mu      sync.Mutex
	most    int
	limit   float64
	active  int
	wake    chan struct{} // closed, and made anew, when one may have room
	waiting int           // for that

	slow   bool          // opening handshakes have taken longer before
	mean   time.Duration // of an opening handshake, smoothed
	best   time.Duration // the least that mean was, of late
	rested int           // conversations since the limit was last lowered
}

// How the limit moves: gateStart conversations at first, and a handshake is slow
// that takes gateFactor times what it took at best, and gateSlack more. The mean is
// that of the last gateMemory, mostly.
const (
	gateStart  = 8
	gateMemory = 8
	gateFactor = 4
	gateSlack  = 20 * time.Millisecond
)

func newGate(most int) *gate {
	return &gate{most: most, limit: float64(min(most, gateStart)), wake: make(chan struct{})}
}

// enter waits until a conversation may begin. It reports false where ctx ends, or
// left is closed, before that.
func (g *gate) enter(ctx context.Context, left <-chan struct{}) bool {
	for {
		g.mu.Lock()
		if g.active < max(1, int(g.limit)) {
			g.active++
			g.mu.Unlock()
			return true
		}
		g.waiting++
		wake := g.wake
		g.mu.Unlock()
		select {
		case <-wake:
		case <-left:
			return false
		case <-ctx.Done():
			return false
		}
	}
}

// leave ends what enter has let in.
func (g *gate) leave() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.active--
	if g.waiting > 0 {
		close(g.wake)
		g.wake, g.waiting = make(chan struct{}), 0
	}
}

// crowded is called in a conversation whose opening handshake the peer did not take, for
// it may have room for fewer: no more begin side by side from then on than others are
// under way.
func (g *gate) crowded() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.active > 1 {
		g.most = min(g.most, g.active-1)
		g.limit = min(g.limit, float64(g.most))
	}
}

// learn takes the time of an opening handshake; 0 for one that did not end.
func (g *gate) learn(took time.Duration) {
	if took <= 0 {
		return
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.rested++
	if g.mean == 0 {
		g.mean, g.best = took, took
	}
	g.mean += (took - g.mean) / gateMemory
	g.best = min(g.best, g.mean)
	switch {
	case g.mean > gateFactor*g.best+gateSlack:
		if g.rested < max(gateMemory, int(g.limit)) {
			break
		}
		if g.limit == 1 {
			g.best = g.mean // they take as long when they are alone: it is not for our sake
		}
		g.limit, g.slow, g.rested = max(1, g.limit/2), true, 0
	case g.slow:
		g.limit += 1 / g.limit
	default:
		g.limit++
	}
	g.limit = min(g.limit, float64(g.most))
}
