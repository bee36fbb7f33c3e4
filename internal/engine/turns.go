package engine

import (
	"context"
	"slices"
	"sync"
)

// turns has conversations with one peer begin in the order in which they ask: beside each other, or
// alone. It is a [sync.RWMutex] for which nobody waits longer than a context, and for which bubbles
// wait.
type turns struct {
	mu     sync.Mutex
	inside int
	alone  bool // the one inside has the peer to itself
	queue  []*turn
}

// turn is a conversation that waits.
type turn struct {
	alone bool
	come  chan struct{} // closed once it has
}

// enter waits until a conversation may begin, and leave ends it. Where ctx ends before that, none may
// begin any more, and leave does nothing.
func (t *turns) enter(ctx context.Context, alone bool) (leave func()) {
	t.mu.Lock()
	if len(t.queue) == 0 && t.admits(alone) {
		t.admit(alone)
		t.mu.Unlock()
		return t.leave
	}
	own := &turn{alone, make(chan struct{})}
	t.queue = append(t.queue, own)
	t.mu.Unlock()
	select {
	case <-own.come:
		return t.leave
	case <-ctx.Done():
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	i := slices.Index(t.queue, own)
	if i < 0 {
		return t.leave // it has come meanwhile
	}
	t.queue = slices.Delete(t.queue, i, i+1)
	t.next()
	return func() {}
}

// admits reports whether one more may begin. t.mu is held.
func (t *turns) admits(alone bool) bool { return t.inside == 0 || !alone && !t.alone }

// admit lets one more begin. t.mu is held.
func (t *turns) admit(alone bool) { t.inside, t.alone = t.inside+1, alone }

// next lets those begin that may. t.mu is held.
func (t *turns) next() {
	for len(t.queue) > 0 && t.admits(t.queue[0].alone) {
		t.admit(t.queue[0].alone)
		close(t.queue[0].come)
		t.queue = slices.Delete(t.queue, 0, 1)
	}
}

func (t *turns) leave() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.inside--
	t.alone = false
	t.next()
}
