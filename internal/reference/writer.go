package reference

import (
	"bytes"
	"net"
	"slices"
	"sync"
	"time"
)

// writerRoom is how many octets may wait for a writer before whoever has more waits.
const writerRoom = 1 << 20

// writer writes to a connection in a goroutine of its own, in the order in which
// octets are handed to it.
type writer struct {
	conn  net.Conn
	piece int           // octets in a write at most; 0 means no limit
	gap   time.Duration // between two writes
	done  chan struct{} // closed once the goroutine has ended

	mu     sync.Mutex
	change sync.Cond
	queue  [][]byte
	octets int // of the queue, and of the write under way
	over   bool
	err    error
}

func newWriter(conn net.Conn) *writer {
	w := &writer{conn: conn, done: make(chan struct{})}
	w.change.L = &w.mu
	return w
}

// run writes until the writer is stopped. It is the goroutine.
func (w *writer) run() {
	defer close(w.done)
	w.mu.Lock()
	defer w.mu.Unlock()
	for {
		for len(w.queue) == 0 && !w.over {
			w.change.Wait()
		}
		if w.over {
			return
		}
		b := w.queue[0]
		w.queue = slices.Delete(w.queue, 0, 1)
		failed := w.err != nil
		w.mu.Unlock()
		var err error
		if !failed {
			if err = w.writeOut(b); err != nil {
				w.conn.Close() // whoever reads is to know that nothing can be sent any more
			}
		}
		w.mu.Lock()
		if err != nil {
			w.err = err
		}
		w.octets -= len(b)
		w.change.Broadcast()
	}
}

func (w *writer) writeOut(b []byte) error {
	size := len(b)
	if w.piece > 0 {
		size = w.piece
	}
	for part := range slices.Chunk(b, max(1, size)) {
		if _, err := w.conn.Write(part); err != nil {
			return err
		}
		if w.gap > 0 {
			time.Sleep(w.gap)
		}
	}
	return nil
}

// write hands octets over, which are copied. It waits while there is no room.
func (w *writer) write(b []byte) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	for w.octets > writerRoom && w.err == nil && !w.over {
		w.change.Wait()
	}
	if w.err != nil {
		return w.err
	}
	w.queue = append(w.queue, bytes.Clone(b))
	w.octets += len(b)
	w.change.Broadcast()
	return nil
}

// flush waits until all is written, or nothing can be any more.
func (w *writer) flush() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	for w.octets > 0 && w.err == nil && !w.over {
		w.change.Wait()
	}
	return w.err
}

// waiting returns how many octets are not written yet.
func (w *writer) waiting() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.octets
}

// stop ends the goroutine. The connection has to be closed before, or it may wait
// for the peer.
func (w *writer) stop() {
	w.mu.Lock()
	w.over = true
	w.change.Broadcast()
	w.mu.Unlock()
	<-w.done
}
