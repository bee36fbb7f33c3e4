package oracle

import (
	"time"

	"github.com/wscheck/wscheck/internal/notation"
	"github.com/wscheck/wscheck/wsproto"
)

// EventKind says what an [Event] of a trace is.
type EventKind uint8

// The events of a conversation. "We" are the testing side, "the peer" is the
// implementation under test.
const (
	// EventSent: we wrote Data to the connection.
	EventSent EventKind = iota
	// EventReceived: we read Data from the connection.
	EventReceived
	// EventStep: the script's step number Step begins.
	EventStep
	// EventTimer: the wait that Tag names was over; what the peer had to say
	// by then stands before this event.
	EventTimer
	// EventQuiet: it is known, not guessed, that the peer has read all that we
	// sent and does nothing more until it gets more octets or time passes.
	EventQuiet
	// EventSentEOF: we shut down our sending direction (a FIN).
	EventSentEOF
	// EventReceivedEOF: the peer shut down its sending direction.
	EventReceivedEOF
	// EventReceivedReset: the connection was reset by the peer. Tag is what the system says. Without
	// one, nothing that the peer sent before is lost, as in memory.
	EventReceivedReset
	// EventClosed: we closed the connection in both directions.
	EventClosed
	// EventSentReset: we reset the connection.
	EventSentReset
	// EventSendFailed: octets could not be written, because the peer had
	// closed or because it did not read them in time (Tag says which, see [Unread]).
	EventSendFailed
	// EventPeerDied: the peer's process ended, or its goroutine panicked; Tag
	// is the reason and Data what it printed.
	EventPeerDied
	// EventPeerHung: the peer was still running when it had to be done; Data
	// holds the stacks of its goroutines, where they are known.
	EventPeerHung
	// EventPeerBloated: the peer took memory out of all proportion; Tag says
	// how much.
	EventPeerBloated
	// EventOverflow: the peer sent more than the limit of a conversation, and
	// the rest was not read; Tag says more of what.
	EventOverflow
	// EventWritten: all that we wrote has left our side by now. It stands where
	// that took a while; else octets leave at their EventSent.
	EventWritten
	// EventStoppedReading: from here on we take nothing from the connection, so
	// that the peer's silence proves nothing.
	EventStoppedReading
	// EventReading: we read again.
	EventReading
	// EventPeerToiled: the peer's work grew faster than what it was sent; Tag says
	// how much.
	EventPeerToiled
	// EventPeerKept: the peer kept memory of connections that are over; Tag says
	// how much.
	EventPeerKept
	// EventPeerMixed: the peer sent octets that came to it on another connection;
	// Tag names that one.
	EventPeerMixed
	// EventFrameSent: our side wrote a frame of HTTP/2. Data are its octets; of a
	// DATA frame, those up to the octets of the stream, which are in an EventSent.
	// Tag is the header list that a block of fields holds, a field in a line.
	EventFrameSent
	// EventFrameReceived is EventFrameSent for a frame of the peer's.
	EventFrameReceived
	// EventKeyAgain: the Sec-WebSocket-Key of the peer's request was that of a request
	// on another connection, or much of it follows from those; Tag says more.
	EventKeyAgain
	// EventMaskWeak: the masking keys of the peer, on this connection and those before
	// it, are not random; Tag says how that shows.
	EventMaskWeak
)

// Unread is the Tag of an [EventSendFailed] where the peer did not read our octets in time, and
// Unsent where not all of them had left when the peer spoke next, after a second and more.
const (
	Unread = "the peer did not read them in time"
	Unsent = "they had not all left"
)

var eventNames = [...]string{
	EventSent:          "sent",
	EventReceived:      "received",
	EventStep:          "step",
	EventTimer:         "timer",
	EventQuiet:         "quiet",
	EventSentEOF:       "sent-eof",
	EventReceivedEOF:   "received-eof",
	EventReceivedReset: "received-reset",
	EventClosed:        "closed",
	EventSentReset:     "sent-reset",
	EventSendFailed:    "send-failed",
	EventPeerDied:      "peer-died",
	EventPeerHung:      "peer-hung",
	EventPeerBloated:   "peer-bloated",
	EventOverflow:      "overflow",
	EventWritten:       "written",

	EventStoppedReading: "stopped-reading",
	EventReading:        "reading",
	EventPeerToiled:     "peer-toiled",
	EventPeerKept:       "peer-kept",
	EventPeerMixed:      "peer-mixed",
	EventFrameSent:      "frame-sent",
	EventFrameReceived:  "frame-received",
	EventKeyAgain:       "key-again",
	EventMaskWeak:       "mask-weak",
}

// String returns the name of the kind in the text form of traces.
func (k EventKind) String() string { return notation.Name(k, eventNames[:]) }

// MarshalText returns the name.
func (k EventKind) MarshalText() ([]byte, error) { return []byte(k.String()), nil }

// UnmarshalText reads a name.
func (k *EventKind) UnmarshalText(text []byte) error {
	return notation.ReadName(k, text, "event", eventNames[:])
}

// Terminal reports whether nothing more can arrive from the peer after an
// event of this kind.
func (k EventKind) Terminal() bool {
	switch k {
	case EventReceivedEOF, EventReceivedReset, EventClosed, EventSentReset:
		return true
	}
	return false
}

// Event is one thing that happened on a connection.
type Event struct {
	Kind EventKind     `json:"kind"`
	At   time.Duration `json:"at"` // since the connection was made

	// Data are the octets of EventSent and EventReceived, as they were written
	// or read in one go. A trace of bounded size keeps the first octets of a
	// long event only: N is then larger than len(Data).
	Data wsproto.Octets `json:"data,omitempty"`
	N    int            `json:"n,omitempty"` // number of octets that were written or read

	Step int    `json:"step"`           // index into Script.Steps of the step under way, -1 for none
	Tag  string `json:"tag,omitempty"`  // detail, by kind
	Sync bool   `json:"sync,omitempty"` // EventSent: written apart from what went before and comes after
}

// Elided reports whether the event's octets are not all there.
func (e *Event) Elided() bool { return e.N > len(e.Data) }

// Trace is what both sides did on one connection, octet by octet and in order.
// The opening handshake is part of it: the first octets in each direction are
// HTTP. Over HTTP/2 these are the text form of the header lists: see
// [wsproto.ConnectProto].
type Trace struct {
	Role    wsproto.Role `json:"role"`              // the role that we play; the peer has the other
	Carrier Carrier      `json:"carrier,omitempty"` // what carried the stream
	Events  []Event      `json:"events"`
}

// Octets returns the octets of the events of a kind, and whether they are all there.
func (t *Trace) Octets(kind EventKind) (octets []byte, whole bool) {
	whole = true
	for i := range t.Events {
		if ev := &t.Events[i]; ev.Kind == kind {
			octets = append(octets, ev.Data...)
			whole = whole && !ev.Elided()
		}
	}
	return octets, whole
}

// Elided reports whether octets are missing from the trace, so that it cannot
// be judged again from itself.
func (t *Trace) Elided() bool {
	for i := range t.Events {
		if t.Events[i].Elided() {
			return true
		}
	}
	return false
}
