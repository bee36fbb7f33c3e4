package blackbox_test

import (
	"context"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/wscheck/wscheck/internal/blackbox"
	"github.com/wscheck/wscheck/internal/engine"
	"github.com/wscheck/wscheck/internal/mutation"
)

// BenchmarkMutants plays with all mutants of the reference endpoint side by side, over
// loopback and as wscheck fuzz does, each until its first violation, and all until nine of
// ten are found or so many scripts were played. It reports how long that takes. A tenth
// cannot be found here: they break what is disputed or a SHOULD, or take memory that nobody
// measures.
func BenchmarkMutants(b *testing.B) {
	const scripts = 2500
	engine.CollectLess()
	for b.Loop() {
		subjects := slices.DeleteFunc(mutation.Subjects(), func(s mutation.Subject) bool { return s.Name == silent })
		h := hunt{b: b, started: time.Now(), alive: map[string]bool{}, wanted: (len(subjects)*9 + 9) / 10}
		ctx, enough := context.WithCancel(b.Context())
		var wg sync.WaitGroup
		for _, s := range subjects {
			h.alive[s.String()] = true
			wg.Go(func() { h.play(ctx, s, scripts, enough) })
		}
		wg.Wait()
		enough()
		var alive []string
		for name := range h.alive {
			alive = append(alive, name)
		}
		slices.Sort(alive)
		b.Logf("alive: %q", alive)
		b.ReportMetric(100*float64(h.found)/float64(len(subjects)), "%found")
		b.ReportMetric(float64(h.conversations)/float64(len(subjects)), "conversations/mutant")
		b.ReportMetric(h.took.Seconds(), "s/nine-of-ten")
	}
}

// silent never answers the opening handshake: no run begins with it.
const silent = "hang-opening"

// hunt counts the mutants that are found.
type hunt struct {
	b       *testing.B
	started time.Time
	wanted  int

	mu                   sync.Mutex
	alive                map[string]bool
	found, conversations int
	took                 time.Duration // until as many as are wanted were found; 0 as long as they are not
}

// play plays so many scripts with a mutant, one after the other so that all get on at
// the same pace, and calls enough once nine of ten are found.
func (h *hunt) play(ctx context.Context, s mutation.Subject, scripts int, enough func()) {
	o, err := blackbox.Run(ctx, blackbox.Options{
		Target: s.Endpoint(), Seed: 1, Scripts: scripts, Jobs: 1, MaxFindings: 1, ShrinkTime: time.Nanosecond,
	})
	h.mu.Lock()
	defer h.mu.Unlock()
	if err != nil {
		if ctx.Err() == nil {
			h.b.Errorf("%v: %v", s, err)
		}
		return
	}
	h.conversations += o.Conversations
	if !slices.ContainsFunc(o.Findings, (*blackbox.Finding).Reproduced) {
		return
	}
	delete(h.alive, s.String())
	if h.found++; h.found == h.wanted {
		h.took = time.Since(h.started)
		enough()
	}
}
