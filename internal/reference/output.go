package reference

import (
	"bytes"
	"net"
	"slices"
	"sync"
	"time"

	"github.com/wscheck/wscheck/wsproto"
)

// outputSize is the number of octets that are gathered before they are written
// without waiting for more.
const outputSize = 64 << 10

// choppedOctets is how much of a connection is written in the pieces that
// Freedom.Chop asks for. The rest is written as it comes, so that a message of
// megaoctets does not take a million writes.
const choppedOctets = 4 << 10

// output is what the endpoint is to send. It is written before the endpoint
// waits for more input, and when there is much of it.
type output struct {
	out     []byte
	late    []byte        // pongs that wait until there is nothing else to do
	chopped int           // octets written in pieces
	writeBy time.Time     // the write deadline that is set
	writer  *writer       // nil: the endpoint's own goroutine writes
	piece   int           // most octets in a write of the writer; 0 means no limit
	pause   time.Duration // between two of its writes
	paused  int           // writes that a pause came before
}

// send sends a frame, masked as the role demands. The payload is overwritten
// where it is long and the endpoint masks it.
func (e *endpoint) send(f wsproto.Frame) error {
	if e.role == wsproto.Client {
		f.Masked, f.Mask = true, freshKey()
	}
	return e.hooks.send(e, f)
}

// put queues a frame as it is, and writes the queue once it is long. Of a
// long payload only the beginning is copied.
func (e *endpoint) put(f wsproto.Frame) error {
	if n := outputSize - len(e.out); len(f.Payload) > outputSize && n > 0 {
		head, tail := f.Payload[:n], f.Payload[n:]
		e.out = wsproto.Frame{Header: f.Header, Payload: head}.AppendTo(e.out)
		if err := e.flush(); err != nil {
			return err
		}
		if f.Masked {
			wsproto.Mask(f.Mask, n, tail)
		}
		return e.write(tail)
	}
	e.out = f.AppendTo(e.out)
	if len(e.out) >= outputSize || e.Freedom.Apart {
		return e.flush()
	}
	return nil
}

// settle sends all that is not sent: the endpoint is about to wait.
func (e *endpoint) settle() error {
	if e.hooks.hold(e) {
		return nil
	}
	if len(e.late) > 0 {
		e.sendLate()
	}
	return e.flush()
}

// sendLate sends the pongs that were put off.
func (e *endpoint) sendLate() {
	e.out = append(e.out, e.late...)
	e.late = e.late[:0]
}

// flush writes the queue to the connection.
func (e *endpoint) flush() error {
	if len(e.out) == 0 {
		return nil
	}
	err := e.write(e.out)
	e.out = e.out[:0]
	return err
}

// write writes octets to the connection, in pieces where the endpoint's freedom
// says so.
func (e *endpoint) write(b []byte) error {
	for e.Freedom.Chop > 0 && e.chopped < choppedOctets && len(b) > 0 {
		n := min(e.Freedom.Chop, len(b))
		if err := e.hooks.write(e, b[:n]); err != nil {
			return err
		}
		e.chopped += n
		b = b[n:]
	}
	if len(b) == 0 {
		return nil
	}
	return e.hooks.write(e, b)
}

// pausedWrites is the number of writes of a connection before which there is the
// pause that Freedom.WritePause asks for.
const pausedWrites = 32

// writeAll writes octets within the write time-out. As in armRead, a deadline
// is set anew once a quarter of its time is gone.
func (e *endpoint) writeAll(b []byte) error {
	if e.Freedom.WritePause > 0 && e.paused < pausedWrites {
		e.paused++
		time.Sleep(e.Freedom.WritePause)
	}
	if e.isOpen {
		if now := time.Now(); e.writeBy.Sub(now) < e.WriteTimeout*3/4 {
			e.writeBy = now.Add(e.WriteTimeout)
			if err := e.conn.SetWriteDeadline(e.writeBy); err != nil {
				return err
			}
		}
	}
	if e.writer != nil && e.isOpen {
		return e.writer.write(b)
	}
	_, err := e.conn.Write(b)
	return err
}

// startWriter has a goroutine of its own write from now on, where that is wanted.
func (e *endpoint) startWriter() {
	if !e.Freedom.Writer {
		return
	}
	e.writer = newWriter(e.conn, e.piece, e.pause)
	go e.writer.run()
}

// stopWriter ends that goroutine, and with it the connection.
func (e *endpoint) stopWriter() {
	e.conn.Close()
	if e.writer != nil {
		e.writer.stop()
	}
}

// drainWriter waits until all is written.
func (e *endpoint) drainWriter() error {
	if e.writer == nil {
		return nil
	}
	return e.writer.flush()
}

// writerRoom is how many octets may wait for a writer before the endpoint waits too.
const writerRoom = 1 << 20

// writer writes to a connection in a goroutine of its own, in the order in which
// octets are handed to it.
type writer struct {
	conn  net.Conn
	piece int           // most octets in a write; 0 means no limit
	pause time.Duration // between two writes
	done  chan struct{} // closed once the goroutine has ended

	mu     sync.Mutex
	change sync.Cond
	queue  [][]byte
	octets int // of the queue, and of the write under way
	over   bool
	err    error
}

func newWriter(conn net.Conn, piece int, pause time.Duration) *writer {
	w := &writer{conn: conn, piece: piece, pause: pause, done: make(chan struct{})}
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
				w.conn.Close() // the reading side has to learn that nothing can be sent any more
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
		if w.pause > 0 {
			time.Sleep(w.pause)
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
