package engine

import (
	"bytes"
	"runtime"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/wscheck/wscheck/internal/link"
)

// TestLockedByWriter: where a goroutine waits for a lock while another one writes, a bubble
// says nothing of the peer. A lock alone is held by a peer that hangs.
func TestLockedByWriter(t *testing.T) {
	for _, writes := range []bool{true, false} {
		synctest.Test(t, func(t *testing.T) {
			conn := link.NewMemConn(new(link.Watch))
			var mu sync.Mutex
			var done sync.WaitGroup
			if writes {
				done.Go(func() { _, _ = conn.Write(make([]byte, 1<<24)) })
			}
			synctest.Wait() // nobody reads
			mu.Lock()
			done.Go(func() {
				mu.Lock()
				defer mu.Unlock()
			})
			var stacks []byte
			for !bytes.Contains(stacks, []byte("Mutex).Lock(")) {
				runtime.Gosched() // the lock is not one that a bubble waits for
				stacks = ownBubble()
			}
			if got := lockedByWriter(stacks); got != writes {
				t.Errorf("with a goroutine that writes %v: got %v, in\n%s", writes, got, stacks)
			}
			mu.Unlock()
			_ = conn.Close()
			done.Wait()
		})
	}
}

// ownBubble returns the stacks of the bubble that it is called in: other tests leave some.
func ownBubble() []byte {
	all := make([]byte, maxStacks)
	all = all[:runtime.Stack(all, true)] // the caller's is the first
	id := bubbleID.FindSubmatch(all)[1]
	var own [][]byte
	for stack := range bytes.SplitSeq(all, []byte("\n\n")) {
		if m := bubbleID.FindSubmatch(stack); m != nil && bytes.Equal(m[1], id) {
			own = append(own, stack)
		}
	}
	return bytes.Join(own, []byte("\n\n"))
}
