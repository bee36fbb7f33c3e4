package drive

import (
	"testing"
	"time"

	"github.com/wscheck/wscheck/internal/catalogue"
	"github.com/wscheck/wscheck/internal/report"
	"github.com/wscheck/wscheck/oracle"
	"github.com/wscheck/wscheck/wsproto"
)

// TestCutShort has a client end because we end it: what shows before counts, and what
// shows afterwards does not.
func TestCutShort(t *testing.T) {
	started := time.Now()
	finding := func(event int, outcome oracle.Outcome) oracle.Finding {
		return oracle.Finding{Clause: "wscheck/stay", Event: event, Outcome: outcome}
	}
	for _, test := range []struct {
		name     string
		findings []oracle.Finding
		want     oracle.Outcome
		kept     int
	}{
		{"nothing", nil, oracle.Slow, 0},
		{"its end", []oracle.Finding{finding(1, oracle.Violation)}, oracle.Slow, 0},
		{"noted before, and its end", []oracle.Finding{finding(0, oracle.Allowed), finding(1, oracle.Violation)}, oracle.Slow, 1},
		{"wrong before, and its end", []oracle.Finding{finding(0, oracle.Violation), finding(1, oracle.Violation)}, oracle.Violation, 1},
		{"an event that is not kept", []oracle.Finding{finding(2, oracle.Violation)}, oracle.Slow, 0},
	} {
		r := &report.Result{
			Case: &catalogue.Case{ID: "autobahn/1.1.1"}, Started: started,
			Trace: &oracle.Trace{Role: wsproto.Server, Events: []oracle.Event{
				{Kind: oracle.EventReceived, At: time.Second}, {Kind: oracle.EventReceivedEOF, At: 3 * time.Second},
			}},
			RFC: oracle.Verdict{Outcome: oracle.Violation, Findings: test.findings},
		}
		cutShort(r, started.Add(2*time.Second), "its time was up")
		if r.RFC.Outcome != test.want || len(r.RFC.Findings) != test.kept || r.RFC.Reason != "its time was up" {
			t.Errorf("%s: got %+v, want %v and %d findings", test.name, r.RFC, test.want, test.kept)
		}
	}
}
