package engine

import (
	"context"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// TestTurns has conversations ask for a turn one after the other, and demands when each begins.
func TestTurns(t *testing.T) {
	const second = time.Second
	synctest.Test(t, func(t *testing.T) {
		var turns turns
		var mu sync.Mutex
		var began []string
		var all sync.WaitGroup
		for _, c := range []struct {
			name  string
			alone bool
			ends  time.Duration // of its context
		}{
			{"a", false, time.Hour}, {"b", false, time.Hour}, {"alone", true, time.Hour}, {"late", false, 1 * second},
			{"c", false, time.Hour}, {"late alone", true, 15 * second}, {"d", false, time.Hour}, {"e", true, time.Hour},
		} {
			all.Go(func() {
				ctx, cancel := context.WithTimeout(t.Context(), c.ends)
				defer cancel()
				start := time.Now()
				defer turns.enter(ctx, c.alone)()
				if ctx.Err() != nil {
					return
				}
				mu.Lock()
				began = append(began, c.name+" "+time.Since(start).String())
				mu.Unlock()
				time.Sleep(10 * second)
			})
			synctest.Wait()
		}
		all.Wait()
		slices.Sort(began)
		if want := []string{"a 0s", "alone 10s", "b 0s", "c 20s", "d 20s", "e 30s"}; !slices.Equal(began, want) {
			t.Errorf("began: %q, want %q", began, want)
		}
		if turns.inside != 0 || turns.alone || len(turns.queue) != 0 {
			t.Errorf("left: %+v", &turns)
		}
	})
}
