// Package recorder keeps a trace of bounded size.
package recorder

import "github.com/wscheck/wscheck/oracle"

// Recorder appends events to a trace of bounded size. The zero value keeps
// everything.
type Recorder struct {
	Trace oracle.Trace

	// Limit bounds the octets that the trace keeps; 0 means no bound. Once it
	// is reached, an event keeps its first KeepPerEvent octets only, and none
	// once it is reached twice.
	Limit int

	// MaxEvents bounds the number of events; 0 means no bound. Once it is
	// reached, octets sent and received are only counted, in the last event of
	// their kind.
	MaxEvents int

	kept   int
	merged [oracle.EventFrameReceived + 1]int // 1 + index of the event that counts the rest, by kind
	octets []byte                             // room for those of the next events
}

// minEvents is how many events a recorder makes room for: as many as most traces have.
const minEvents = 24

// Sizes of the pieces in which a recorder takes room for octets.
const (
	minRoom = 1 << 10
	maxRoom = 32 << 10
)

// Reset makes the recorder ready for another conversation in the memory of the
// one before, whose trace is no longer valid. The bounds stay.
func (r *Recorder) Reset() {
	clear(r.Trace.Events)
	*r = Recorder{
		Trace: oracle.Trace{Events: r.Trace.Events[:0]}, Limit: r.Limit, MaxEvents: r.MaxEvents,
		octets: r.octets[:0],
	}
}

// keep returns a copy of octets.
func (r *Recorder) keep(b []byte) []byte {
	if cap(r.octets)-len(r.octets) < len(b) {
		r.octets = make([]byte, 0, max(len(b), minRoom, min(2*cap(r.octets), maxRoom)))
	}
	at := len(r.octets)
	r.octets = append(r.octets, b...)
	return r.octets[at:len(r.octets):len(r.octets)]
}

// KeepPerEvent is the number of octets that an event of an elided trace keeps:
// as many as a wire log shows.
const KeepPerEvent = 256

// Add appends ev, copying its octets.
func (r *Recorder) Add(ev oracle.Event) {
	ev.N = max(ev.N, len(ev.Data))
	t := &r.Trace
	octets := false
	switch ev.Kind {
	case oracle.EventSent, oracle.EventReceived, oracle.EventFrameSent, oracle.EventFrameReceived:
		octets = true
	}
	full := r.MaxEvents > 0 && len(t.Events) >= r.MaxEvents
	if octets && full && r.merged[ev.Kind] > 0 {
		t.Events[r.merged[ev.Kind]-1].N += ev.N
		return
	}
	data := ev.Data
	switch {
	case r.Limit <= 0 || r.kept+len(data) <= r.Limit:
	case r.kept <= 2*r.Limit:
		data = data[:min(len(data), KeepPerEvent)]
	default:
		data = nil
	}
	ev.Data = nil
	if len(data) > 0 {
		ev.Data = r.keep(data)
		r.kept += len(data)
	}
	if t.Events == nil {
		t.Events = make([]oracle.Event, 0, minEvents)
	}
	t.Events = append(t.Events, ev)
	if octets && full {
		r.merged[ev.Kind] = len(t.Events)
	}
}
