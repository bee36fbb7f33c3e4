// Package workers does things side by side.
package workers

import (
	"cmp"
	"context"
	"runtime"
	"sync"
	"sync/atomic"
)

// Each calls do for 0 to n-1, begun in that order, at most side calls at a time, and
// returns once they have returned. A side of 0 means one for each processor. After the
// end of ctx it begins no more calls.
func Each(ctx context.Context, n, side int, do func(i int)) {
	var next atomic.Int64
	var wg sync.WaitGroup
	for range min(n, cmp.Or(side, runtime.GOMAXPROCS(0))) {
		wg.Go(func() {
			for ctx.Err() == nil {
				i := int(next.Add(1)) - 1
				if i >= n {
					return
				}
				do(i)
			}
		})
	}
	wg.Wait()
}
