package reference

import (
	"unicode/utf8"

	"github.com/wscheck/wscheck/wsproto"
)

// message is the state of the data message being received (RFC 6455 5.4, 5.6).
type message struct {
	opcode  wsproto.Opcode // 0 between messages
	msg     []byte         // its payload so far, as the application sees it
	text    textChecker
	checked int   // octets of msg that text has seen
	wire    int64 // octets of its frames' payloads
	frames  int   // frames received
	count   int   // messages received before it
}

// data receives the payload of a data frame, and answers the message that it ends.
func (e *endpoint) data(h wsproto.Header) error {
	if h.Opcode != wsproto.OpContinuation {
		e.opcode, e.msg, e.packed = h.Opcode, e.msg[:0], e.packed[:0]
		e.text, e.checked, e.wire, e.frames = textChecker{}, 0, 0, 0
		e.compressed = e.agreed && h.Rsv&rsv1 != 0
	}
	if int64(min(h.Length, 1<<62)) > e.MaxMessage-e.wire {
		return e.violates(ruleMessageSize, 0) // at its header (RFC 6455 10.4)
	}
	e.wire += int64(h.Length)
	from := len(e.msg)
	if err := e.receiveAll(h); err != nil {
		return err
	}
	e.frames++
	if err := e.hooks.frame(e, h, from); err != nil {
		return err
	}
	switch {
	case h.Fin:
		return e.endMessage()
	case e.opcode == wsproto.OpText && !e.compressed && e.Freedom.UTF8 == UTF8AtFrame:
		return e.hooks.text(e, false)
	}
	return nil
}

// receiveAll appends a frame's payload to the message, to e.packed where that is
// compressed, and checks text as it arrives.
func (e *endpoint) receiveAll(h wsproto.Header) (err error) {
	dst := &e.msg
	if e.compressed {
		dst = &e.packed
	}
	for pos := uint64(0); pos < h.Length; {
		before := len(*dst)
		if *dst, err = e.receive(*dst, h, pos); err != nil {
			return err
		}
		pos += uint64(len(*dst) - before)
		if e.opcode == wsproto.OpText && !e.compressed && e.Freedom.UTF8 == UTF8AtOctet {
			if err := e.hooks.text(e, false); err != nil {
				return err
			}
		}
	}
	return nil
}

// directRead is the least payload still to come, in octets, that is read
// straight into its message, past the read buffer.
const directRead = 4 << 10

// receive appends to dst those octets of a frame's payload, from position pos
// on, that arrive next: at least one. They are unmasked.
func (e *endpoint) receive(dst []byte, h wsproto.Header, pos uint64) ([]byte, error) {
	left := h.Length - pos
	if len(e.buffered()) == 0 {
		if left >= directRead && e.Freedom.ReadSize == 0 {
			if cap(dst)-len(dst) < directRead {
				dst = grow(dst, left)
			}
			n, err := e.receiveOctets(dst[len(dst):min(uint64(cap(dst)), uint64(len(dst))+left)])
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
	e.hooks.unmask(dst, src, h, int(pos))
}

// discard reads octets of payload and forgets them.
func (e *endpoint) discard(left uint64) error {
	for left > 0 {
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

// checkText checks the octets of a text message that are not checked yet, and
// fails at the first that cannot be UTF-8 (RFC 6455 8.1). end says that there are no
// more.
func (e *endpoint) checkText(end bool) error {
	fresh := e.msg[e.checked:]
	e.checked = len(e.msg)
	if n, ok := e.text.add(fresh); !ok && e.hooks.enforce(e, ruleText, nil) {
		return e.violates(ruleText, n-len(fresh))
	}
	if end && !e.text.whole() && e.hooks.enforce(e, ruleTextCut, nil) {
		return e.violates(ruleTextCut, 0)
	}
	return nil
}

// endMessage completes the message and answers it.
func (e *endpoint) endMessage() error {
	if e.compressed {
		if err := e.inflate(); err != nil {
			return err
		}
	}
	if e.opcode == wsproto.OpText {
		if err := e.hooks.text(e, true); err != nil {
			return err
		}
	}
	op := e.opcode
	e.opcode = 0
	e.count++
	if e.sentClose {
		return nil
	}
	answer := e.hooks.echo
	if e.Conduct != nil {
		answer = (*endpoint).behave
	}
	if err := answer(e, op, e.msg); err != nil {
		return err
	}
	if large := e.msg; cap(large) > keepMessage {
		largePool.Put(&large)
		e.msg = nil
	}
	if e.count == e.Freedom.CloseAfter {
		return e.startClose(e.Freedom.CloseCode, e.Freedom.CloseReason)
	}
	return nil
}

// textChecker checks text for UTF-8 as it arrives, in pieces that may end anywhere.
type textChecker struct {
	held [utf8.UTFMax]byte // the beginning of a code point, between two pieces
	n    int               // octets of it
	bad  bool
}

// add checks the next octets. ok is false if they cannot be UTF-8 with whatever
// follows, and n is then the index of the first wrong one.
func (c *textChecker) add(b []byte) (n int, ok bool) {
	for c.n > 0 && n < len(b) && !c.bad {
		c.held[c.n] = b[n]
		c.n++
		if !utf8.FullRune(c.held[:c.n]) {
			n++
			continue
		}
		if c.bad = !utf8.Valid(c.held[:c.n]); c.bad {
			return n, false
		}
		n++
		c.n = 0
	}
	if c.bad {
		return 0, false
	}
	end := len(b)
	for i := end - 1; i >= max(n, end-utf8.UTFMax+1); i-- {
		if utf8.RuneStart(b[i]) {
			if !utf8.FullRune(b[i:]) {
				end = i
			}
			break
		}
	}
	if whole := b[n:end]; !utf8.Valid(whole) {
		c.bad = true
		return n + firstBad(whole), false
	}
	c.n += copy(c.held[c.n:], b[end:])
	return len(b), true
}

// whole reports whether all is UTF-8 so far and ends with a whole code point.
func (c *textChecker) whole() bool { return !c.bad && c.n == 0 }

// firstBad returns the index of the first octet after which b, which is not UTF-8,
// cannot be the beginning of UTF-8.
func firstBad(b []byte) int {
	i := 0
	for {
		r, size := utf8.DecodeRune(b[i:])
		if r == utf8.RuneError && size <= 1 {
			break
		}
		i += size
	}
	for n := 1; ; n++ {
		if utf8.FullRune(b[i : i+n]) {
			return i + n - 1
		}
	}
}
