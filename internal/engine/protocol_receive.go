package engine

import (
	"bytes"
	"fmt"
	"unicode/utf8"

	"github.com/wscheck/wscheck/internal/autobahn"
	"github.com/wscheck/wscheck/internal/bounds"
	"github.com/wscheck/wscheck/oracle"
	"github.com/wscheck/wscheck/wsproto"
)

// receive takes octets that the peer sent after the opening handshake.
func (e *endpoint) receive(data []byte) {
	if e.phase == closed || e.phase == connecting {
		return
	}
	e.parser.Feed(data)
	for e.phase != closed {
		it, ok := e.parser.Next()
		if !ok {
			return
		}
		switch it.Kind {
		case wsproto.ItemHeader:
			e.header(it.Header)
		case wsproto.ItemPayload:
			e.payload(it.Header, it.Payload)
		case wsproto.ItemEnd:
			e.frameEnd(it.Header)
		}
	}
}

// header checks a frame header as Autobahn|Testsuite does. After a violation
// the frame is processed all the same, and a second violation drops TCP.
func (e *endpoint) header(h wsproto.Header) {
	deflate := e.compression != nil
	if h.Rsv != 0 && (!deflate || h.Rsv != 4) {
		e.violation(fmt.Sprintf("RSV = %d and no extension negotiated", h.Rsv))
	}
	if e.role == wsproto.Server && !h.Masked {
		e.violation("unmasked client-to-server frame")
	}
	if e.role == wsproto.Client && h.Masked {
		e.violation("masked server-to-client frame")
	}
	if h.Opcode.IsControl() {
		if !h.Fin {
			e.violation("fragmented control frame")
		}
		if h.Form != wsproto.Form7 {
			e.violation("control frame with payload length > 125 octets")
		}
		if h.Opcode.IsReserved() {
			e.violation(fmt.Sprintf("control frame using reserved opcode %d", uint8(h.Opcode)))
		}
		if h.Opcode == wsproto.OpClose && h.Form == wsproto.Form7 && h.Length == 1 {
			e.violation("received close control frame with payload len 1")
		}
		if deflate && h.Rsv == 4 {
			e.violation("received compressed control frame [permessage-deflate]")
		}
	} else {
		if h.Opcode.IsReserved() {
			e.violation(fmt.Sprintf("data frame using reserved opcode %d", uint8(h.Opcode)))
		}
		if !e.inMessage && h.Opcode == wsproto.OpContinuation {
			e.violation("received continuation data frame outside fragmented message")
		}
		if e.inMessage && h.Opcode != wsproto.OpContinuation {
			e.violation("received non-continuation data frame while inside fragmented message")
		}
		if deflate && h.Rsv == 4 && e.inMessage {
			e.violation("received continuation data frame with compress bit set [permessage-deflate]")
		}
	}
	if e.phase == closed {
		return
	}
	if h.Length > 1<<63-1 {
		e.violation("invalid data frame length (>2^63)")
	}
	if !h.Minimal() {
		e.violation("invalid data frame length (not using minimal length encoding)")
	}
	if e.phase == closed {
		return
	}
	if h.Opcode.IsControl() {
		e.control = e.control[:0]
		return
	}
	if !e.inMessage {
		e.inMessage = true
		e.binary = h.Opcode == wsproto.OpBinary
		e.compressed = deflate && h.Rsv == 4
		e.checkUTF8 = h.Opcode == wsproto.OpText
		e.utf8.Reset()
		e.messageLen = 0
		e.rec.MessageBegins()
	}
}

func (e *endpoint) payload(h wsproto.Header, data []byte) {
	e.rec.Payload(h.Opcode, data)
	if h.Opcode.IsControl() {
		if n := maxControl - len(e.control); n > 0 {
			e.control = append(e.control, data[:min(n, len(data))]...)
		}
		return
	}
	if e.compressed {
		data = e.inflate(data, false)
	}
	e.text(data)
}

// inflate decompresses the next piece of a message. What cannot be decompressed
// drops TCP, as an exception does in Autobahn|Testsuite.
func (e *endpoint) inflate(data []byte, final bool) []byte {
	var err error
	e.scratch, err = e.compression.inflate(e.scratch[:0], data, final)
	if err != nil && e.rec != nil && e.phase != closed {
		e.violated = true
		e.phase, e.drop = closed, dropFlush
	}
	return e.scratch
}

// text takes message octets after decompression.
func (e *endpoint) text(data []byte) {
	if e.checkUTF8 {
		// Autobahn|Testsuite continues with a message that it has rejected: each
		// further piece of it is one more violation.
		if at, ok := e.utf8.Write(data); !ok && e.rec != nil {
			e.fail(wsproto.CloseInvalidPayload, fmt.Sprintf("encountered invalid UTF-8 while processing text message at payload octet index %d", e.messageLen+at))
		}
	}
	e.rec.MessageData(e.messageLen, data)
	e.messageLen += len(data)
}

func (e *endpoint) frameEnd(h wsproto.Header) {
	e.frames++
	e.rec.FrameEnds(h)
	if h.Opcode.IsControl() {
		e.controlEnd(h)
		return
	}
	if !h.Fin {
		return
	}
	if e.compressed {
		e.text(e.inflate(nil, true))
		if e.phase == closed {
			return
		}
	}
	if e.checkUTF8 && !e.utf8.Complete() && e.rec != nil {
		e.fail(wsproto.CloseInvalidPayload, fmt.Sprintf("UTF-8 text message payload ended within Unicode code point at payload octet index %d", e.messageLen))
	}
	e.inMessage = false
	if !e.FailedByMe {
		e.counts[oracle.AwaitMessage]++
		e.rec.MessageEnds(e.binary, e.messageLen)
		e.closeWhenDone()
	}
}

func (e *endpoint) controlEnd(h wsproto.Header) {
	switch h.Opcode {
	case wsproto.OpClose:
		e.counts[oracle.AwaitClose]++
		e.closeFrame()
	case wsproto.OpPing:
		e.counts[oracle.AwaitPing]++
		for i := 0; i < max(1, e.pongs) && e.phase == opened; i++ {
			e.push(wsproto.NewFrame(wsproto.OpPong, true, bytes.Clone(e.control[:min(len(e.control), 125)])))
		}
	case wsproto.OpPong:
		if e.probeAnswer(e.control) {
			return
		}
		e.counts[oracle.AwaitPong]++
		if e.rec != nil {
			e.rec.Observe(autobahn.Observation{Kind: autobahn.Pong, Payload: oracle.Payload{Data: bytes.Clone(e.control)}})
			e.closeWhenDone()
		}
	}
}

// answerPings has each ping from now on answered by n pongs, at most
// [bounds.Pongs].
func (e *endpoint) answerPings(n int) { e.pongs = min(n, bounds.Pongs) }

// probeAnswer reports whether a pong answers the probe. While a probe is out, a
// pong that answers none of the script's pings is taken for a bad answer to it,
// once there are as many pongs as the script has pings.
func (e *endpoint) probeAnswer(payload []byte) bool {
	if e.probe == nil {
		return false
	}
	if bytes.Equal(payload, e.probe) {
		e.probed = true
		return true
	}
	for _, p := range e.sentPings {
		if bytes.Equal(payload, p) {
			return false
		}
	}
	return !e.probed && e.counts[oracle.AwaitPong] >= len(e.sentPings)
}

// ponged reports whether the peer answers pings: a probe, or those of a case that
// it passed.
func (e *endpoint) ponged() bool {
	return e.probed || e.rec != nil && e.rec.Record().Behavior == autobahn.OK && len(e.sentPings) > 0 && e.counts[oracle.AwaitPong] > 0
}

// closeFrame acts on a close frame (RFC 6455 5.5.1, 7.1).
func (e *endpoint) closeFrame() {
	p, ok := wsproto.ParseClose(e.control)
	if !ok {
		p = wsproto.ClosePayload{}
	}
	p.Reason = bytes.Clone(p.Reason)
	e.Remote = &p
	if p.HasCode && !acceptedCode(p.Code) {
		e.violation(fmt.Sprintf("invalid close code %d", uint16(p.Code)))
	}
	if !utf8.Valid(p.Reason) && e.rec != nil {
		// Here Autobahn|Testsuite stumbles, after its close frame, and TCP is
		// dropped without either side being held to have done it.
		e.fail(wsproto.CloseInvalidPayload, "invalid close reason (non-UTF-8 payload)")
		e.phase, e.drop = closed, dropFlush
		e.Remote.Reason = nil
		return
	}
	switch e.phase {
	case closing:
		e.WasClean = true
		if e.role == wsproto.Server {
			e.dropTCP(dropAbort)
		}
	case opened:
		e.WasClean = true
		e.startClose(wsproto.CloseNormal, "")
		e.ClosedByMe = false // it is an answer
		if e.role == wsproto.Server {
			e.dropTCP(dropFlush)
		}
	case closed:
		e.WasClean = false
	}
}

// acceptedCode reports whether Autobahn|Testsuite takes a code from a peer:
// those of RFC 6455 7.4.1 that may be sent, and 3000 to 4999. It does not know
// the codes that were registered later.
func acceptedCode(c wsproto.CloseCode) bool {
	switch {
	case c >= 3000 && c <= 4999:
		return true
	case c >= 1000 && c <= 1003, c >= 1007 && c <= 1011:
		return true
	}
	return false
}

// end notes that TCP is gone, by either side: both verdicts are made.
func (e *endpoint) end() {
	if !e.lost {
		e.lost = true
		e.phase = closed
		e.rec.End(e.Ending)
	}
}
