package blackbox

import (
	"context"
	"maps"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/wscheck/wscheck/internal/report"
	"github.com/wscheck/wscheck/oracle"
)

// TestSilences demands that the silence which may prove the most is played first, and of those that may prove as much the
// shortest, and that those left over when the time is up are named, and are no findings.
func TestSilences(t *testing.T) {
	const pong, echo, reply oracle.ClauseID = "rfc6455/5.5.2/pong", "wscheck/echo-missing", "rfc6455/5.5.1/close-reply"
	working, finish := context.WithCancelCause(t.Context())
	triage := newTriage(t.Context(), working, &Options{}, nil, nil, func() {})
	for i, ids := range [][]oracle.ClauseID{{pong}, {reply}, {pong, echo}, {reply, pong}} {
		v := oracle.Verdict{Outcome: oracle.Violation}
		for _, id := range ids {
			v.Findings = append(v.Findings, oracle.Finding{Clause: id, Outcome: oracle.Violation, Basis: oracle.Waited})
		}
		triage.propose(candidate{number: i, result: &report.Result{RFC: v, Duration: []time.Duration{3, 1, 5, 2}[i] * time.Second}})
	}
	var order []int
	for range 3 {
		s, ok := triage.takeSilence()
		if !ok {
			t.Fatalf("none after %v", order)
		}
		order = append(order, s.number)
		for _, id := range s.clauses { // it did not come again
			triage.state(id).waiting--
			triage.state(id).unproved++
		}
	}
	if want := []int{3, 2, 1}; !slices.Equal(order, want) {
		t.Errorf("they are played in the order %v, want %v", order, want)
	}
	finish(errTimeUp)
	triage.noMore()
	triage.listen(t.Context())
	var s Stats
	triage.figures(&s)
	untried := map[oracle.ClauseID]int{pong: 1}
	if !maps.Equal(s.Untried, untried) || len(s.Findings) > 0 || len(triage.findings) > 0 {
		t.Errorf("untried %v, want %v; findings %v", s.Untried, untried, s.Findings)
	}
}

// TestAwaitIdle examines something for a minute: scripts wait for it in a third of the time, and not at all afterwards.
func TestAwaitIdle(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tr := newTriage(t.Context(), t.Context(), new(Options), nil, nil, nil)
		wait := func() time.Duration {
			since := time.Now()
			tr.awaitIdle(t.Context())
			return time.Since(since)
		}
		if took := wait(); took > 0 {
			t.Errorf("nothing is examined: a wait of %v", took)
		}
		tr.begin()
		for range 5 {
			if took := wait(); took != holdLimit {
				t.Errorf("a wait of %v, want %v", took, holdLimit)
			}
			for range 4 {
				if took := wait(); took > 0 {
					t.Errorf("the scripts have their turn: a wait of %v", took)
				}
				time.Sleep(holdLimit/2 + 1)
			}
		}
		time.AfterFunc(time.Second, tr.end)
		if took := wait(); took != time.Second {
			t.Errorf("a wait of %v for what takes a second more", took)
		}
		if took := wait(); took > 0 {
			t.Errorf("nothing is examined any more: a wait of %v", took)
		}
	})
}
