package engine

import (
	"testing"
	"time"
)

// TestGate has handshakes take their time for two reasons: the number of
// conversations, and something else.
func TestGate(t *testing.T) {
	const most = 32
	learn := func(g *gate, times int, took func() time.Duration) {
		for range times {
			g.learn(took())
		}
	}
	g := newGate(most)
	fixed := func(d time.Duration) func() time.Duration { return func() time.Duration { return d } }
	if learn(g, 100, fixed(time.Millisecond)); g.limit != most {
		t.Errorf("quick handshakes: a limit of %v, want %d", g.limit, most)
	}
	learn(g, 400, func() time.Duration { return time.Duration(g.limit) * 100 * time.Millisecond })
	if g.limit > 8 {
		t.Errorf("handshakes that take as long as there are many: a limit of %v", g.limit)
	}
	g = newGate(most)
	learn(g, 100, fixed(time.Millisecond))
	learn(g, 1000, fixed(time.Second))
	if g.limit < most/2 {
		t.Errorf("handshakes that are slow alone as well: a limit of %v", g.limit)
	}
}

// TestGateCrowded turns away what is more than the peer has room for.
func TestGateCrowded(t *testing.T) {
	const room = 3
	g := newGate(32)
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
