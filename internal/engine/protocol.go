package engine

import (
	"slices"

	"github.com/wscheck/wscheck/internal/autobahn"
	"github.com/wscheck/wscheck/internal/utf8stream"
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
	pingOctets []byte // of sentPings
	pongs      int    // to each ping; 0 means one
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
