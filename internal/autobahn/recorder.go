package autobahn

import (
	"bytes"
	"fmt"
	"slices"
	"sync"

	"github.com/wscheck/wscheck/oracle"
	"github.com/wscheck/wscheck/wsproto"
)

// Limits on what a record keeps of a peer's octets.
const (
	maxKeptMessage  = 1 << 20 // octets of one message; longer ones are only counted
	maxKeptTotal    = 8 << 20 // octets of all messages of a connection
	maxObservations = 4096    // messages, pings and pongs that are listed
	maxWirelog      = 20000   // rows

	maxScratch = 128 << 10 // octets of a buffer that is used again
)

// Recorder keeps the record of one connection: it takes what our side sends and
// what the peer sends, and makes both verdicts at the end. What our side does it
// leaves to its owner, which may ask whether the case has what it waits for.
//
// A nil Recorder keeps nothing, and knows of no case. A Recorder is not safe for
// concurrent use.
type Recorder struct {
	role wsproto.Role // ours
	exp  *Expectation
	rec  Record

	closing bool // a close frame of ours was sent
	logging bool
	done    bool // the case has what it waits for
	kept    int  // octets of all messages
	message []byte
	frame   []byte // the beginning of a frame's payload
	size    int    // of that payload
	traffic Traffic

	echo      Echo
	awaited   bool // the echo is
	same      bool // the message is the echo so far
	echoes    int  // messages that were echoes of what was sent
	echoWrong bool
}

// Echo is the message whose echo is awaited: its type, its length, and a
// comparison of the octets that came back at an offset.
type Echo struct {
	Binary bool
	Len    int
	Equal  func(offset int, got []byte) bool
	Last   bool // no message follows this one
}

// NewRecorder returns the recorder of a connection on which our side has that
// role.
func NewRecorder(role wsproto.Role, exp *Expectation) *Recorder {
	return &Recorder{role: role, exp: exp, logging: true, rec: Record{
		Behavior: Failed, Result: "Actual events differ from any expected.",
		RxOctets: map[int]int{}, TxOctets: map[int]int{},
		RxFrames: map[wsproto.Opcode]int{}, TxFrames: map[wsproto.Opcode]int{},
	}}
}

// Unplayed returns the record of a case for which there was no connection.
func Unplayed(role wsproto.Role, exp *Expectation, reason string) *Record {
	r := NewRecorder(role, exp)
	r.End(Ending{WasNotCleanReason: reason})
	return r.Record()
}

// Record returns the record so far. It has its verdicts after [Recorder.End].
func (r *Recorder) Record() *Record { return &r.rec }

// Handshake notes the octets of the opening handshake, complete or not.
func (r *Recorder) Handshake(request, response []byte) {
	if r != nil {
		r.rec.HTTPRequest, r.rec.HTTPResponse = bytes.Clone(request), bytes.Clone(response)
	}
}

// Opened notes that the opening handshake is complete, with permessage-deflate
// or without.
func (r *Recorder) Opened(deflate bool) {
	if r == nil {
		return
	}
	r.rec.WasOpen = true
	switch r.exp.Check {
	case CheckEcho:
		r.logging = false
		r.rec.Result = fmt.Sprintf("Did not receive message within %d seconds.", int(r.exp.Timeout.Seconds()))
	case CheckLoop:
		r.setLogging(false)
		if r.exp.Deflate && !deflate {
			r.rec.Behavior, r.done = Unimplemented, true
			return
		}
		r.rec.Result = fmt.Sprintf("Case did not finish within %d seconds.", int(r.exp.Timeout.Seconds()))
	}
}

// Closing notes that our side sends a close frame.
func (r *Recorder) Closing() {
	if r != nil {
		r.closing = true
	}
}

// SentOctets counts and logs octets that were written in one go.
func (r *Recorder) SentOctets(data []byte, n int, sync bool) {
	if r == nil {
		return
	}
	r.rec.TxOctets[n]++
	if !r.rec.WasOpen {
		r.traffic.PreopenOut += n
	} else if !r.closing {
		r.traffic.Out.OctetsWire += n
	}
	if r.logging {
		r.Log(LogRow{Kind: LogTxOctets, Len: n, Data: head(data), Sync: sync})
	}
}

// SentFrame counts and logs a frame that is about to be written. Where its payload
// is a repetition, unit is the length of what is repeated, else 0. Of a payload
// of size octets that is written piece by piece, at least the unit is given.
func (r *Recorder) SentFrame(h wsproto.Header, payload []byte, size, unit, chop int, sync bool) {
	if r == nil {
		return
	}
	r.rec.TxFrames[h.Opcode]++
	if h.Opcode.IsData() {
		r.traffic.Out.Frames++
	}
	if !r.logging {
		return
	}
	header := h // so that nothing is allocated where nothing is kept
	row := LogRow{Kind: LogTxFrame, Len: size, Header: &header, Chop: chop, Sync: sync}
	if unit > 0 {
		payload = payload[:min(unit, len(payload))]
		row.Len, row.Repeat = len(payload), size
	}
	row.Data = head(payload)
	r.Log(row)
}

// SentMessage counts a message that is about to be written: its octets, and
// those of its payload after compression.
func (r *Recorder) SentMessage(octets, payload int) {
	if r == nil {
		return
	}
	r.traffic.Out.Messages++
	r.traffic.Out.OctetsApp += octets
	r.traffic.Out.OctetsWebSocket += payload
}

// ReceivedOctets counts and logs octets that were read in one go.
func (r *Recorder) ReceivedOctets(data []byte) {
	if r == nil {
		return
	}
	r.rec.RxOctets[len(data)]++
	if !r.rec.WasOpen {
		r.traffic.PreopenIn += len(data)
	} else if !r.closing {
		r.traffic.In.OctetsWire += len(data)
	}
	if r.logging {
		r.Log(LogRow{Kind: LogRxOctets, Len: len(data), Data: head(data)})
	}
}

// Payload takes the next octets of a received frame's payload.
func (r *Recorder) Payload(op wsproto.Opcode, data []byte) {
	if r == nil {
		return
	}
	if n := MaxLogged - len(r.frame); n > 0 && r.logging {
		r.frame = append(r.frame, data[:min(n, len(data))]...)
	}
	r.size += len(data)
	if !op.IsControl() {
		r.traffic.In.OctetsWebSocket += len(data)
	}
}

// FrameEnds counts and logs a received frame, whose payload is complete.
func (r *Recorder) FrameEnds(h wsproto.Header) {
	if r == nil {
		return
	}
	r.rec.RxFrames[h.Opcode]++
	if !h.Opcode.IsControl() {
		r.traffic.In.Frames++
	}
	if r.logging {
		header := h
		r.Log(LogRow{Kind: LogRxFrame, Len: r.size, Data: head(r.frame), Header: &header})
	}
	r.frame, r.size = r.frame[:0], 0
}

// messages are buffers for messages that are received.
var messages = sync.Pool{New: func() any { return new([]byte) }}

// MessageBegins notes the first frame of a message.
func (r *Recorder) MessageBegins() {
	if r == nil {
		return
	}
	if r.message == nil {
		r.message = *messages.Get().(*[]byte)
	}
	r.message, r.same = r.message[:0], r.awaited
}

// MessageData takes the octets of a message at an offset, after decompression.
func (r *Recorder) MessageData(offset int, data []byte) {
	if r == nil {
		return
	}
	r.traffic.In.OctetsApp += len(data)
	if r.awaited {
		r.same = r.same && offset+len(data) <= r.echo.Len && r.echo.Equal(offset, data)
	} else if n := min(maxKeptMessage-len(r.message), maxKeptTotal-r.kept, len(data)); n > 0 {
		r.message = append(r.message, data[:n]...)
		r.kept += n
	}
}

// MessageEnds notes that a message of that size is complete.
func (r *Recorder) MessageEnds(binary bool, size int) {
	if r == nil {
		return
	}
	r.traffic.In.Messages++
	if r.awaited {
		r.echoEnds(binary, size)
		return
	}
	o := Observation{Kind: Message, Binary: binary, Payload: oracle.Payload{Data: bytes.Clone(r.message)}}
	if size != len(r.message) {
		o.Payload.Len = size // not all of it was kept
	}
	r.Observe(o)
}

// echoEnds compares the message that ends with the echo that is awaited.
func (r *Recorder) echoEnds(binary bool, size int) {
	rec, want := &r.rec, &r.echo
	same := binary == want.Binary && size == want.Len && r.same
	single := r.exp.Check == CheckEcho
	r.awaited = false
	r.echoWrong = r.echoWrong || !same
	if same {
		r.echoes++
	}
	switch {
	case same && !want.Last:
		return
	case same && single:
		rec.Behavior = OK
		rec.Result = fmt.Sprintf("Received %s message of length %d.", typeName(binary), size)
	case same:
		rec.Behavior = OK
		rec.Result = "Ok, received all echo'ed messages in time."
		if r.exp.ReportRatios {
			traffic := r.traffic
			rec.Traffic = &traffic
		}
	case single && binary != want.Binary:
		rec.Result = fmt.Sprintf("Expected %s message with payload, but got %s.", typeName(want.Binary), typeName(binary))
	case single && size != want.Len:
		rec.Result = fmt.Sprintf("Expected %s message with payload of length %d, but got %d.", typeName(want.Binary), want.Len, size)
	case binary != want.Binary || size != want.Len:
		rec.Behavior = Failed
		rec.Result = fmt.Sprintf("Echo'ed message type or length differs from what I sent (got binary = %s, payload length = %d).", pyBool(binary), size)
	default:
		rec.Behavior = Failed
		rec.Result = "Echo'ed message has the length of what I sent, but other content."
	}
	if single {
		r.logging = true
	} else {
		r.setLogging(true)
	}
	r.done = true
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

// Observe adds to the list of what was received.
func (r *Recorder) Observe(o Observation) {
	if r == nil {
		return
	}
	if len(r.rec.Received) < maxObservations {
		r.rec.Received = append(r.rec.Received, o)
	}
	switch {
	case o.Kind == StillOpen:
	case r.exp.Check != CheckLists:
		r.done = true // nothing is listed, so that any pong is all there is to get
	case r.exp.CloseByUs && !r.exp.NoCloseWhenDone:
		r.done = !slices.ContainsFunc(r.exp.Outcomes, func(want Outcome) bool {
			return !equalObservations(r.rec.Received, want.Observed)
		})
	}
}

// Done reports whether the case has what it waits for, so that our side closes,
// with that code.
func (r *Recorder) Done() (code wsproto.CloseCode, done bool) {
	switch {
	case r == nil || !r.done:
		return 0, false
	case r.exp.Check != CheckLists:
		return wsproto.CloseNormal, true
	}
	return r.exp.CloseCodes[0], true
}

// Hopeful reports whether what was received is a proper beginning of one of
// the expected lists, so that an answer of the peer is still to come.
func (r *Recorder) Hopeful() bool {
	if r == nil || r.exp.Check != CheckLists {
		return r != nil && r.awaited
	}
	return slices.ContainsFunc(r.exp.Outcomes, func(o Outcome) bool {
		return len(r.rec.Received) < len(o.Observed) && r.begins(o)
	})
}

// Hopeless reports whether the peer has sent something with which no outcome of the
// case can be reached any more, however long it is waited for.
func (r *Recorder) Hopeless() bool {
	if r == nil || r.exp.Check != CheckLists {
		return r != nil && r.echoWrong
	}
	return !slices.ContainsFunc(r.exp.Outcomes, r.begins)
}

// begins reports whether what was received is the beginning of an outcome.
func (r *Recorder) begins(o Outcome) bool {
	n := len(r.rec.Received)
	return n <= len(o.Observed) && equalObservations(r.rec.Received, o.Observed[:n])
}

// ExpectEcho sets the message whose echo decides the case (CheckEcho and
// CheckLoop).
func (r *Recorder) ExpectEcho(echo Echo) { r.echo, r.awaited, r.same = echo, true, true }

// EchoWrong reports whether a message came back other than it was sent.
func (r *Recorder) EchoWrong() bool { return r != nil && r.echoWrong }

// Echoes returns how many messages came back as they were sent.
func (r *Recorder) Echoes() int { return r.echoes }

// setLogging switches the log of octets and frames on or off.
func (r *Recorder) setLogging(on bool) {
	if on != r.logging {
		r.logging = on
		r.Log(LogRow{Kind: LogSwitched, On: on})
	}
}

// Log adds a row to the wire log.
func (r *Recorder) Log(row LogRow) {
	if r != nil && len(r.rec.Wirelog) < maxWirelog {
		r.rec.Wirelog = append(r.rec.Wirelog, row)
	}
}

func head(b []byte) []byte { return bytes.Clone(b[:min(len(b), MaxLogged)]) }
