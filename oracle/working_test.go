package oracle

import (
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
