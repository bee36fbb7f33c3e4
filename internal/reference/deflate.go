package reference

import (
	"errors"
	"sync"

	"github.com/wscheck/wscheck/internal/deflate"
	"github.com/wscheck/wscheck/wsproto"
)

const secDeflate = "RFC 7692 7.2.2"

// rsv1 is the reserved bit that marks a compressed message (RFC 7692 6).
const rsv1 = 4

// compression is what a connection needs for permessage-deflate.
type compression struct {
	agreed     bool
	sending    deflate.Stream // of our direction
	compressed bool           // the message being received is

	inflater   *deflate.Inflater   // nil until a compressed message comes
	compressor *deflate.Compressor // nil until one is sent
	packed     []byte              // compressed payload on its way
}

var (
	inflaterPool   = sync.Pool{New: func() any { return new(deflate.Inflater) }}
	compressorPool = sync.Pool{New: func() any { return new(deflate.Compressor) }}
)

// agree sets permessage-deflate up for the connection, with the peer's stream
// and ours.
func (e *endpoint) agree(receiving, sending deflate.Stream) {
	e.agreed = true
	e.inflater = inflaterPool.Get().(*deflate.Inflater)
	e.inflater.Reset(receiving, int(e.MaxMessage))
	switch {
	case e.is(windowTooLarge) && sending.WindowBits >= deflate.MinWindowBits && sending.WindowBits < deflate.MaxWindowBits:
		sending.WindowBits++
	case e.is(contextKept):
		sending.NoContextTakeover = false
	}
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
	switch {
	case !e.agreed:
		return false
	case op == wsproto.OpContinuation:
		return e.is(acceptRSV1Continuation)
	case op.IsControl():
		return e.is(acceptRSV1Control)
	}
	return true
}

// receiveCompressed inflates a frame's payload onto the message, checking it on
// the way.
func (e *endpoint) receiveCompressed(h wsproto.Header) error {
	for pos := uint64(0); pos < h.Length; {
		var err error
		if e.packed, err = e.receive(e.packed[:0], h, pos); err != nil {
			return err
		}
		pos += uint64(len(e.packed))
		e.msg, err = e.inflater.Append(e.msg, e.packed)
		if err := e.inflateError(err); err != nil {
			return err
		}
		if e.inflater.Overran() && !e.Freedom.LooseDeflate && !e.is(acceptOverrun) {
			return &Violation{
				Section: "RFC 7692 7.2.1", Text: "message refers to more than was agreed to be kept",
				Code: wsproto.CloseInvalidPayload, Offset: e.consumed,
			}
		}
		if e.Freedom.UTF8 == UTF8AtOctet {
			if err := e.checkUTF8(); err != nil {
				return err
			}
		}
	}
	return nil
}

// endInflate ends a message that is compressed, and checks that its end is one.
func (e *endpoint) endInflate() error {
	if !e.compressed {
		return nil
	}
	report, err := e.inflater.End()
	if report.Ending == deflate.EndWithin && e.is(acceptUnfinished) {
		return nil
	}
	if err := e.inflateError(err); err != nil {
		return err
	}
	if !report.Ending.Conforming() && !e.Freedom.LooseDeflate && !e.is(acceptTail) && !e.is(acceptBadDeflate) {
		return &Violation{
			Section: "RFC 7692 7.2.1", Text: "message does not end as it must",
			Code: wsproto.CloseInvalidPayload, Offset: e.consumed,
		}
	}
	if e.is(inflateToFinal) && report.Finals > 0 {
		e.msg = e.msg[:report.Final.Out]
		e.checked = min(e.checked, len(e.msg))
	}
	if e.is(inflateToFinalLong) && report.Finals > 0 && len(e.msg) > 64<<10 {
		e.msg = e.msg[:report.Final.Out]
		e.checked = min(e.checked, len(e.msg))
	}
	if e.is(contextLost) {
		e.inflater.Reset(deflate.Stream{}, int(e.MaxMessage))
	}
	return nil
}

// inflateError returns the violation of a message that cannot be inflated.
func (e *endpoint) inflateError(err error) error {
	switch {
	case err == nil || e.is(acceptBadDeflate):
		return nil
	case errors.Is(err, deflate.FaultLimit):
		return e.tooBig()
	}
	return &Violation{
		Section: secDeflate, Text: "message is not DEFLATE",
		Code: wsproto.CloseInvalidPayload, Offset: e.consumed,
	}
}

// deflateMessage returns a message as it is to be sent, with the reserved bits
// of its first frame. The result is valid until the next call.
func (e *endpoint) deflateMessage(payload []byte) (packed []byte, rsv uint8) {
	if !e.agreed && !e.is(deflateUnagreed) || !e.compresses() {
		return payload, 0
	}
	if e.compressor == nil {
		e.compressor = compressorPool.Get().(*deflate.Compressor)
		e.compressor.Reset(e.sending, deflate.DefaultLevel)
	}
	e.packed = e.compressor.Message(e.packed[:0], payload)
	if e.fault != noFault {
		return e.deflateFaulty(payload, e.packed)
	}
	return e.packed, rsv1
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
