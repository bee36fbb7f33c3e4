package reference

import (
	"errors"
	"sync"

	"github.com/wscheck/wscheck/wsproto"
)

// rsv1 is the reserved bit that marks a compressed message (RFC 7692 6).
const rsv1 = 4

// Window sizes in bits (RFC 7692 7.1.2).
const (
	minWindowBits = 8
	maxWindowBits = 15
)

// stream is what was agreed for one direction of a connection.
type stream struct {
	bits       int  // of the window; 0 means 15
	noTakeover bool // each message begins with an empty window
}

// window returns the size of the window in octets.
func (s stream) window() int {
	if s.bits == 0 {
		return 1 << maxWindowBits
	}
	return 1 << s.bits
}

// compression is what a connection needs for permessage-deflate.
type compression struct {
	agreed     bool
	sending    stream // of our direction
	compressed bool   // the message being received is

	inflater   *inflater   // nil until permessage-deflate is agreed
	compressor *compressor // nil until a message is sent
	packed     []byte      // of the compressed message being received
	packing    []byte      // of the compressed message being sent
}

var (
	inflaterPool   = sync.Pool{New: func() any { return new(inflater) }}
	compressorPool = sync.Pool{New: func() any { return new(compressor) }}
)

// agree sets permessage-deflate up for the connection, with the peer's stream
// and ours.
func (e *endpoint) agree(receiving, sending stream) {
	e.agreed = true
	e.inflater = inflaterPool.Get().(*inflater)
	e.inflater.reset(receiving, int(e.MaxMessage))
	e.hooks.agree(&sending)
	e.sending = sending
}

// releaseDeflate gives the connection's codecs back.
func (e *endpoint) releaseDeflate() {
	if e.inflater != nil {
		inflaterPool.Put(e.inflater)
	}
	if e.compressor != nil {
		compressorPool.Put(e.compressor)
	}
}

// mayRSV1 reports whether a frame may have RSV1: the first of a compressed
// message may (RFC 7692 6.1).
func (e *endpoint) mayRSV1(op wsproto.Opcode) bool {
	return e.agreed && op != wsproto.OpContinuation && !isControl(op)
}

// inflate makes the message of a compressed one that has arrived as a whole.
func (e *endpoint) inflate() (err error) {
	e.msg, err = e.inflater.message(e.msg, e.packed)
	var broken rule
	switch {
	case errors.Is(err, errTooLong):
		return e.violates(ruleMessageSize, 0)
	case errors.Is(err, errCorrupt):
		broken = ruleDeflate
	case errors.Is(err, errCut):
		broken = ruleDeflateCut
	case e.inflater.overran && !e.Freedom.LooseDeflate && e.hooks.enforce(e, ruleDeflateWindow, nil):
		return e.violates(ruleDeflateWindow, 0)
	case !e.inflater.flushed && !e.Freedom.LooseDeflate:
		broken = ruleDeflateEnd
	}
	if broken != 0 && e.hooks.enforce(e, broken, nil) {
		return e.violates(broken, 0)
	}
	e.hooks.inflated(e)
	return nil
}

// deflate returns a message as it is to be sent, with the reserved bits of its first
// frame. The result is valid until the next call.
func (e *endpoint) deflate(payload []byte) (packed []byte, rsv uint8) {
	if !e.agreed || !e.compresses() {
		return payload, 0
	}
	return e.compress(payload), rsv1
}

// compress returns a message compressed, for use until the next call.
func (e *endpoint) compress(payload []byte) []byte {
	if e.compressor == nil {
		e.compressor = compressorPool.Get().(*compressor)
		e.compressor.reset(e.sending)
	}
	e.packing = e.compressor.message(e.packing[:0], payload)
	return e.packing
}

// compresses draws whether the next message is compressed.
func (e *endpoint) compresses() bool {
	switch e.Freedom.Compression {
	case CompressNone:
		return false
	case CompressSome:
		return e.rand.chance(2)
	}
	return true
}
