package oracle

import (
	"slices"
	"testing"
	"time"
)

// TestPeerAtWork has the patience end while the peer still shows that it reads on, and
// after it has stopped to.
func TestPeerAtWork(t *testing.T) {
	const patience = 10 * time.Second
	for _, c := range []struct {
		name  string
		echo  time.Duration // of the first of two messages
		timer time.Duration
		want  Outcome
	}{
		{"at work", 9 * time.Second, patience, Slow},
		{"no longer at work", time.Second, patience + time.Second, Violation},
	} {
		t.Run(c.name, func(t *testing.T) {
			trace := traceOf(client, open(), tx(text("a"), text("b")), rx(text("a")))
			trace.Events[len(trace.Events)-1].At = c.echo
			trace.Events = append(trace.Events, Event{Kind: EventTimer, At: c.timer, Tag: "echo"}, Event{Kind: EventClosed, At: c.timer})
			if v := JudgeTrace(trace, Options{Echo: true, Stay: true, Patience: patience}); v.Outcome != c.want {
				t.Errorf("%+v, want %v", v, c.want)
			}
		})
	}
}

// TestPeerAtWorkOnWrongEchoes has a peer still send back what it should not when the patience for
// its close frame ends, and after it has stopped to.
func TestPeerAtWorkOnWrongEchoes(t *testing.T) {
	const patience = 10 * time.Second
	for _, c := range []struct {
		name string
		last time.Duration // when the last octets of the peer came
		want bool          // that it did not answer the close frame
	}{
		{"at work", 9 * time.Second, false},
		{"no longer at work", time.Second, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			trace := traceOf(client, open(), tx(text("a").more(), cont("b")), rx(text("a")), tx(bye(1000, "")), rx(text("b")))
			trace.Events[len(trace.Events)-1].At = c.last
			at := patience + time.Second
			trace.Events = append(trace.Events, Event{Kind: EventTimer, At: at, Tag: "close-reply"}, Event{Kind: EventClosed, At: at})
			v := JudgeTrace(trace, Options{Echo: true, Stay: true, Patience: patience})
			got := slices.ContainsFunc(v.Findings, func(f Finding) bool { return f.Clause == ruleCloseReply.clause().ID })
			if v.Outcome != Violation || got != c.want {
				t.Errorf("%+v, want the close frame missed: %v", v, c.want)
			}
		})
	}
}
