package autobahn

import (
	"bytes"
	"fmt"
	"slices"
	"unicode/utf8"

	"github.com/wscheck/wscheck/internal/bounds"
	"github.com/wscheck/wscheck/internal/utf8stream"
	"github.com/wscheck/wscheck/oracle"
	"github.com/wscheck/wscheck/wsproto"
)

// State is where a connection stands, as the testing side sees it.
type State uint8

// The states, in the order in which a connection goes through them.
const (
	Connecting State = iota
	Open
	Closing // a close frame was sent
	Closed  // TCP was dropped, by either side
)

// String returns the state in lower case.
func (s State) String() string {
	return [...]string{"connecting", "open", "closing", "closed"}[min(s, Closed)]
}

// Drop says how an endpoint wants TCP dropped.
type Drop uint8

// The ways to drop TCP.
const (
	NoDrop    Drop = iota
	DropFlush      // once all that was queued is written
	DropAbort      // at once
)

// Limits on what an endpoint keeps of a peer's octets.
const (
	maxKeptMessage      = 1 << 20 // octets of one message; longer ones are only counted
	maxKeptTotal        = 8 << 20 // octets of all messages of a connection
	maxKeptControl      = 1 << 16 // octets of one control frame
	maxObservations     = 4096    // messages, pings and pongs that are listed
	maxWirelog          = 20000   // rows
	maxPendingReactions = 256     // pongs that wait to be written
)

// Options are the switches of an [Endpoint].
type Options struct {
	// Lenient makes the endpoint go on after a violation by the peer. Else it
	// fails the connection, as Autobahn|Testsuite does.
	Lenient bool
	// Bare has the record hold no more than how the connection stands: neither
	// octets, frames and messages nor the wire log. It is for those who want the
	// RFC's verdict alone, quickly.
	Bare bool
	// Deflate is the negotiated compression; nil for none.
	Deflate Inflater
}

// Inflater decompresses the messages of one connection (RFC 7692 7.2.2).
type Inflater interface {
	// Inflate appends the octets that data, the next piece of a compressed
	// message, inflates to. final says that the message ends with data.
	Inflate(dst, data []byte, final bool) ([]byte, error)
}

// Endpoint is our side of a WebSocket connection as Autobahn|Testsuite plays
// it: it answers pings and close frames, fails the connection on a violation,
// closes as soon as a case has what it waits for, and keeps the record that
// both verdicts are made of. It does no I/O and has no clock: its owner feeds
// it what arrives and what time-outs pass, and writes what it returns.
//
// An Endpoint is not safe for concurrent use.
type Endpoint struct {
	role wsproto.Role // ours
	exp  *Expectation
	opts Options
	rec  Record

	state State
	drop  Drop
	out   []wsproto.Frame
	given []wsproto.Frame // by TakeFrames, the last time

	// Receiving (RFC 6455 5.2, 5.4).
	parser     wsproto.Parser
	inMessage  bool
	binary     bool
	compressed bool
	utf8       utf8stream.Checker
	checkUTF8  bool
	control    []byte
	message    []byte
	messageLen int
	frameLog   []byte
	frameLen   int
	kept       int
	scratch    []byte

	echo     Echo
	echoOK   bool
	echoes   int // messages that were echoes of what was sent
	result   string
	behavior Behavior

	traffic     Traffic
	counts      [5]int // by oracle.Await
	probe       []byte
	probed      bool // the probe was answered
	sentPings   [][]byte
	pingOctets  []byte // of sentPings
	pongs       int    // to each ping; 0 means one
	rxFrames    int
	logging     bool
	lost        bool
	violated    bool
	echoWrong   bool
	sentClose   bool
	remoteClose bool
}

// Echo is the message whose echo is awaited: its type, its length, and a
// comparison of the octets that came back at an offset.
type Echo struct {
	Active bool
	Binary bool
	Len    int
	Equal  func(offset int, got []byte) bool
	Last   bool // no message follows this one
}

// NewEndpoint returns an endpoint in the state Connecting. exp may be nil: then
// nothing is expected and the record has no verdict.
func NewEndpoint(role wsproto.Role, exp *Expectation, opts Options) *Endpoint {
	e := new(Endpoint)
	e.Reset(role, exp, opts)
	return e
}

// Reset makes the endpoint as good as new, for another connection, and keeps
// its buffers. What was returned of the record before stays as it is.
func (e *Endpoint) Reset(role wsproto.Role, exp *Expectation, opts Options) {
	parser := e.parser
	parser.Reset()
	*e = Endpoint{
		role: role, exp: exp, opts: opts, parser: parser,
		out: e.out[:0], given: e.given[:0], control: e.control[:0], message: e.message[:0],
		frameLog: e.frameLog[:0], scratch: e.scratch[:0],
		sentPings: e.sentPings[:0], pingOctets: e.pingOctets[:0],
		logging: !opts.Bare, behavior: Failed, result: "Actual events differ from any expected.",
	}
	if opts.Bare {
		return
	}
	e.rec.RxOctets = map[int]int{}
	e.rec.TxOctets = map[int]int{}
	e.rec.RxFrames = map[wsproto.Opcode]int{}
	e.rec.TxFrames = map[wsproto.Opcode]int{}
}

// State returns where the connection stands.
func (e *Endpoint) State() State { return e.state }

// Record returns the record so far. Its verdicts are there once the connection
// is lost.
func (e *Endpoint) Record() *Record { return &e.rec }

// Count returns how often the peer has sent what a names.
func (e *Endpoint) Count(a oracle.Await) int { return e.counts[a] }

// Hopeful reports whether what was received is a proper beginning of one of
// the expected lists, so that an answer of the peer is still to come.
func (e *Endpoint) Hopeful() bool {
	if e.exp == nil {
		return false
	}
	if e.exp.Check != CheckLists {
		return e.echo.Active
	}
	for _, o := range e.exp.Outcomes {
		if len(e.rec.Received) < len(o.Observed) && equalObservations(e.rec.Received, o.Observed[:len(e.rec.Received)]) {
			return true
		}
	}
	return false
}

// Hopeless reports whether the peer has sent something with which no outcome of the
// case can be reached any more, however long it is waited for.
func (e *Endpoint) Hopeless() bool {
	if e.exp == nil || e.exp.Check != CheckLists {
		return e.exp != nil && e.echoWrong
	}
	n := len(e.rec.Received)
	return !slices.ContainsFunc(e.exp.Outcomes, func(o Outcome) bool {
		return n <= len(o.Observed) && equalObservations(e.rec.Received, o.Observed[:n])
	})
}

// AwaitingCloseReply reports whether the peer's close frame is due: ours has been taken by [Endpoint.TakeFrames], which
// the end of a message of ours may keep waiting.
func (e *Endpoint) AwaitingCloseReply() bool {
	return e.state == Closing && e.rec.ClosedByMe && !e.remoteClose &&
		!slices.ContainsFunc(e.out, func(f wsproto.Frame) bool { return f.Opcode == wsproto.OpClose })
}

// AwaitingDrop reports whether both close frames were seen and the peer, a
// server, has to drop TCP.
func (e *Endpoint) AwaitingDrop() bool {
	return e.role == wsproto.Client && e.state == Closing && e.sentClose && e.remoteClose
}

// FramesReceived returns how many frames of the peer's are complete.
func (e *Endpoint) FramesReceived() int { return e.rxFrames }

// TakeFrames returns the frames that are to be written, and forgets them. They
// are valid until the next call.
func (e *Endpoint) TakeFrames() []wsproto.Frame {
	e.out, e.given = e.given[:0], e.out
	return e.given
}

// TakeDrop returns whether TCP is to be dropped.
func (e *Endpoint) TakeDrop() Drop { return e.drop }

// Probe notes that a ping with this payload is sent to learn
// whether the peer has read everything before it. Its pong is not recorded.
func (e *Endpoint) Probe(payload []byte) {
	e.probe, e.probed = payload, false
}

// Probed reports whether the last probe was answered.
func (e *Endpoint) Probed() bool { return e.probed }

// ExpectEcho sets the message whose echo decides the case (CheckEcho and
// CheckLoop).
func (e *Endpoint) ExpectEcho(echo Echo) {
	e.echo, e.echoOK = echo, true
	e.echo.Active = true
}

// EchoWrong reports whether a message came back other than it was sent.
func (e *Endpoint) EchoWrong() bool { return e.echoWrong }

// Violated reports whether the peer has broken a rule of framing.
func (e *Endpoint) Violated() bool { return e.violated }

// Echoes returns how many messages came back as they were sent.
func (e *Endpoint) Echoes() int { return e.echoes }

// Opened notes that the opening handshake is complete. The octets are those of
// the request and the response.
func (e *Endpoint) Opened(request, response []byte, deflate Inflater) {
	e.handshake(request, response)
	e.rec.WasOpen = true
	e.state = Open
	e.opts.Deflate = deflate
	if e.exp == nil {
		return
	}
	switch e.exp.Check {
	case CheckEcho:
		e.logging = false
		e.result = fmt.Sprintf("Did not receive message within %d seconds.", int(e.exp.Timeout.Seconds()))
	case CheckLoop:
		e.SetLogging(false)
		if e.exp.Deflate && deflate == nil {
			e.behavior = Unimplemented
			e.StartClose(wsproto.CloseNormal, "")
			return
		}
		e.result = fmt.Sprintf("Case did not finish within %d seconds.", int(e.exp.Timeout.Seconds()))
	}
}

// Refused notes that the opening handshake was not completed.
func (e *Endpoint) Refused(request, response []byte) { e.handshake(request, response) }

func (e *Endpoint) handshake(request, response []byte) {
	if e.opts.Bare {
		return
	}
	e.rec.HTTPRequest, e.rec.HTTPResponse = bytes.Clone(request), bytes.Clone(response)
}

// Sent counts and logs octets that were written in one go.
func (e *Endpoint) Sent(data []byte, n int, sync bool) {
	if e.opts.Bare {
		return
	}
	e.rec.TxOctets[n]++
	if e.state == Connecting {
		e.traffic.PreopenOut += n
	} else if e.state == Open {
		e.traffic.Out.OctetsWire += n
	}
	if e.logging {
		e.log(LogRow{Kind: LogTxOctets, Len: n, Data: head(data), Sync: sync})
	}
}

// Frame counts and logs a frame that is about to be written. Where its payload
// is a repetition, unit is the length of what is repeated, else 0. Of a payload
// of size octets that is written piece by piece, at least the unit is given.
func (e *Endpoint) Frame(h wsproto.Header, payload []byte, size, unit, chop int, sync bool) {
	if h.Opcode == wsproto.OpPing && len(e.sentPings) < maxPendingReactions {
		at := len(e.pingOctets)
		e.pingOctets = append(e.pingOctets, payload[:min(len(payload), maxKeptControl)]...)
		e.sentPings = append(e.sentPings, e.pingOctets[at:])
	}
	if e.opts.Bare {
		return
	}
	e.rec.TxFrames[h.Opcode]++
	if h.Opcode.IsData() {
		e.traffic.Out.Frames++
	}
	if e.logging {
		header := h
		row := LogRow{Kind: LogTxFrame, Len: size, Header: &header, Chop: chop, Sync: sync}
		if unit > 0 {
			payload = payload[:min(unit, len(payload))]
			row.Len, row.Repeat = len(payload), size
		}
		row.Data = head(payload)
		e.log(row)
	}
}

// SentMessage counts a message that is about to be written: its octets, and
// those of its payload after compression.
func (e *Endpoint) SentMessage(octets, payload int) {
	e.traffic.Out.Messages++
	e.traffic.Out.OctetsApp += octets
	e.traffic.Out.OctetsWebSocket += payload
}

// SetLogging switches the log of octets and frames on or off.
func (e *Endpoint) SetLogging(on bool) {
	if on != e.logging && !e.opts.Bare {
		e.logging = on
		e.log(LogRow{Kind: LogSwitched, On: on})
	}
}

// Log adds a row to the wire log.
func (e *Endpoint) Log(row LogRow) { e.log(row) }

func (e *Endpoint) log(row LogRow) {
	if len(e.rec.Wirelog) < maxWirelog && !e.opts.Bare {
		e.rec.Wirelog = append(e.rec.Wirelog, row)
	}
}

func head(b []byte) []byte { return bytes.Clone(b[:min(len(b), MaxLogged)]) }

// StartClose starts the closing handshake (RFC 6455 7.1.2), unless a close
// frame was sent before. Code 0 sends none.
func (e *Endpoint) StartClose(code wsproto.CloseCode, reason string) {
	e.sendClose(code, reason, false)
}

// StartCloseWith starts the closing handshake with a close frame of exactly
// this payload, however wrong.
func (e *Endpoint) StartCloseWith(payload []byte) {
	if e.state != Open {
		return
	}
	local, _ := wsproto.ParseClose(payload)
	e.push(wsproto.NewFrame(wsproto.OpClose, true, payload))
	e.closing(&local, false)
}

func (e *Endpoint) sendClose(code wsproto.CloseCode, reason string, reply bool) {
	if e.state != Open {
		return
	}
	var payload []byte
	local := &wsproto.ClosePayload{}
	if code != 0 {
		payload = wsproto.AppendClose(nil, code, reason)
		local.Code, local.HasCode, local.Reason = code, true, []byte(reason)
	}
	e.push(wsproto.NewFrame(wsproto.OpClose, true, payload))
	e.closing(local, reply)
}

func (e *Endpoint) closing(local *wsproto.ClosePayload, reply bool) {
	e.state = Closing
	e.sentClose = true
	e.rec.ClosedByMe = !reply
	e.rec.Local = local
}

func (e *Endpoint) push(f wsproto.Frame) {
	if len(e.out) < maxPendingReactions || f.Opcode == wsproto.OpClose {
		e.out = append(e.out, f)
	}
}

// fail fails the connection (RFC 6455 7.1.7): with a close frame, or by
// dropping TCP where one was sent before.
func (e *Endpoint) fail(code wsproto.CloseCode, reason string) {
	if e.state == Closed || e.state == Connecting {
		return
	}
	e.rec.FailedByMe = true
	if e.state == Closing {
		e.dropTCP(DropFlush)
		return
	}
	e.sendClose(code, reason[:min(len(reason), 123)], false)
}

func (e *Endpoint) violation(reason string) {
	e.violated = true
	if !e.opts.Lenient {
		e.fail(wsproto.CloseProtocolError, reason)
	}
}

func (e *Endpoint) dropTCP(how Drop) {
	if e.state == Closed {
		return
	}
	e.rec.DroppedByMe = true
	e.state = Closed
	e.drop = how
}

// FailTimer notes that a StepFailAfter ran out.
func (e *Endpoint) FailTimer() {
	if e.state == Closed {
		return
	}
	e.log(LogRow{Kind: LogFailEnd})
	e.fail(wsproto.CloseGoingAway, "Going Away")
}

// CloseTimer notes that a StepCloseAfter ran out.
func (e *Endpoint) CloseTimer() {
	if e.state == Closed {
		return
	}
	e.log(LogRow{Kind: LogCloseEnd})
	e.StartClose(0, "")
}

// WaitOver notes that the wait named tag ended, and reports whether the
// connection is still open, so that the script continues.
func (e *Endpoint) WaitOver(tag string) bool {
	if e.state != Closed {
		e.log(LogRow{Kind: LogWaitEnd, Tag: tag})
	}
	if tag == "" {
		return e.state != Closed
	}
	if e.state != Open {
		return false
	}
	e.observe(Observation{Kind: StillOpen, Tag: tag})
	return true
}

// OpenTimeout notes that the peer did not complete the opening handshake.
func (e *Endpoint) OpenTimeout() {
	e.rec.WasOpenHandshakeTimeout = true
	e.rec.WasNotCleanReason = "peer did not finish (in time) the opening handshake"
	e.dropTCP(DropAbort)
}

// CloseTimeout notes that the peer did not answer our close frame.
func (e *Endpoint) CloseTimeout() {
	if e.state == Closed {
		return
	}
	e.rec.WasClean = false
	e.rec.WasNotCleanReason = "peer did not respond (in time) in closing handshake"
	e.rec.WasCloseHandshakeTimeout = true
	e.dropTCP(DropAbort)
}

// DropTimeout notes that the peer, a server, did not drop TCP after the closing
// handshake that we had started.
func (e *Endpoint) DropTimeout() {
	if e.state == Closed {
		return
	}
	e.rec.WasClean = false
	e.rec.WasNotCleanReason = "server did not drop TCP connection (in time)"
	e.rec.WasServerConnectionDropTimeout = true
	e.dropTCP(DropAbort)
}

// Abandon drops TCP without an opinion: the run was stopped.
func (e *Endpoint) Abandon() { e.dropTCP(DropAbort) }

// Received takes octets that the peer sent after the opening handshake; they
// may be counted and logged before it by [Endpoint.ReceivedOctets].
func (e *Endpoint) Received(data []byte) {
	if e.state == Closed || e.state == Connecting {
		return
	}
	e.parser.Feed(data)
	for e.state != Closed {
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

// ReceivedOctets counts and logs octets that were read in one go.
func (e *Endpoint) ReceivedOctets(data []byte) {
	if e.opts.Bare {
		return
	}
	e.rec.RxOctets[len(data)]++
	if e.state == Connecting {
		e.traffic.PreopenIn += len(data)
	} else if e.state == Open {
		e.traffic.In.OctetsWire += len(data)
	}
	if e.logging {
		e.log(LogRow{Kind: LogRxOctets, Len: len(data), Data: head(data)})
	}
}

// header checks a frame header as Autobahn|Testsuite does. After a violation
// the frame is processed all the same, and a second violation drops TCP.
func (e *Endpoint) header(h wsproto.Header) {
	deflate := e.opts.Deflate != nil
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
	if e.state == Closed {
		return
	}
	if h.Length > 1<<63-1 {
		e.violation("invalid data frame length (>2^63)")
	}
	if !h.Minimal() {
		e.violation("invalid data frame length (not using minimal length encoding)")
	}
	if e.state == Closed {
		return
	}
	e.frameLog, e.frameLen = e.frameLog[:0], 0
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
		e.message, e.messageLen = e.message[:0], 0
		e.echoOK = e.echo.Active
	}
}

func (e *Endpoint) payload(h wsproto.Header, data []byte) {
	if n := MaxLogged - len(e.frameLog); n > 0 && e.logging {
		e.frameLog = append(e.frameLog, data[:min(n, len(data))]...)
	}
	e.frameLen += len(data)
	if h.Opcode.IsControl() {
		if n := maxKeptControl - len(e.control); n > 0 {
			e.control = append(e.control, data[:min(n, len(data))]...)
		}
		return
	}
	e.traffic.In.OctetsWebSocket += len(data)
	if e.compressed {
		data = e.inflate(data, false)
	}
	e.text(data)
}

// inflate decompresses the next piece of a message. What cannot be decompressed
// drops TCP, as an exception does in Autobahn|Testsuite.
func (e *Endpoint) inflate(data []byte, final bool) []byte {
	var err error
	e.scratch, err = e.opts.Deflate.Inflate(e.scratch[:0], data, final)
	if err != nil && !e.opts.Lenient && e.state != Closed {
		e.violated = true
		e.state, e.drop = Closed, DropFlush
	}
	return e.scratch
}

// text takes message octets after decompression.
func (e *Endpoint) text(data []byte) {
	e.traffic.In.OctetsApp += len(data)
	if e.checkUTF8 {
		// Autobahn|Testsuite continues with a message that it has rejected: each
		// further piece of it is one more violation.
		if at, ok := e.utf8.Write(data); !ok && !e.opts.Lenient {
			e.fail(wsproto.CloseInvalidPayload, fmt.Sprintf("encountered invalid UTF-8 while processing text message at payload octet index %d", e.messageLen+at))
		}
	}
	if e.echo.Active {
		if e.echoOK {
			e.echoOK = e.messageLen+len(data) <= e.echo.Len && e.echo.Equal(e.messageLen, data)
		}
	} else if n := min(maxKeptMessage-len(e.message), maxKeptTotal-e.kept, len(data)); n > 0 && !e.opts.Bare {
		e.message = append(e.message, data[:n]...)
		e.kept += n
	}
	e.messageLen += len(data)
}

func (e *Endpoint) frameEnd(h wsproto.Header) {
	e.rxFrames++
	if !e.opts.Bare {
		e.rec.RxFrames[h.Opcode]++
	}
	if e.logging {
		header := h
		e.log(LogRow{Kind: LogRxFrame, Len: e.frameLen, Data: head(e.frameLog), Header: &header})
	}
	if h.Opcode.IsControl() {
		e.controlEnd(h)
		return
	}
	e.traffic.In.Frames++
	if !h.Fin {
		return
	}
	if e.compressed {
		e.text(e.inflate(nil, true))
		if e.state == Closed {
			return
		}
	}
	if e.checkUTF8 && !e.utf8.Complete() && !e.opts.Lenient {
		e.fail(wsproto.CloseInvalidPayload, fmt.Sprintf("UTF-8 text message payload ended within Unicode code point at payload octet index %d", e.messageLen))
	}
	e.inMessage = false
	e.traffic.In.Messages++
	if !e.rec.FailedByMe {
		e.messageEnd()
	}
}

func (e *Endpoint) messageEnd() {
	e.counts[oracle.AwaitMessage]++
	if e.echo.Active {
		e.echoEnd()
		return
	}
	if e.opts.Bare {
		return
	}
	e.observe(Observation{Kind: Message, Binary: e.binary, Payload: oracle.Payload{Data: bytes.Clone(e.message), Len: keptLen(e.message, e.messageLen)}})
}

// keptLen is the length that an observation states: 0, meaning that of the
// octets themselves, unless some were not kept.
func keptLen(kept []byte, n int) int {
	if n == len(kept) {
		return 0
	}
	return n
}

func (e *Endpoint) echoEnd() {
	same := e.binary == e.echo.Binary && e.messageLen == e.echo.Len && e.echoOK
	single := e.exp == nil || e.exp.Check == CheckEcho
	e.echo.Active = false
	e.echoWrong = e.echoWrong || !same
	switch {
	case same && !e.echo.Last:
		e.echoes++
		return
	case same && single:
		e.echoes++
		e.behavior = OK
		e.result = fmt.Sprintf("Received %s message of length %d.", typeName(e.binary), e.messageLen)
	case same:
		e.echoes++
		e.behavior = OK
		e.result = "Ok, received all echo'ed messages in time."
		if e.exp.ReportRatios {
			traffic := e.traffic
			e.rec.Traffic = &traffic
		}
	case single && e.binary != e.echo.Binary:
		e.result = fmt.Sprintf("Expected %s message with payload, but got %s.", typeName(e.echo.Binary), typeName(e.binary))
	case single && e.messageLen != e.echo.Len:
		e.result = fmt.Sprintf("Expected %s message with payload of length %d, but got %d.", typeName(e.echo.Binary), e.echo.Len, e.messageLen)
	case e.binary != e.echo.Binary || e.messageLen != e.echo.Len:
		e.behavior = Failed
		e.result = fmt.Sprintf("Echo'ed message type or length differs from what I sent (got binary = %s, payload length = %d).", pyBool(e.binary), e.messageLen)
	default:
		e.behavior = Failed
		e.result = "Echo'ed message has the length of what I sent, but other content."
	}
	if single {
		e.logging = true
	} else {
		e.SetLogging(true)
	}
	e.StartClose(wsproto.CloseNormal, "")
}

func typeName(binary bool) string {
	if binary {
		return "binary"
	}
	return "text"
}

func pyBool(b bool) string {
	if b {
		return "True"
	}
	return "False"
}

func (e *Endpoint) controlEnd(h wsproto.Header) {
	switch h.Opcode {
	case wsproto.OpClose:
		e.counts[oracle.AwaitClose]++
		e.closeFrame()
	case wsproto.OpPing:
		e.counts[oracle.AwaitPing]++
		for i := 0; i < max(1, e.pongs) && e.state == Open; i++ {
			e.push(wsproto.NewFrame(wsproto.OpPong, true, bytes.Clone(e.control[:min(len(e.control), 125)])))
		}
	case wsproto.OpPong:
		if e.probeAnswer(e.control) {
			return
		}
		e.counts[oracle.AwaitPong]++
		if e.opts.Bare {
			return
		}
		e.observe(Observation{Kind: Pong, Payload: oracle.Payload{Data: bytes.Clone(e.control)}})
	}
}

// AnswerPings has each ping from now on answered by n pongs, at most
// [bounds.Pongs].
func (e *Endpoint) AnswerPings(n int) { e.pongs = min(n, bounds.Pongs) }

// probeAnswer reports whether a pong answers the probe. While a probe is out, a
// pong that answers none of the script's pings is taken for a bad answer to it,
// once there are as many pongs as the script has pings.
func (e *Endpoint) probeAnswer(payload []byte) bool {
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

// closeFrame acts on a close frame (RFC 6455 5.5.1, 7.1).
func (e *Endpoint) closeFrame() {
	p, ok := wsproto.ParseClose(e.control)
	if !ok {
		p = wsproto.ClosePayload{}
	}
	p.Reason = bytes.Clone(p.Reason)
	e.rec.Remote = &p
	e.remoteClose = true
	if p.HasCode && !acceptedCode(p.Code) {
		e.violation(fmt.Sprintf("invalid close code %d", uint16(p.Code)))
	}
	if !utf8.Valid(p.Reason) && !e.opts.Lenient {
		// Here Autobahn|Testsuite stumbles, after its close frame, and TCP is
		// dropped without either side being held to have done it.
		e.fail(wsproto.CloseInvalidPayload, "invalid close reason (non-UTF-8 payload)")
		e.state, e.drop = Closed, DropFlush
		e.rec.Remote.Reason = nil
		return
	}
	switch e.state {
	case Closing:
		e.rec.WasClean = true
		if e.role == wsproto.Server {
			e.dropTCP(DropAbort)
		}
	case Open:
		e.rec.WasClean = true
		e.sendClose(wsproto.CloseNormal, "", true)
		if e.role == wsproto.Server {
			e.dropTCP(DropFlush)
		}
	case Closed:
		e.rec.WasClean = false
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

func (e *Endpoint) observe(o Observation) {
	if e.opts.Bare {
		return
	}
	if len(e.rec.Received) < maxObservations {
		e.rec.Received = append(e.rec.Received, o)
	}
	if e.exp == nil || o.Kind == StillOpen {
		return
	}
	if e.exp.Check != CheckLists {
		e.StartClose(wsproto.CloseNormal, "") // nothing is listed, so that any pong is all there is to get
		return
	}
	for _, want := range e.exp.Outcomes {
		if !equalObservations(e.rec.Received, want.Observed) {
			return
		}
	}
	if e.exp.CloseByUs && !e.exp.NoCloseWhenDone {
		e.StartClose(e.exp.CloseCodes[0], "")
	}
}
