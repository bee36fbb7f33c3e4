package engine

import (
	"math/rand/v2"

	"github.com/wscheck/wscheck/oracle"
	"github.com/wscheck/wscheck/wsproto"
)

// outbox holds what our side says, until the link has it.
type outbox struct {
	*reusable

	role   wsproto.Role // ours
	script *oracle.Script
	step   int // of the script that is taken; -1 for none
	ep     *endpoint

	queued    int          // octets queued since the last write
	inFlight  int          // writes on their way
	tracked   bool         // our frames go through tracker: not all of them are whole
	tracker   frameTracker // of what is queued
	fixedMask *[4]byte     // of all frames; nil where each draws its own
}

// last returns the operation that octets can be added to, a new one if need be.
func (o *outbox) last() *sendOp {
	if op := o.queue.last(); op == nil || op.apart || len(op.data) >= sendBatch {
		o.queue.push(sendOp{data: o.buffer()})
	}
	op := o.queue.last()
	op.answers = false
	return op
}

// add queues octets. Those of one go leave together, as with the original. b is
// copied.
func (o *outbox) add(b []byte, chop int, sync bool) {
	o.track(b)
	o.queued += len(b)
	if chop > 0 || sync {
		o.queue.push(sendOp{data: append(o.buffer(), b...), chop: chop, apart: true})
		return
	}
	op := o.last()
	op.data = append(op.data, b...)
}

// addFrame queues one frame. unit is the length of what is repeated to give the
// payload, for the log; 0 where nothing is.
func (o *outbox) addFrame(h wsproto.Header, payload []byte, unit, chop int, sync bool) {
	o.ep.sending(h, payload, len(payload), unit, chop, sync)
	f := wsproto.Frame{Header: h, Payload: payload}
	if chop <= 0 && !sync {
		op := o.last()
		at := len(op.data)
		op.data = f.AppendTo(op.data)
		o.track(op.data[at:])
		o.queued += len(op.data) - at
		o.ep.rec.SentOctets(op.data[at:], len(op.data)-at, false)
		return
	}
	b := f.AppendTo(o.buffer())
	o.track(b)
	o.logPieces(b, chop)
	o.queued += len(b)
	o.queue.push(sendOp{data: b, chop: chop, apart: true})
}

// logPieces counts the pieces that octets are written in.
func (o *outbox) logPieces(b []byte, chop int) {
	if chop <= 0 {
		o.ep.rec.SentOctets(b, len(b), true)
		return
	}
	for len(b) > 0 {
		n := min(chop, len(b))
		o.ep.rec.SentOctets(b[:n], n, true)
		b = b[n:]
	}
}

// mask sets the mask of a frame that we send, with a key from rng. Those of the script
// are from keys: a peer that reads on within a frame that it has rejected sees the same
// octets each time, whatever our side answered and probed before.
func (o *outbox) mask(h *wsproto.Header, m oracle.Masking, rng *rand.Rand) {
	switch m {
	case oracle.MaskByRole:
		h.Masked = o.role == wsproto.Client
	case oracle.MaskNever:
		h.Masked = false
	case oracle.MaskAlways:
		h.Masked = true
	case oracle.MaskKey:
		h.Masked = true
		return
	}
	if h.Masked && o.fixedMask != nil {
		h.Mask = *o.fixedMask
	} else if h.Masked {
		k := rng.Uint32()
		h.Mask = [4]byte{byte(k), byte(k >> 8), byte(k >> 16), byte(k >> 24)}
	}
}

// track follows octets that are queued after the opening handshake.
func (o *outbox) track(b []byte) {
	if o.tracked {
		o.tracker.feed(b)
	}
}

// midFrame reports whether what is queued ends within a frame. Only the script goes
// on with it: an answer of ours would become a part of it.
func (o *outbox) midFrame() bool { return o.tracker.within() }

// frameTracker knows where in a stream of frames octets end.
type frameTracker struct {
	header [wsproto.MaxHeaderSize]byte
	has    int    // octets of header, which is not whole
	left   uint64 // octets of the payload that have not come
}

func (t *frameTracker) within() bool { return t.has > 0 || t.left > 0 }

func (t *frameTracker) feed(b []byte) {
	for len(b) > 0 {
		if t.left > 0 {
			n := min(t.left, uint64(len(b)))
			t.left -= n
			b = b[n:]
			continue
		}
		have := t.has + copy(t.header[t.has:], b)
		h, n := wsproto.ParseHeader(t.header[:have])
		if n == 0 {
			t.has = have
			return
		}
		b = b[n-t.has:]
		t.has, t.left = 0, h.Length
	}
}

// midMessage reports whether the steps taken so far have begun a message and not
// ended it.
func (o *outbox) midMessage() (open bool) {
	for i := range o.script.Steps[:max(0, o.step+1)] {
		if s := &o.script.Steps[i]; s.Kind == oracle.StepFrame && s.Frame.Opcode.IsData() {
			open = !s.Frame.Fin
		}
	}
	return open
}
