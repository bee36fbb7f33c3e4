package reference

import (
	"github.com/wscheck/wscheck/internal/utf8stream"
	"github.com/wscheck/wscheck/wsproto"
)

// directRead is the least payload still to come, in octets, that is read
// straight into its message, past the read buffer.
const directRead = 4 << 10

// message is the state of the data message being received (RFC 6455 5.4, 5.6).
type message struct {
	opcode  wsproto.Opcode // 0 between messages
	msg     []byte         // its payload so far, as the application sees it
	utf8    utf8stream.Checker
	checked int   // octets of msg that utf8 has seen
	wire    int64 // octets of its frames' payloads
	count   int   // messages received before it
}

// data receives the payload of a data frame, and echoes the message that it ends.
func (e *endpoint) data(h wsproto.Header) error {
	if !e.continues(h) {
		e.beginMessage(h)
	}
	if v := e.checkSize(h.Length); v != nil {
		return v
	}
	receive := e.receivePlain
	if e.compressed {
		receive = e.receiveCompressed
	}
	from := len(e.msg)
	if err := receive(h); err != nil {
		return err
	}
	if e.mutant != &conforming {
		if err := e.endFragment(h, from); err != nil {
			return err
		}
	}
	if h.Fin {
		return e.endMessage()
	}
	if e.Freedom.UTF8 == UTF8AtFrame {
		return e.checkUTF8()
	}
	return nil
}

// continues reports whether a data frame goes on with the message under way.
func (e *endpoint) continues(h wsproto.Header) bool {
	if e.opcode == 0 {
		return false
	}
	return h.Opcode == wsproto.OpContinuation || e.is(acceptNestedSame) && h.Opcode == e.opcode
}

// beginMessage starts the message whose first frame has header h.
func (e *endpoint) beginMessage(h wsproto.Header) {
	if e.opcode = h.Opcode; e.opcode == wsproto.OpContinuation { // a mutant's
		e.opcode = wsproto.OpBinary
	}
	if !e.is(keepMessageBefore) {
		e.msg = e.msg[:0]
	}
	e.wire = 0
	e.checked = 0
	e.utf8.Reset()
	e.compressed = e.agreed && h.Rsv&rsv1 != 0
}

// checkSize refuses the frame that makes a message too long, at its header
// (RFC 6455 10.4).
func (e *endpoint) checkSize(length uint64) error {
	const faulty = 64 << 10
	if length > uint64(e.MaxMessage) || e.wire+int64(length) > faulty && e.is(limitWire) || e.wire+int64(length) > e.MaxMessage {
		return e.tooBig()
	}
	e.wire += int64(length)
	return nil
}

// tooBig returns the violation of a message above MaxMessage.
func (e *endpoint) tooBig() error {
	return &Violation{
		Section: secTooBig, Text: "message is too big", Code: wsproto.CloseTooBig, Offset: e.consumed,
	}
}

// receivePlain appends a frame's payload to the message, checking it on the way.
func (e *endpoint) receivePlain(h wsproto.Header) error {
	for pos := uint64(0); pos < h.Length; {
		msg, err := e.receive(e.msg, h, pos)
		if err != nil {
			return err
		}
		pos += uint64(len(msg) - len(e.msg))
		e.msg = msg
		if e.Freedom.UTF8 == UTF8AtOctet {
			if err := e.checkUTF8(); err != nil {
				return err
			}
		}
	}
	return nil
}

// receive appends to dst those octets of a frame's payload, from position pos
// on, that arrive next: at least one. They are unmasked.
func (e *endpoint) receive(dst []byte, h wsproto.Header, pos uint64) ([]byte, error) {
	left := h.Length - pos
	if len(e.buffered()) == 0 {
		if left >= directRead && e.Freedom.ReadSize == 0 {
			if cap(dst)-len(dst) < directRead {
				dst = grow(dst, left)
			}
			n, err := e.read(dst[len(dst):min(uint64(cap(dst)), uint64(len(dst))+left)])
			chunk := dst[len(dst) : len(dst)+n]
			e.consumed += int64(n)
			e.unmask(chunk, chunk, h, pos)
			return dst[:len(dst)+n], err
		}
		if err := e.fill(); err != nil {
			return dst, err
		}
	}
	chunk := e.buffered()
	chunk = chunk[:min(uint64(len(chunk)), left)]
	e.take(len(chunk))
	if cap(dst)-len(dst) < len(chunk) {
		dst = grow(dst, left)
	}
	dst = dst[:len(dst)+len(chunk)]
	e.unmask(dst[len(dst)-len(chunk):], chunk, h, pos)
	return dst, nil
}

// unmask copies a part of a frame's payload from src to dst, which may be the
// same, and unmasks it (RFC 6455 5.3).
func (e *endpoint) unmask(dst, src []byte, h wsproto.Header, pos uint64) {
	if !h.Masked {
		copy(dst, src)
		return
	}
	key, at := h.Mask, int(pos)
	if e.fault != noFault {
		key, at = e.unmaskFaulty(h, pos)
	}
	wsproto.MaskCopy(dst, src, key, at)
}

// checkUTF8 checks the octets of a text message that are not checked yet, and
// fails at the first that cannot be UTF-8 (RFC 6455 8.1).
func (e *endpoint) checkUTF8() error {
	if e.opcode != wsproto.OpText || e.fault != noFault && e.defersText() {
		return nil
	}
	return e.scanUTF8()
}

// scanUTF8 is checkUTF8 for what is known to be text.
func (e *endpoint) scanUTF8() error {
	fresh := e.msg[e.checked:]
	e.checked = len(e.msg)
	if n, ok := e.utf8.Write(fresh); !ok {
		return e.badUTF8(len(fresh) - n)
	}
	return nil
}

// endText checks that a text message is UTF-8 as a whole.
func (e *endpoint) endText() error {
	if e.fault != noFault {
		if looks, ok := e.looksLikeUTF8(e.msg); ok {
			if !looks {
				return e.badUTF8(0)
			}
			return nil
		}
	}
	if err := e.scanUTF8(); err != nil {
		return err
	}
	if !e.utf8.Complete() && !e.is(acceptCutUTF8) {
		return e.badUTF8(0)
	}
	return nil
}

// badUTF8 returns the violation of a text message by the octet before the last
// back octets of the input.
func (e *endpoint) badUTF8(back int) error {
	return &Violation{
		Section: secUTF8, Text: "text is not UTF-8", Code: wsproto.CloseInvalidPayload,
		Offset: max(0, e.consumed-int64(back)),
	}
}

// endMessage completes the message and echoes it.
func (e *endpoint) endMessage() error {
	if err := e.endInflate(); err != nil {
		return err
	}
	if e.opcode == wsproto.OpText {
		if err := e.endText(); err != nil {
			return err
		}
	}
	op := e.opcode
	e.opcode = 0
	e.count++
	if e.sentClose {
		return nil
	}
	if e.fault != noFault {
		if done, err := e.endFaultyMessage(op); done || err != nil {
			return err
		}
	}
	if err := e.echo(op, e.msg); err != nil {
		return err
	}
	if cap(e.msg) > keepMessage {
		e.msg = releaseLarge(e.msg)
	}
	if e.count == e.Freedom.CloseAfter {
		return e.startClose(e.Freedom.CloseCode, e.Freedom.CloseReason)
	}
	return nil
}

// skip reads a frame's payload and forgets it.
func (e *endpoint) skip(h wsproto.Header) error {
	for left := h.Length; left > 0; {
		if len(e.buffered()) == 0 {
			if err := e.fill(); err != nil {
				return err
			}
		}
		n := min(uint64(len(e.buffered())), left)
		e.take(int(n))
		left -= n
	}
	return nil
}
