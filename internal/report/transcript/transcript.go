// Package transcript takes the trace of a conversation apart into frames, and shows
// it as lines. [Clip] bounds what a report keeps of a result.
package transcript

import (
	"github.com/wscheck/wscheck/internal/h2frame"
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

// EventText is what an event without octets says, and how it looks.
func EventText(ev *oracle.Event) (text string, t report.Tone) {
	tag := visible.Text(ev.Tag, 200)
	with := func(s string) string {
		if tag == "" {
			return s
		}
		return s + ": " + tag
	}
	switch ev.Kind {
	case oracle.EventFrameSent, oracle.EventFrameReceived:
		return frameText(ev), report.ToneSkip
	case oracle.EventTimer:
		if tag == "" {
			return "wait is over", report.ToneSkip
		}
		return "wait " + tag + " is over", report.ToneSkip
	case oracle.EventQuiet:
		return "peer has read everything and has nothing to do", report.ToneSkip
	case oracle.EventStoppedReading:
		return "we stop reading", report.ToneInfo
	case oracle.EventReading:
		return "we go on reading", report.ToneInfo
	case oracle.EventSentEOF:
		return "end of our stream (FIN)", report.ToneInfo
	case oracle.EventReceivedEOF:
		return "end of the peer’s stream (FIN)", report.ToneInfo
	case oracle.EventReceivedReset:
		return "connection reset by the peer (RST)", report.ToneNote
	case oracle.EventSentReset:
		return "connection reset by us (RST)", report.ToneNote
	case oracle.EventClosed:
		return with("connection closed by us"), report.ToneInfo
	case oracle.EventSendFailed:
		return with("octets could not be written"), report.ToneNote
	case oracle.EventPeerDied:
		return with("peer died"), report.ToneFail
	case oracle.EventPeerHung:
		return with("peer hangs"), report.ToneFail
	case oracle.EventPeerBloated:
		return with("peer took memory out of proportion"), report.ToneFail
	case oracle.EventPeerToiled:
		return with("peer worked out of proportion"), report.ToneFail
	case oracle.EventPeerKept:
		return with("peer kept memory of connections that are over"), report.ToneFail
	case oracle.EventPeerMixed:
		return with("peer sent what came on another connection"), report.ToneFail
	case oracle.EventKeyAgain:
		return with("peer sent the key of another connection"), report.ToneFail
	case oracle.EventMaskZero:
		return with("peer masked with the key 0 again"), report.ToneFail
	case oracle.EventOverflow:
		return with("peer sends without end; the rest was not read"), report.ToneFail
	}
	return with(ev.Kind.String()), report.ToneSkip
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

// Telling reports whether a frame of HTTP/2 says more than the stream that it
// carries.
func Telling(ev *oracle.Event) bool {
	f, ok := h2frame.Parse(ev.Data)
	return !ok || f.Telling()
}
