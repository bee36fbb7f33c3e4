package reference

import (
	"errors"
	"io"
	"os"
	"strconv"
	"time"

	"github.com/wscheck/wscheck/wsproto"
)

// inputSize is the size of the read buffer in octets: an opening handshake fits.
const inputSize = wsproto.MaxHandshake

// input is what the peer sent and the endpoint has not taken yet.
type input struct {
	in       []byte // the read buffer
	r, w     int    // in[r:w] is to be taken
	consumed int64  // octets of the stream before in[r]

	readBy time.Time // the read deadline that is set
	idleBy time.Time // when the connection has been idle for too long
	idle   int       // pings of the endpoint's own while nothing came
}

// buffered returns the octets that have arrived and are not taken. They are
// valid until the next fill.
func (in *input) buffered() []byte { return in.in[in.r:in.w] }

// take removes the first n buffered octets.
func (in *input) take(n int) {
	in.r += n
	in.consumed += int64(n)
}

// fill waits for more octets, having sent whatever is to be sent.
func (e *endpoint) fill() error {
	if e.r > 0 {
		e.w = copy(e.in, e.in[e.r:e.w])
		e.r = 0
	}
	n, err := e.read(e.in[e.w:])
	e.w += n
	return err
}

// read is [io.Reader.Read] on the connection, except that it returns either
// octets or an error, and that nothing stays unsent while it waits. When its
// time is over, or when the endpoint is stopped, it starts the closing
// handshake and goes on.
func (e *endpoint) read(b []byte) (int, error) {
	if n := e.Freedom.ReadSize; n > 0 {
		b = b[:min(n, len(b))]
	}
	if len(e.held) > 0 && !e.sentClose {
		if err := e.answerHeld(); err != nil {
			return 0, err
		}
	}
	for {
		if err := e.armRead(); err != nil {
			return 0, err
		}
		if err := e.settle(); err != nil {
			return 0, err
		}
		n, err := e.conn.Read(b)
		if n > 0 {
			e.idleBy = time.Time{}
		}
		switch {
		case n > 0:
			if e.memory.reads++; e.is(refuseManyReads) && e.memory.reads > 1024 {
				return 0, e.violates(0, secFraming, "frame comes in too many pieces")
			}
			return n, nil
		case errors.Is(err, os.ErrDeadlineExceeded) && e.pingsIdle():
			e.idle++
			if err := e.send(wsproto.NewFrame(wsproto.OpPing, true, strconv.AppendInt(nil, int64(e.idle), 10))); err != nil {
				return 0, err
			}
		case errors.Is(err, os.ErrDeadlineExceeded) && e.canStartClose():
			if err := e.startClose(wsproto.CloseGoingAway, ""); err != nil {
				return 0, err
			}
		case errors.Is(err, os.ErrDeadlineExceeded) && time.Now().Before(e.closeBy):
			// The endpoint was stopped while it was starting to close by itself.
			if err := e.conn.SetReadDeadline(e.closeBy); err != nil {
				return 0, err
			}
		case errors.Is(err, io.EOF):
			return 0, ErrDropped
		case err != nil:
			return 0, err
		}
	}
}

// pingsIdle reports whether a read that came to its time is time for a ping: the
// connection is idle, and not for too long.
func (e *endpoint) pingsIdle() bool {
	return e.Freedom.PingEvery > 0 && e.canStartClose() && !e.stopping.Load() && time.Now().Before(e.idleBy)
}

// armRead sets the read deadline, unless the one that is set still has three
// quarters of its time to go: to set one costs more than to read a short frame.
func (e *endpoint) armRead() error {
	if !e.isOpen || e.sentClose {
		return nil
	}
	now := time.Now()
	if e.Freedom.PingEvery > 0 && !e.stopping.Load() {
		if e.idleBy.IsZero() {
			e.idleBy = now.Add(e.IdleTimeout)
		}
		e.readBy = now.Add(e.Freedom.PingEvery)
		if e.idleBy.Before(e.readBy) {
			e.readBy = e.idleBy
		}
		return e.conn.SetReadDeadline(e.readBy)
	}
	if e.readBy.Sub(now) < e.IdleTimeout*3/4 {
		e.readBy = now.Add(e.IdleTimeout)
		if err := e.conn.SetReadDeadline(e.readBy); err != nil {
			return err
		}
	}
	if e.stopping.Load() { // perhaps before the line above undid its deadline
		return e.startClose(wsproto.CloseGoingAway, "")
	}
	return nil
}
