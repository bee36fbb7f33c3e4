// Package transcript takes the trace of a conversation apart into frames, and shows
// it as lines. [Clip] bounds what a report keeps of a result.
package transcript

import (
	"github.com/wscheck/wscheck/internal/h2frame"
	"github.com/wscheck/wscheck/internal/keepalive"
	"github.com/wscheck/wscheck/internal/plural"
	"github.com/wscheck/wscheck/internal/report"
	"github.com/wscheck/wscheck/internal/visible"
	"github.com/wscheck/wscheck/oracle"
	"github.com/wscheck/wscheck/wsproto"
)

// Transcript is a trace taken apart: what every view of it is made from.
type Transcript struct {
	Moments        []moment
	Sent, Received *Stream
}

// moment is one event of a trace and the pieces that its octets make.
type moment struct {
	Index  int // into Trace.Events
	Event  *oracle.Event
	Pieces []Piece // EventSent and EventReceived
}

// New takes the trace apart. Events that mark the script's steps are
// left out: they did not happen on the wire.
func New(t *oracle.Trace) *Transcript {
	c := &Transcript{
		Sent:     &Stream{response: t.Role == wsproto.Server, Opcodes: map[wsproto.Opcode]int{}},
		Received: &Stream{response: t.Role == wsproto.Client, Opcodes: map[wsproto.Opcode]int{}},
	}
	c.Sent.http2, c.Received.http2 = t.Carrier == oracle.HTTP2, t.Carrier == oracle.HTTP2
	if t.Carrier == oracle.HTTP1 && t.Role == wsproto.Client {
		c.Sent.before, c.Received.before = earlier(t)
	}
	c.Moments = make([]moment, 0, len(t.Events))
	for i := range t.Events {
		ev := &t.Events[i]
		m := moment{Index: i, Event: ev}
		switch ev.Kind {
		case oracle.EventStep:
			continue
		case oracle.EventSent:
			m.Pieces = c.Sent.feed(ev.Data, max(ev.N, len(ev.Data)))
		case oracle.EventReceived:
			m.Pieces = c.Received.feed(ev.Data, max(ev.N, len(ev.Data)))
		}
		c.Moments = append(c.Moments, m)
	}
	return c
}

// earlier returns how many octets that we, as the client, sent and received are requests before
// the opening handshake, and the responses to them.
func earlier(t *oracle.Trace) (sent, received int) {
	ours, whole := t.Octets(oracle.EventSent)
	theirs, also := t.Octets(oracle.EventReceived)
	if !whole || !also {
		return 0, 0
	}
	return keepalive.Before(ours, theirs)
}

// eventTexts are what events say, before their tag if there is one.
var eventTexts = map[oracle.EventKind]report.Label{
	oracle.EventQuiet:          {Text: "peer has read everything and has nothing to do", Tone: report.ToneSkip},
	oracle.EventStoppedReading: {Text: "we stop reading", Tone: report.ToneInfo},
	oracle.EventReading:        {Text: "we read again", Tone: report.ToneInfo},
	oracle.EventSentEOF:        {Text: "end of our stream (FIN)", Tone: report.ToneInfo},
	oracle.EventReceivedEOF:    {Text: "end of the peer’s stream (FIN)", Tone: report.ToneInfo},
	oracle.EventReceivedReset:  {Text: "connection reset by the peer (RST)", Tone: report.ToneNote},
	oracle.EventSentReset:      {Text: "connection reset by us (RST)", Tone: report.ToneNote},
	oracle.EventClosed:         {Text: "connection closed by us", Tone: report.ToneInfo},
	oracle.EventSendFailed:     {Text: "octets could not be written", Tone: report.ToneNote},
	oracle.EventPeerDied:       {Text: "peer died", Tone: report.ToneFail},
	oracle.EventPeerHung:       {Text: "peer hangs", Tone: report.ToneFail},
	oracle.EventPeerBloated:    {Text: "peer took memory out of proportion", Tone: report.ToneFail},
	oracle.EventPeerToiled:     {Text: "peer worked out of proportion", Tone: report.ToneFail},
	oracle.EventPeerKept:       {Text: "peer kept memory of connections that are over", Tone: report.ToneFail},
	oracle.EventPeerMixed:      {Text: "peer sent what came on another connection", Tone: report.ToneFail},
	oracle.EventKeyAgain:       {Text: "peer sent a Sec-WebSocket-Key that is not random", Tone: report.ToneFail},
	oracle.EventMaskWeak:       {Text: "peer masked with keys that are not random", Tone: report.ToneFail},
	oracle.EventOverflow:       {Text: "peer sends without end; the rest was not read", Tone: report.ToneFail},
}

// EventText is what an event without octets says, and how it looks.
func EventText(ev *oracle.Event) (text string, t report.Tone) {
	tag := visible.Text(ev.Tag, 200)
	l, ok := eventTexts[ev.Kind]
	switch {
	case ev.Kind == oracle.EventFrameSent, ev.Kind == oracle.EventFrameReceived:
		return frameText(ev), report.ToneSkip
	case ev.Kind == oracle.EventTimer && tag != "":
		return "wait " + tag + " is over", report.ToneSkip
	case ev.Kind == oracle.EventTimer:
		return "wait is over", report.ToneSkip
	case !ok:
		l = report.Label{Text: ev.Kind.String(), Tone: report.ToneSkip}
	}
	if tag != "" {
		l.Text += ": " + tag
	}
	return l.Text, l.Tone
}

// frameText is a frame of HTTP/2 in one line.
func frameText(ev *oracle.Event) string {
	arrow := "→"
	if ev.Kind == oracle.EventFrameReceived {
		arrow = "←"
	}
	f, ok := h2frame.Parse(ev.Data)
	if !ok {
		return "HTTP/2 " + arrow + " " + plural.Of(len(ev.Data), "octet") + " that are not a frame"
	}
	return "HTTP/2 " + arrow + " " + f.String()
}

// Notable reports whether a frame of HTTP/2 says more than the stream that it
// carries.
func Notable(ev *oracle.Event) bool {
	f, ok := h2frame.Parse(ev.Data)
	return !ok || f.Notable()
}
