package report

import (
	"slices"
	"unicode/utf8"

	"github.com/wscheck/wscheck/oracle"
)

// What the report keeps of one trace. Nearly every conversation fits; one that
// moves megaoctets is kept as its beginning, the head of every later read and
// write, and its end. Files are made from the clipped result alone, so that a
// report which was written and read again makes the same files.
const (
	clipOctets = 16 << 10
	clipEvents = 4096
	clipTail   = 512 // of clipEvents, how many are the last ones

	clipFindings = 200
	clipWords    = 2 << 10  // octets of a text in a finding
	clipText     = 64 << 10 // octets of any other text
)

// slim returns the result without what makes it large, which are its trace and
// logs: what is left is enough for all that tells of many results at once.
func slim(result *Result) *Result {
	s := *result
	s.Trace = nil
	if result.Record != nil {
		rec := *result.Record
		rec.Received, rec.Wirelog = nil, nil
		rec.RxOctets, rec.TxOctets, rec.RxFrames, rec.TxFrames = nil, nil, nil, nil
		rec.HTTPRequest, rec.HTTPResponse = "", ""
		s.Record = &rec
	}
	return &s
}

// clipResult returns the result with its trace bounded, and the findings'
// events still pointing at theirs.
func clipResult(result *Result) *Result {
	result = clipTexts(result)
	t := result.Trace
	octets := 0
	for i := range t.Events {
		octets += len(t.Events[i].Data)
	}
	if octets <= clipOctets && len(t.Events) <= clipEvents {
		return result
	}

	trace := &oracle.Trace{Role: t.Role}
	moved := make([]int, len(t.Events)) // old index → new index
	kept := 0
	for i := range t.Events {
		ev := &t.Events[i]
		if len(t.Events) > clipEvents && kept > clipOctets/2 && continues(trace, ev) {
			// Chops of one write, or reads with nothing of ours in between: one
			// event tells as much.
			last := &trace.Events[len(trace.Events)-1]
			if room := oracle.KeepPerEvent - len(last.Data); room > 0 && !last.Elided() {
				last.Data = slices.Concat(last.Data, ev.Data[:min(room, len(ev.Data))])
			}
			last.N += max(ev.N, len(ev.Data))
			moved[i] = len(trace.Events) - 1
			continue
		}
		e := *ev
		e.N = max(e.N, len(e.Data))
		if kept+len(e.Data) > clipOctets && len(e.Data) > oracle.KeepPerEvent {
			e.Data = e.Data[:oracle.KeepPerEvent]
		}
		kept += len(e.Data)
		moved[i] = len(trace.Events)
		trace.Events = append(trace.Events, e)
	}

	clipped := *result
	clipped.Trace = trace
	if surplus := len(trace.Events) - clipEvents; surplus > 0 {
		gap := clipEvents - clipTail
		clipped.Omitted = Omission{Before: gap, Events: surplus}
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
func clipTexts(result *Result) *Result {
	c := *result
	if c.Trace == nil {
		c.Trace = &oracle.Trace{}
	}
	if long := func(ev oracle.Event) bool { return len(ev.Tag) > clipText }; slices.ContainsFunc(c.Trace.Events, long) {
		c.Trace = &oracle.Trace{Role: c.Trace.Role, Events: slices.Clone(c.Trace.Events)}
		for i := range c.Trace.Events {
			cutText(&c.Trace.Events[i].Tag, clipText)
		}
	}
	for _, s := range []*string{&c.Agent, &c.Died, &c.RFC.Reason} {
		cutText(s, clipText)
	}
	c.RFC.Findings = slices.Clone(c.RFC.Findings)
	if len(c.RFC.Findings) > clipFindings {
		c.RFC.Findings = c.RFC.ByGravity()[:clipFindings]
	}
	for i := range c.RFC.Findings {
		f := &c.RFC.Findings[i]
		cutText(&f.Want, clipWords)
		cutText(&f.Got, clipWords)
	}
	if c.Record != nil {
		rec := *c.Record
		for _, s := range []*string{&rec.Result, &rec.ResultClose, &rec.WasNotCleanReason, &rec.HTTPRequest, &rec.HTTPResponse} {
			cutText(s, clipText)
		}
		c.Record = &rec
	}
	return &c
}

// cutText cuts a text to at most limit octets, between code points.
func cutText(s *string, limit int) {
	if len(*s) <= limit {
		return
	}
	for limit > 0 && !utf8.RuneStart((*s)[limit]) {
		limit--
	}
	*s = (*s)[:limit]
}
