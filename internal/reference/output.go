package reference

import (
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
	late    []byte    // pongs that wait until there is nothing else to do
	chopped int       // octets written in pieces
	writeBy time.Time // the write deadline that is set
	writer  *writer   // nil: the endpoint's own goroutine writes
	paused  int       // writes that there was a pause before
}

// send sends a frame, masked as the role demands. The payload is overwritten
// where it is long and the endpoint masks it.
func (e *endpoint) send(f wsproto.Frame) error {
	if e.role == wsproto.Client {
		f.Masked, f.Mask = true, e.rand.key()
	}
	if e.mutant.frame != nil {
		return e.mutant.frame(e, f)
	}
	return e.putRaw(f)
}

// putRaw queues a frame as it is, and writes the queue once it is long. Of a
// long payload only the beginning is copied.
func (e *endpoint) putRaw(f wsproto.Frame) error {
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
	if e.fault != noFault && e.holds() {
		return nil
	}
	if len(e.late) > 0 {
		e.sendLate()
	}
	return e.flush()
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
		if err := e.writeAll(b[:n]); err != nil {
			return err
		}
		e.chopped += n
		b = b[n:]
	}
	if len(b) == 0 {
		return nil
	}
	return e.writeAll(b)
}

// pausedWrites is before how many writes of a connection there is the pause that
// Freedom.WritePause asks for.
const pausedWrites = 32

// writeAll writes octets within the write time-out. As in armRead, a deadline
// is set anew once a quarter of its time is gone.
func (e *endpoint) writeAll(b []byte) error {
	if e.Freedom.WritePause > 0 && e.paused < pausedWrites {
		e.paused++
		time.Sleep(e.Freedom.WritePause)
	}
	if e.fault == leaveWhenBlocked || e.fault == tearWhenBlocked {
		return e.writeHastily(b)
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
	if !e.Freedom.Writer && !e.writesApart() {
		return
	}
	e.writer = newWriter(e.conn)
	if e.is(interleavePongs) {
		e.writer.piece, e.writer.gap = interleavePiece, interleaveGap
	}
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
