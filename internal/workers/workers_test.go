package workers

import (
	"context"
	"slices"
	"sync/atomic"
	"testing"
)

func TestEach(t *testing.T) {
	for _, side := range []int{0, 1, 3, 100} {
		did := make([]int, 20)
		var active, most atomic.Int64
		Each(t.Context(), len(did), side, func(i int) {
			if now := active.Add(1); now > most.Load() {
				most.Store(now)
			}
			did[i]++
			active.Add(-1)
		})
		if slices.ContainsFunc(did, func(n int) bool { return n != 1 }) {
			t.Errorf("%d side by side: %v", side, did)
		}
		if n := most.Load(); side > 0 && n > int64(side) {
			t.Errorf("%d calls at a time, want at most %d", n, side)
		}
	}
}

func TestEachStops(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	var did []int
	Each(ctx, 20, 1, func(i int) {
		if did = append(did, i); i == 2 {
			cancel()
		}
	})
	if !slices.Equal(did, []int{0, 1, 2}) {
		t.Errorf("did %v after the end of the context", did)
	}
}
