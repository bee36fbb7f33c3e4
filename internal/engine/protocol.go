package engine

import (
	"bytes"
	"fmt"
	"slices"
	"unicode/utf8"

	"github.com/wscheck/wscheck/internal/autobahn"
	"github.com/wscheck/wscheck/internal/bounds"
	"github.com/wscheck/wscheck/internal/utf8stream"
	"github.com/wscheck/wscheck/oracle"
	"github.com/wscheck/wscheck/wsproto"
)

// phase is where a connection stands, as our side sees it. A connection goes
// through the phases in their order.
type phase uint8

const (
	connecting phase = iota
	opened
	closing // a close frame was sent
	closed  // TCP was dropped, by either side
)

// drop says how our side wants TCP dropped.
type drop uint8

const (
	noDrop    drop = iota
	dropFlush      // once all that was queued is written
	dropAbort      // at once
)

// Limits on what an endpoint keeps.
const (
	maxControl          = 1 << 16 // octets of one control frame
	maxPendingReactions = 256     // pongs that wait to be written
)

// endpoint is our side of the protocol, as Autobahn|Testsuite plays it: it answers
// pings and close frames, and closes as soon as a case has what it waits for. Where
// a record is kept, it fails the connection on a violation; else it does not care.
// It does no I/O and has no clock: the driver feeds it what arrives and which waits
// are over, and writes what it returns.
type endpoint struct {
	role wsproto.Role // ours
	rec  *autobahn.Recorder
	autobahn.Ending

	phase phase
	drop  drop
	out   []wsproto.Frame
	given []wsproto.Frame // by takeFrames, the last time

	// Receiving (RFC 6455 5.2, 5.4).
	parser      wsproto.Parser
	compression *compression // nil for none
	inMessage   bool
	binary      bool
	compressed  bool
	checkUTF8   bool
	utf8        utf8stream.Checker
	messageLen  int
	control     []byte
	scratch     []byte

	counts     [5]int // by oracle.Await
	probe      []byte
	probed     bool // the probe was answered
	sentPings  [][]byte
	answered   int    // of sentPings
	pingOctets []byte // of sentPings
	pongs      int    // to each ping; 0 means one
	octets     int    // of the peer's messages
	frames     int    // of the peer's that are complete
	violated   bool   // the peer has broken a rule of framing
	lost       bool
}

// reset makes the endpoint as good as new, for another connection, and keeps its
// buffers. rec is nil where the RFC's verdict alone is wanted.
func (e *endpoint) reset(role wsproto.Role, rec *autobahn.Recorder) {
	parser := e.parser
	parser.Reset()
	*e = endpoint{
		role: role, rec: rec, parser: parser,
		out: e.out[:0], given: e.given[:0], control: e.control[:0], scratch: e.scratch[:0],
		sentPings: e.sentPings[:0], pingOctets: e.pingOctets[:0],
	}
}

// awaitingCloseReply reports whether the peer's close frame is due: ours has been
// taken by takeFrames, which the end of a message of ours may keep waiting.
func (e *endpoint) awaitingCloseReply() bool {
	return e.phase == closing && e.ClosedByMe && e.Remote == nil &&
		!slices.ContainsFunc(e.out, func(f wsproto.Frame) bool { return f.Opcode == wsproto.OpClose })
}

// awaitingDrop reports whether both close frames were seen and the peer, a
// server, has to drop TCP.
func (e *endpoint) awaitingDrop() bool {
	return e.role == wsproto.Client && e.phase == closing && e.Remote != nil
}

// takeFrames returns the frames that are to be written, and forgets them. They
// are valid until the next call.
func (e *endpoint) takeFrames() []wsproto.Frame {
	e.out, e.given = e.given[:0], e.out
	return e.given
}

// sendsProbe notes that a ping with this payload is sent to learn whether the peer
// has read everything before it. Its pong is not recorded.
func (e *endpoint) sendsProbe(payload []byte) {
	e.probe, e.probed = payload, false
}

// open notes that the opening handshake is complete. z is what was agreed on
// about compression, nil for none.
func (e *endpoint) open(request, response []byte, z *compression) {
	e.WasOpen = true
	e.phase = opened
	e.compression = z
	e.rec.Handshake(request, response)
	e.rec.Opened(z != nil)
	e.closeWhenDone()
}

// closeWhenDone closes as soon as the case has what it waits for.
func (e *endpoint) closeWhenDone() {
	if code, done := e.rec.Done(); done {
		e.startClose(code, "")
	}
}

// sending notes a frame that is about to be written: see [autobahn.Recorder.SentFrame].
func (e *endpoint) sending(h wsproto.Header, payload []byte, size, unit, chop int, sync bool) {
	if h.Opcode == wsproto.OpPing && len(e.sentPings) < maxPendingReactions {
		at := len(e.pingOctets)
		e.pingOctets = append(e.pingOctets, payload[:min(len(payload), maxControl)]...)
		e.sentPings = append(e.sentPings, e.pingOctets[at:])
	}
	e.rec.SentFrame(h, payload, size, unit, chop, sync)
}

// startClose starts the closing handshake (RFC 6455 7.1.2), unless a close
// frame was sent before. Code 0 sends none.
func (e *endpoint) startClose(code wsproto.CloseCode, reason string) {
	var payload []byte
	if code != 0 {
		payload = wsproto.AppendClose(nil, code, reason)
	}
	e.startCloseWith(payload)
}

// startCloseWith starts the closing handshake with a close frame of exactly
// this payload, however wrong.
func (e *endpoint) startCloseWith(payload []byte) {
	if e.phase != opened {
		return
	}
	local, _ := wsproto.ParseClose(payload)
	e.push(wsproto.NewFrame(wsproto.OpClose, true, payload))
	e.phase = closing
	e.ClosedByMe, e.Local = true, &local
	e.rec.Closing()
}

func (e *endpoint) push(f wsproto.Frame) {
	if len(e.out) < maxPendingReactions || f.Opcode == wsproto.OpClose {
		e.out = append(e.out, f)
	}
}

// fail fails the connection (RFC 6455 7.1.7): with a close frame, or by
// dropping TCP where one was sent before.
func (e *endpoint) fail(code wsproto.CloseCode, reason string) {
	if e.phase == closed || e.phase == connecting {
		return
	}
	e.FailedByMe = true
	if e.phase == closing {
		e.dropTCP(dropFlush)
		return
	}
	e.startClose(code, reason[:min(len(reason), 123)])
}

func (e *endpoint) violation(reason string) {
	e.violated = true
	if e.rec != nil {
		e.fail(wsproto.CloseProtocolError, reason)
	}
}

func (e *endpoint) dropTCP(how drop) {
	if e.phase == closed {
		return
	}
	e.DroppedByMe = true
	e.phase = closed
	e.drop = how
}

// failTimer notes that a StepFailAfter ran out.
func (e *endpoint) failTimer() {
	if e.phase == closed {
		return
	}
	e.rec.Log(autobahn.LogRow{Kind: autobahn.LogFailEnd})
	e.fail(wsproto.CloseGoingAway, "Going Away")
}

// closeTimer notes that a StepCloseAfter ran out.
func (e *endpoint) closeTimer() {
	if e.phase == closed {
		return
	}
	e.rec.Log(autobahn.LogRow{Kind: autobahn.LogCloseEnd})
	e.startClose(0, "")
}

// waitOver notes that the wait named tag ended, and reports whether the
// connection is still open, so that the script continues.
func (e *endpoint) waitOver(tag string) bool {
	if e.phase != closed {
		e.rec.Log(autobahn.LogRow{Kind: autobahn.LogWaitEnd, Tag: tag})
	}
	if tag == "" {
		return e.phase != closed
	}
	if e.phase != opened {
		return false
	}
	e.rec.Observe(autobahn.Observation{Kind: autobahn.StillOpen, Tag: tag})
	return true
}

// timeOut notes that the peer did not do in time what a field of the ending names.
func (e *endpoint) timeOut(what *bool) {
	if e.phase != closed {
		e.WasClean, *what = false, true
		e.dropTCP(dropAbort)
	}
}

// abandon drops TCP without an opinion: the run was stopped.
func (e *endpoint) abandon() { e.dropTCP(dropAbort) }

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
	e.octets += len(data)
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
		e.countPong(e.control)
		if e.rec != nil {
			e.rec.Observe(autobahn.Observation{Kind: autobahn.Pong, Payload: oracle.Payload{Data: bytes.Clone(e.control)}})
			e.closeWhenDone()
		}
	}
}

// answerPings has each ping from now on answered by n pongs, at most
// [bounds.Pongs].
func (e *endpoint) answerPings(n int) { e.pongs = min(n, bounds.Pongs) }

// countPong counts a pong as the answer to a ping, and to those before it (RFC 6455 5.5.3).
// A pong that answers no ping counts for nothing while a ping waits for its pong: the wait
// for that pong continues until it comes or its time is over.
func (e *endpoint) countPong(payload []byte) {
	for i, p := range e.sentPings[e.answered:] {
		if bytes.Equal(payload, p) {
			e.answered += i + 1
			e.counts[oracle.AwaitPong] = max(e.counts[oracle.AwaitPong]+1, e.answered)
			return
		}
	}
	if e.answered == len(e.sentPings) {
		e.counts[oracle.AwaitPong]++
	}
}

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
