package reference

import (
	"errors"
	"io"
	"os"
	"strconv"
	"sync"
	"time"

	"github.com/wscheck/wscheck/wsproto"
)

// inputSize is the size of the read buffer in octets: an opening handshake fits.
const inputSize = 64 << 10

// input is what the peer sent and the endpoint has not taken yet.
type input struct {
	in       []byte // the read buffer
	r, w     int    // in[r:w] is to be taken
	consumed int64  // octets of the stream before in[r]

	readBy time.Time // the read deadline that is set
	idleBy time.Time // when the connection has been idle for too long
	pinged int       // pings of the endpoint's own while nothing came
}

// buffered returns the octets that have arrived and are not taken. They are
// valid until the next fill.
func (in *input) buffered() []byte { return in.in[in.r:in.w] }

// take removes the first n buffered octets.
func (in *input) take(n int) {
	in.r += n
	in.consumed += int64(n)
}

// fill waits for more octets, having sent what is to be sent.
func (e *endpoint) fill() error {
	if e.r > 0 {
		e.w = copy(e.in, e.in[e.r:e.w])
		e.r = 0
	}
	n, err := e.receiveOctets(e.in[e.w:])
	e.w += n
	return err
}

// receiveOctets is [io.Reader.Read] on the connection, except that it returns either
// octets or an error, and that nothing stays unsent while it waits. When its time is
// over, or when the endpoint is stopped, it starts the closing handshake and
// continues.
func (e *endpoint) receiveOctets(b []byte) (int, error) {
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
		if err := e.act(); err != nil {
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
			return n, e.hooks.read(e)
		case errors.Is(err, os.ErrDeadlineExceeded) && e.woken():
		case errors.Is(err, os.ErrDeadlineExceeded) && e.pingsIdle():
			e.pinged++
			if err := e.send(wsproto.NewFrame(wsproto.OpPing, true, strconv.AppendInt(nil, int64(e.pinged), 10))); err != nil {
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

// pingsIdle reports whether a read that timed out calls for a ping: the connection is
// idle, and not for too long.
func (e *endpoint) pingsIdle() bool {
	return e.Freedom.PingEvery > 0 && e.canStartClose() && !e.stopping.Load() && time.Now().Before(e.idleBy)
}

// armRead sets the read deadline, unless the one that is set still has three
// quarters of its time left: setting one costs more than reading a short frame.
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
	if e.stopping.Load() { // perhaps before the line above replaced its deadline
		return e.startClose(wsproto.CloseGoingAway, "")
	}
	return nil
}

const (
	// trustedLength is the payload length in octets for which a header alone has
	// memory taken before the payload arrives. Above it, memory grows with what has
	// arrived.
	trustedLength = 64 << 10

	// keepMessage is the largest buffer in octets that a connection keeps.
	keepMessage = 1 << 20
)

// buffers are the octets that an endpoint needs, kept for the next one.
type buffers struct {
	in, out, msg, payload, packed, packing []byte
}

var bufferPool = sync.Pool{New: func() any {
	return &buffers{
		in:      make([]byte, inputSize),
		out:     make([]byte, 0, outputSize),
		msg:     make([]byte, 0, 4096),
		payload: make([]byte, 0, maxControl),
	}
}}

// takeBuffers equips an endpoint for a connection.
func (e *endpoint) takeBuffers() {
	b := bufferPool.Get().(*buffers)
	e.in, e.out, e.msg, e.payload = b.in, b.out[:0], b.msg[:0], b.payload[:0]
	e.packed, e.packing = b.packed[:0], b.packing[:0]
	e.buffers = b
}

// releaseBuffers gives them back, unless they have become too large to keep.
func (e *endpoint) releaseBuffers() {
	b := e.buffers
	*b = buffers{in: e.in, out: e.out, msg: e.msg, payload: e.payload, packed: e.packed, packing: e.packing}
	if max(cap(b.out), cap(b.msg), cap(b.payload), cap(b.packed), cap(b.packing)) <= keepMessage {
		bufferPool.Put(b)
	}
}

// largePool has buffers above keepMessage, for messages of any connection.
var largePool sync.Pool // of *[]byte

// grow makes room in dst, which has too little, for octets of a payload that has left
// octets still to come: for all of them if they are few, and otherwise for as many as
// there are already. So a message that comes in many frames is copied once or twice in
// all, and one that comes in a single frame takes what it needs.
func grow(dst []byte, left uint64) []byte {
	have := uint64(len(dst))
	extend := min(left, max(trustedLength, have))
	if extend < have/2 {
		extend = have
	}
	size := have + extend
	if size > keepMessage {
		if p, _ := largePool.Get().(*[]byte); p != nil && uint64(cap(*p)) >= size {
			return append((*p)[:0], dst...)
		}
	}
	return append(make([]byte, 0, size), dst...)
}
