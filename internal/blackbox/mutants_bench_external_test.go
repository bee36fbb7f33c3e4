package blackbox_test

import (
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/wscheck/wscheck/internal/blackbox"
	"github.com/wscheck/wscheck/internal/mutation"
)

// BenchmarkMutants plays with every mutant of the reference endpoint, over
// loopback, until its first violation or for so many
// scripts: few at first, and more with those that live on. It reports how many
// die, and how long it takes until nine of ten have. A tenth cannot die here:
// they break what is disputed or a SHOULD, or take memory that nobody measures.
func BenchmarkMutants(b *testing.B) {
	for b.Loop() {
		alive := slices.DeleteFunc(mutation.Subjects(), func(s mutation.Subject) bool { return s.Name == silent })
		h := hunt{b: b, started: time.Now(), total: len(alive)}
		for _, scripts := range []int{250, 2500} {
			alive = h.pass(alive, scripts)
		}
		var names []string
		for _, s := range alive {
			names = append(names, s.String())
		}
		slices.Sort(names)
		b.Logf("alive: %q", names)
		b.ReportMetric(100*float64(h.found)/float64(h.total), "%found")
		b.ReportMetric(float64(h.conversations)/float64(h.total), "conversations/mutant")
		b.ReportMetric(h.most.Seconds(), "s/nine-of-ten")
	}
}

// silent never answers the opening handshake: no run begins with it.
const silent = "hang-opening"

// hunt counts the dead.
type hunt struct {
	b       *testing.B
	started time.Time
	total   int

	mu                   sync.Mutex
	found, conversations int
	most                 time.Duration // until nine of ten were found; 0 as long as they are not
}

// pass plays so many scripts with each and returns those that are alive.
func (h *hunt) pass(subjects []mutation.Subject, scripts int) (alive []mutation.Subject) {
	const together = 32
	next := make(chan mutation.Subject)
	var wg sync.WaitGroup
	for range together {
		wg.Go(func() {
			for s := range next {
				o, err := blackbox.Run(h.b.Context(), blackbox.Options{
					Target: subject(s), Seed: 1, Scripts: scripts, Jobs: 8, MaxFindings: 1, ShrinkTime: time.Nanosecond,
				})
				if err != nil {
					h.b.Errorf("%v: %v", s, err)
					continue
				}
				h.mu.Lock()
				h.conversations += o.Conversations
				if slices.ContainsFunc(o.Findings, (*blackbox.Finding).Reproduced) {
					if h.found++; h.found*10 >= h.total*9 && h.most == 0 {
						h.most = time.Since(h.started)
					}
				} else {
					alive = append(alive, s)
				}
				h.mu.Unlock()
			}
		})
	}
	for _, s := range subjects {
		next <- s
	}
	close(next)
	wg.Wait()
	return alive
}
