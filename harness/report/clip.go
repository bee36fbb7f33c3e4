package report

import (
	"slices"

	"github.com/wscheck/wscheck/oracle"
)

// What the report keeps of one trace. Nearly every conversation fits; one that
// moves megaoctets is kept as its beginning, the head of every later read and
// write, and its end.
const (
	clipOctets = 16 << 10
	clipEvents = 4096
	clipTail   = 512 // of clipEvents, how many are the last ones
)

// clipReport returns r with every trace bounded. What is small enough is shared
// with r. Files are made from the clipped report alone, so that a report which
// was written and read again makes the same files.
func clipReport(r *Report) *Report {
	c := *r
	c.Agents = make([]*Agent, len(r.Agents))
	for i, agent := range r.Agents {
		a := *agent
		a.Name = string([]rune(a.Name)) // JSON holds no other text than Unicode
		a.Results = make([]*Result, len(agent.Results))
		for j, result := range agent.Results {
			a.Results[j] = clipResult(result)
		}
		c.Agents[i] = &a
	}
	return &c
}

// clipResult returns the result with its trace bounded, and the findings'
// events still pointing at theirs.
func clipResult(result *Result) *Result {
	t := result.Trace
	if t == nil {
		clipped := *result
		clipped.Trace = &oracle.Trace{}
		return &clipped
	}
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
