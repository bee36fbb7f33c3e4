package report

import (
	"strconv"
	"time"

	"github.com/wscheck/wscheck/internal/h2frame"
	"github.com/wscheck/wscheck/internal/plural"
	"github.com/wscheck/wscheck/oracle"
	"github.com/wscheck/wscheck/wsproto"
)

// conversation is a trace taken apart: what every view of it is made from.
type conversation struct {
	moments        []moment
	sent, received *stream
}

// moment is one event of a trace and the pieces that its octets make.
type moment struct {
	index  int // into Trace.Events
	event  *oracle.Event
	pieces []piece // EventSent and EventReceived
}

// newConversation takes the trace apart. Events that mark the script's steps are
// left out: they are no part of what happened on the wire.
func newConversation(t *oracle.Trace) *conversation {
	c := &conversation{
		sent:     &stream{response: t.Role == wsproto.Server, opcodes: map[wsproto.Opcode]int{}},
		received: &stream{response: t.Role == wsproto.Client, opcodes: map[wsproto.Opcode]int{}},
	}
	c.sent.http2, c.received.http2 = t.Carrier == oracle.HTTP2, t.Carrier == oracle.HTTP2
	c.moments = make([]moment, 0, len(t.Events))
	for i := range t.Events {
		ev := &t.Events[i]
		m := moment{index: i, event: ev}
		switch ev.Kind {
		case oracle.EventStep:
			continue
		case oracle.EventSent:
			m.pieces = c.sent.feed(ev.Data, max(ev.N, len(ev.Data)))
		case oracle.EventReceived:
			m.pieces = c.received.feed(ev.Data, max(ev.N, len(ev.Data)))
		}
		c.moments = append(c.moments, m)
	}
	return c
}

// span is a duration for people: three digits that count, and a unit.
func span(d time.Duration) string {
	for _, u := range []struct {
		size time.Duration
		name string
	}{{time.Second, "s"}, {time.Millisecond, "ms"}, {time.Microsecond, "µs"}} {
		if d < u.size {
			continue
		}
		n := float64(d) / float64(u.size)
		decimals := 0
		switch {
		case d%u.size == 0 || n >= 100:
		case n < 10:
			decimals = 2
		default:
			decimals = 1
		}
		return strconv.FormatFloat(n, 'f', decimals, 64) + " " + u.name
	}
	return strconv.FormatInt(d.Nanoseconds(), 10) + " ns"
}

// eventText is what an event without octets says, and how it looks.
func eventText(ev *oracle.Event) (text string, t tone) {
	tag := visible(ev.Tag, 200)
	with := func(s string) string {
		if tag == "" {
			return s
		}
		return s + ": " + tag
	}
	switch ev.Kind {
	case oracle.EventFrameSent, oracle.EventFrameReceived:
		return frameText(ev), toneSkip
	case oracle.EventTimer:
		if tag == "" {
			return "wait is over", toneSkip
		}
		return "wait " + tag + " is over", toneSkip
	case oracle.EventQuiet:
		return "peer has read everything and has nothing to do", toneSkip
	case oracle.EventStoppedReading:
		return "we stop reading", toneInfo
	case oracle.EventReading:
		return "we go on reading", toneInfo
	case oracle.EventSentEOF:
		return "end of our stream (FIN)", toneInfo
	case oracle.EventReceivedEOF:
		return "end of the peer’s stream (FIN)", toneInfo
	case oracle.EventReceivedReset:
		return "connection reset by the peer (RST)", toneNote
	case oracle.EventSentReset:
		return "connection reset by us (RST)", toneNote
	case oracle.EventClosed:
		return with("connection closed by us"), toneInfo
	case oracle.EventSendFailed:
		return with("octets could not be written"), toneNote
	case oracle.EventPeerDied:
		return with("peer died"), toneFail
	case oracle.EventPeerHung:
		return with("peer hangs"), toneFail
	case oracle.EventPeerBloated:
		return with("peer took memory out of proportion"), toneFail
	case oracle.EventPeerToiled:
		return with("peer worked out of proportion"), toneFail
	case oracle.EventPeerKept:
		return with("peer kept memory of connections that are over"), toneFail
	case oracle.EventPeerMixed:
		return with("peer sent what came on another connection"), toneFail
	case oracle.EventOverflow:
		return with("peer sends without end; the rest was not read"), toneFail
	}
	return with(ev.Kind.String()), toneSkip
}

// frameText is a frame of HTTP/2 in one line.
func frameText(ev *oracle.Event) string {
	arrow := "→"
	if ev.Kind == oracle.EventFrameReceived {
		arrow = "←"
	}
	f, ok := h2frame.Parse(ev.Data)
	if !ok {
		return "HTTP/2 " + arrow + " " + plural.Of(len(ev.Data), "octet") + " that are no frame"
	}
	return "HTTP/2 " + arrow + " " + f.String()
}

// telling reports whether a frame of HTTP/2 says more than the stream that it
// carries.
func telling(ev *oracle.Event) bool {
	f, ok := h2frame.Parse(ev.Data)
	return !ok || f.Telling()
}
