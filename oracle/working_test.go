package oracle

import (
	"fmt"
	"slices"
	"strings"
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

// TestPeerAtWorkForLong has a peer that is never silent for long need far more time than the
// patience lasts, for pongs and for one long echo. One that sends what is not owed gains nothing.
func TestPeerAtWorkForLong(t *testing.T) {
	const patience, pause, pieces = 10 * time.Second, 9 * time.Second, 50
	pings := func(payload func(int) string) (all []piece) {
		for i := range pieces {
			all = append(all, ping(payload(i)))
		}
		return append(all, bye(1000, ""))
	}
	same := func(int) string { return "last" }
	numbered := func(i int) string { return fmt.Sprint("ping number ", i) }
	long := strings.Repeat("wscheck", pieces)
	for _, c := range []struct {
		name  string
		sent  []piece
		piece func(int) piece // of what the peer sends, with a pause before each
		want  Outcome
	}{
		{"pongs", pings(numbered), func(i int) piece { return pong(numbered(i)) }, Slow},
		{"pongs that are all the same", pings(same), func(i int) piece { return pong(same(i)) }, Slow},
		{"pongs that nobody asked for", pings(numbered), func(int) piece { return pong("else") }, Violation},
		{"more pongs than pings", []piece{ping("last"), bye(1000, "")}, func(int) piece { return pong("last") }, Violation},
		{"pings", []piece{text("a"), bye(1000, "")}, func(int) piece { return ping("a") }, Violation},
		{"an echo", []piece{text(long)}, func(i int) piece {
			if i == 0 {
				return text("wscheck").more()
			}
			return cont("wscheck").more()
		}, Slow},
		{"empty frames of an echo", []piece{text(long)}, func(i int) piece {
			if i == 0 {
				return text("wscheck").more()
			}
			return cont("").more()
		}, Violation},
	} {
		t.Run(c.name, func(t *testing.T) {
			parts := []part{open(), tx(c.sent...)}
			for i := range pieces - 1 {
				parts = append(parts, rx(c.piece(i)))
			}
			trace := traceOf(client, parts...)
			at := time.Duration(0)
			for i := len(trace.Events) - (pieces - 1); i < len(trace.Events); i++ {
				at += pause
				trace.Events[i].At = at
			}
			at += pause
			trace.Events = append(trace.Events, Event{Kind: EventTimer, At: at, Tag: "close-reply"}, Event{Kind: EventClosed, At: at})
			if v := JudgeTrace(trace, Options{Echo: true, Stay: true, Patience: patience}); v.Outcome != c.want {
				t.Errorf("%+v, want %v", v, c.want)
			}
		})
	}
}
