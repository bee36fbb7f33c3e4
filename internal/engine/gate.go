package engine

import (
	"cmp"
	"context"
	"slices"
	"sync"
	"time"
)

// gate lets as many conversations begin side by side as the peer bears. It starts
// with few, lets in more for as long as opening handshakes take no longer than
// they did, and fewer when they do: as TCP finds out how much a network bears
// (RFC 5681 3.1). A conversation that waits for a peer which does nothing costs that
// peer nothing: it does not count, as long as opening handshakes stay quick. Where they do not, those
// that wait leave room for one more, which shows whether it is still so.
type gate struct {
	mu      sync.Mutex
	most    int // bounds limit
	total   int // bounds active
	limit   float64
	active  int
	resting int             // of the active ones, those that wait
	queue   []chan struct{} // of those that are not let in yet; closed when they are

	slow    bool          // opening handshakes have taken longer before
	mean    time.Duration // of an opening handshake, smoothed
	best    time.Duration // the least that mean was, of late
	rested  int           // conversations that began since the limit was last lowered, and have learned
	lowered time.Time     // when it was
}

// gateTotal is how many conversations there are at most, resting ones included, where
// the configuration does not say; those of a large machine may be more.
//
// How the limit moves: gateStart conversations at first, and a handshake is slow
// that takes gateFactor times what it took at best, and gateSlack more. The mean is
// that of the last gateMemory, mostly.
const (
	gateTotal  = 256
	gateStart  = 8
	gateMemory = 8
	gateFactor = 4
	gateSlack  = 20 * time.Millisecond
)

func newGate(most, total int) *gate {
	return &gate{most: most, total: total, limit: float64(min(most, gateStart))}
}

// gate returns that of a run.
func (c *Config) gate() *gate {
	return newGate(c.jobs(), cmp.Or(c.Jobs, max(c.jobs(), gateTotal)))
}

// enter waits until a conversation may begin. It reports false where ctx ends, or
// left is closed, before that.
func (g *gate) enter(ctx context.Context, left <-chan struct{}) bool {
	turn := make(chan struct{})
	g.mu.Lock()
	g.queue = append(g.queue, turn)
	g.letIn()
	g.mu.Unlock()
	select {
	case <-turn:
		return true
	case <-left:
	case <-ctx.Done():
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if i := slices.Index(g.queue, turn); i >= 0 {
		g.queue = slices.Delete(g.queue, i, i+1)
		return false
	}
	g.active-- // it was let in meanwhile
	g.letIn()
	return false
}

// letIn lets in those for which there is room. g.mu is held.
func (g *gate) letIn() {
	for len(g.queue) > 0 && g.hasRoom() {
		g.active++
		close(g.queue[0])
		g.queue = slices.Delete(g.queue, 0, 1)
	}
}

// hasRoom reports whether one more conversation may begin. g.mu is held.
func (g *gate) hasRoom() bool {
	limit := max(1, int(g.limit))
	busy := g.active - g.resting
	if g.tooSlow() {
		busy += min(g.resting, limit-1)
	}
	return busy < limit && g.active < g.total
}

// leave ends what enter has let in.
func (g *gate) leave() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.active--
	g.letIn()
}

// rest notes that a conversation waits for a peer that does nothing, and goOn that the
// wait is over.
func (g *gate) rest() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.resting++
	g.letIn()
}

func (g *gate) goOn() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.resting--
}

// tooSlow reports whether opening handshakes take longer than they did. g.mu is held.
func (g *gate) tooSlow() bool { return g.mean > gateFactor*g.best+gateSlack }

// crowded is called in a conversation whose opening handshake the peer did not take, for
// it may have room for fewer: no more begin side by side from then on than others are
// under way.
func (g *gate) crowded() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.active > 1 {
		g.most = min(g.most, g.active-1)
		g.limit, g.total = min(g.limit, float64(g.most)), min(g.total, g.most)
	}
}

// learn takes the time of an opening handshake; 0 for one that did not end.
func (g *gate) learn(took time.Duration) {
	if took <= 0 {
		return
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	defer g.letIn()
	if time.Since(g.lowered) < took {
		return // it began among more than there may be now
	}
	g.rested++
	if g.mean == 0 {
		g.mean, g.best = took, took
	}
	g.mean += (took - g.mean) / gateMemory
	g.best = min(g.best, g.mean)
	switch {
	case g.tooSlow():
		if g.rested < max(gateMemory, int(g.limit)) {
			break
		}
		if g.limit == 1 {
			g.best = g.mean // they take as long when they are alone: it is not for our sake
		}
		g.limit, g.slow, g.rested, g.lowered = max(1, g.limit/2), true, 0, time.Now()
	case g.slow:
		g.limit += 1 / g.limit
	default:
		g.limit++
	}
	g.limit = min(g.limit, float64(g.most))
}
