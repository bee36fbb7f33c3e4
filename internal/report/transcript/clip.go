package transcript

import (
	"cmp"
	"maps"
	"slices"
	"unicode/utf8"

	"github.com/wscheck/wscheck/internal/autobahn"
	"github.com/wscheck/wscheck/internal/plural"
	"github.com/wscheck/wscheck/internal/recorder"
	"github.com/wscheck/wscheck/internal/report"
	"github.com/wscheck/wscheck/oracle"
	"github.com/wscheck/wscheck/wsproto"
)

// What the report keeps of one result. Nearly every conversation fits; one that
// moves megaoctets, or a peer that floods, is kept as its beginning, the head of
// later reads and writes, and its end, so that none of a case's three forms takes
// much more than 200 kB; what is as it should be, which few look at, is kept shorter
// still. Thousands of cases make a report of less than 30 MB. Files are made from the clipped result alone, so that a report which
// was written and read again makes the same files.
const (
	clipOctets = 16 << 10 // up to which each event has all
	clipMore   = 24 << 10 // up to which later ones keep recorder.KeepPerEvent
	clipHead   = 16       // octets of those after that: a frame's header
	clipEvents = 512
	clipClean  = 8 // what is clean keeps this part of the octets

	clipRows     = 300 // of Autobahn's wire log
	clipRowsTail = 100
	clipSeen     = 100 // observations
	clipSeenTail = 20
	clipSizes    = 1000 // sizes of reads, and of writes
	clipTag      = 200  // octets of the name of a wait

	clipFindings = 30
	clipWords    = 512      // octets of a text in a finding
	clipText     = 16 << 10 // octets of any other text
)

// clipBounds are how much is kept of the trace of a result.
type clipBounds struct{ octets, more, events int }

// tail is how many of the events are the last ones.
func (b clipBounds) tail() int { return b.events / 4 }

func boundsOf(result *report.Result) clipBounds {
	rec := result.Record
	if result.RFC.Outcome == oracle.Pass && len(result.RFC.Findings) == 0 && result.Died == "" && result.Doubt == "" &&
		(rec == nil || rec.Behavior == autobahn.OK) {
		return clipBounds{clipOctets / clipClean, clipMore / clipClean, clipEvents / 4}
	}
	return clipBounds{clipOctets, clipMore, clipEvents}
}

// room returns how many octets an event of that many may keep, after kept of those
// before it.
func (b clipBounds) room(kept, octets int) int {
	switch {
	case kept+octets <= b.octets:
		return octets
	case kept < b.more:
		return recorder.KeepPerEvent
	}
	return clipHead
}

// Slim returns the result without what makes it large, which are its trace and
// logs: what is left is enough for all that tells of many results at once.
func Slim(result *report.Result) *report.Result {
	s := *result
	s.Trace = nil
	if result.Record != nil {
		rec := *result.Record
		rec.Received, rec.Wirelog = nil, nil
		rec.RxOctets, rec.TxOctets, rec.RxFrames, rec.TxFrames = nil, nil, nil, nil
		rec.HTTPRequest, rec.HTTPResponse = nil, nil
		s.Record = &rec
	}
	return &s
}

// Clip returns the result with its trace bounded, and the findings'
// events still pointing at theirs.
func Clip(result *report.Result) *report.Result {
	result = clipTexts(result)
	t := result.Trace
	octets := 0
	for i := range t.Events {
		octets += len(t.Events[i].Data)
	}
	bounds := boundsOf(result)
	if octets <= bounds.octets && len(t.Events) <= bounds.events {
		return result
	}

	trace := &oracle.Trace{Role: t.Role}
	moved := make([]int, len(t.Events)) // old index → new index
	kept := 0
	for i := range t.Events {
		ev := &t.Events[i]
		if len(t.Events) > bounds.events && kept > bounds.octets/2 && continues(trace, ev) {
			// Chops of one write, or reads with nothing of ours in between: one
			// event tells as much.
			last := &trace.Events[len(trace.Events)-1]
			if room := bounds.room(kept, bounds.octets) - len(last.Data); room > 0 && !last.Elided() {
				more := ev.Data[:min(room, len(ev.Data))]
				last.Data = slices.Concat(last.Data, more)
				kept += len(more)
			}
			last.N += max(ev.N, len(ev.Data))
			moved[i] = len(trace.Events) - 1
			continue
		}
		e := *ev
		e.N = max(e.N, len(e.Data))
		e.Data = e.Data[:min(len(e.Data), bounds.room(kept, len(e.Data)))]
		kept += len(e.Data)
		moved[i] = len(trace.Events)
		trace.Events = append(trace.Events, e)
	}

	clipped := *result
	clipped.Trace = trace
	if surplus := len(trace.Events) - bounds.events; surplus > 0 {
		gap := bounds.events - bounds.tail()
		clipped.Omitted.Before, clipped.Omitted.Events = gap, surplus
		trace.Events = slices.Delete(trace.Events, gap, gap+surplus)
		for i, at := range moved {
			moved[i] = min(at, max(gap, at-surplus))
		}
	}
	clipped.RFC.Findings = slices.Clone(result.RFC.Findings)
	for i := range clipped.RFC.Findings {
		if f := &clipped.RFC.Findings[i]; f.Event >= 0 && f.Event < len(moved) {
			f.Event = moved[f.Event]
		}
	}
	return &clipped
}

// continues reports whether ev goes on with what the last event of the trace
// does: octets in the same direction.
func continues(t *oracle.Trace, ev *oracle.Event) bool {
	if len(t.Events) == 0 || ev.Kind != oracle.EventSent && ev.Kind != oracle.EventReceived {
		return false
	}
	last := &t.Events[len(t.Events)-1]
	return last.Kind == ev.Kind && last.Step == ev.Step
}

// clipTexts returns the result with all texts bounded that come from the peer,
// and with a trace.
func clipTexts(result *report.Result) *report.Result {
	c := *result
	if c.Trace == nil {
		c.Trace = &oracle.Trace{}
	}
	if long := func(ev oracle.Event) bool { return len(ev.Tag) > clipText }; slices.ContainsFunc(c.Trace.Events, long) {
		c.Trace = &oracle.Trace{Role: c.Trace.Role, Events: slices.Clone(c.Trace.Events)}
		for i := range c.Trace.Events {
			Cut(&c.Trace.Events[i].Tag, clipText)
		}
	}
	Cut(&c.Agent, clipText)
	elideText(&c.Died, clipText)
	Cut(&c.Doubt, clipText)
	Cut(&c.Measured, clipText)
	elideText(&c.RFC.Reason, clipText)
	c.RFC.Findings = slices.Clone(c.RFC.Findings)
	if len(c.RFC.Findings) > clipFindings {
		c.RFC.Findings = c.RFC.ByGravity()[:clipFindings]
	}
	for i := range c.RFC.Findings {
		f := &c.RFC.Findings[i]
		Cut(&f.Want, clipWords)
		Cut(&f.Got, clipWords)
	}
	if c.Record != nil {
		rec := *c.Record
		for _, s := range []*string{&rec.Result, &rec.ResultClose, &rec.WasNotCleanReason} {
			elideText(s, clipText)
		}
		for _, head := range []*wsproto.Octets{&rec.HTTPRequest, &rec.HTTPResponse} {
			if len(*head) > clipText {
				text := string(*head)
				elideText(&text, clipText)
				*head = []byte(text)
			}
		}
		clipRecord(&rec, &c.Omitted)
		c.Record = &rec
	}
	return &c
}

// clipRecord bounds what a record has many of.
func clipRecord(rec *autobahn.Record, omitted *report.Omission) {
	if n := len(rec.Wirelog); n > clipRows {
		// To readers of Autobahn's form the log was switched off for a while.
		head, off := clipRows-clipRowsTail-2, []autobahn.LogRow{{Kind: autobahn.LogSwitched}, {Kind: autobahn.LogSwitched, On: true}}
		rec.Wirelog = slices.Concat(rec.Wirelog[:head], off, rec.Wirelog[n-clipRowsTail:])
		omitted.Rows += n - head - clipRowsTail
	}
	if slices.ContainsFunc(rec.Wirelog, func(row autobahn.LogRow) bool { return len(row.Tag) > clipTag }) {
		rec.Wirelog = slices.Clone(rec.Wirelog)
		for i := range rec.Wirelog {
			Cut(&rec.Wirelog[i].Tag, clipTag)
		}
	}
	if n := len(rec.Received); n > clipSeen {
		head := clipSeen - clipSeenTail - 1
		left := n - head - clipSeenTail
		gap := []autobahn.Observation{{Kind: autobahn.StillOpen, Tag: plural.Of(left, "observation") + " left out"}}
		rec.Received = slices.Concat(rec.Received[:head], gap, rec.Received[n-clipSeenTail:])
		omitted.Seen += left
	}
	rec.RxOctets = clipCounts(rec.RxOctets, omitted)
	rec.TxOctets = clipCounts(rec.TxOctets, omitted)
}

// clipCounts keeps the sizes that most octets are of.
func clipCounts(sizes map[int]int, omitted *report.Omission) map[int]int {
	surplus := len(sizes) - clipSizes
	if surplus <= 0 {
		return sizes
	}
	order := slices.SortedFunc(maps.Keys(sizes), func(a, b int) int {
		return cmp.Or(cmp.Compare(b*sizes[b], a*sizes[a]), cmp.Compare(a, b))
	})
	kept := make(map[int]int, clipSizes)
	for _, size := range order[:clipSizes] {
		kept[size] = sizes[size]
	}
	omitted.Sizes += surplus
	return kept
}

// elideText is cutText in the middle. It says how much is left out.
func elideText(s *string, limit int) {
	if len(*s) <= limit {
		return
	}
	const note = 64 // octets for what it says
	head, tail := *s, (*s)[len(*s)-limit/4:]
	Cut(&head, limit-limit/4-note)
	for len(tail) > 0 && !utf8.RuneStart(tail[0]) {
		tail = tail[1:]
	}
	*s = head + " … [" + plural.Of(len(*s)-len(head)-len(tail), "octet") + " left out] … " + tail
}

// Cut cuts a text to at most limit octets, between code points.
func Cut(s *string, limit int) {
	if len(*s) <= limit {
		return
	}
	for limit > 0 && !utf8.RuneStart((*s)[limit]) {
		limit--
	}
	*s = (*s)[:limit]
}

// AboutOf is the agent without results, and bounded.
func AboutOf(agent *report.Agent) report.Agent {
	a := *agent
	a.Name, a.Results = NameOf(agent.Name), nil
	Cut(&a.URL, clipText)
	Cut(&a.Unreachable, clipText)
	return a
}

// NameOf is the name of an agent as the file holds it: bounded, and as nothing
// but Unicode, for JSON knows no other text.
func NameOf(agent string) string {
	Cut(&agent, clipText)
	return string([]rune(agent))
}
