package reference

import "sync"

const (
	// trustedLength is the payload length in octets that a header may declare
	// to have memory taken for it before the payload arrives. Beyond that,
	// memory grows with what has arrived.
	trustedLength = 64 << 10

	// keepMessage is the largest buffer in octets that a connection keeps.
	keepMessage = 1 << 20
)

// buffers are the octets that an endpoint needs, kept for the next one.
type buffers struct {
	in, out, msg, payload, packed []byte
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
	e.in, e.out, e.msg, e.payload, e.packed = b.in, b.out[:0], b.msg[:0], b.payload[:0], b.packed[:0]
	e.own = b
}

// releaseBuffers gives them back, unless they have become too large to keep.
func (e *endpoint) releaseBuffers() {
	b := e.own
	*b = buffers{in: e.in, out: e.out, msg: e.msg, payload: e.payload, packed: e.packed}
	if max(cap(b.out), cap(b.msg), cap(b.payload), cap(b.packed)) <= keepMessage {
		bufferPool.Put(b)
	}
}

// largePool has buffers above keepMessage, for messages of any connection.
var largePool sync.Pool // of *[]byte

// releaseLarge gives a large buffer up and returns a small one.
func releaseLarge(b []byte) []byte {
	largePool.Put(&b)
	return nil
}

// grow makes room in dst, which has too little, for octets of a payload of which
// left are to come: for all of them if they are few, and otherwise for as many
// as there are already. So a message that comes in many frames is copied once or
// twice in all, and one that comes in a single frame takes what it needs.
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
