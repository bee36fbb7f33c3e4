package engine

import (
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/wscheck/wscheck/internal/autobahn"
	"github.com/wscheck/wscheck/internal/catalogue"
	"github.com/wscheck/wscheck/internal/report"
	"github.com/wscheck/wscheck/oracle"
)

// silent is a result of a case whose clause seems to be broken by silence.
func silent(id string, clause oracle.ClauseID) *report.Result {
	return &report.Result{Case: &catalogue.Case{ID: id}, Trace: &oracle.Trace{}, RFC: oracle.Verdict{
		Outcome: oracle.Violation, Findings: []oracle.Finding{{Clause: clause, Outcome: oracle.Violation, Basis: oracle.Waited}},
	}}
}

// TestEachSilenceIsProvedOnce has a peer that takes long to prove each silence of: no
// kind goes without one proof for that, and none gets a second one.
func TestEachSilenceIsProvedOnce(t *testing.T) {
	d := &doubts{judge: report.JudgeRFC}
	for _, c := range []struct {
		id     string
		clause oracle.ClauseID
		want   oracle.Outcome
	}{
		{"a", "rfc6455/5.5.2/pong", oracle.Violation},
		{"b", "rfc6455/5.5.2/pong", oracle.Slow},
		{"c", "rfc6455/5.2/rsv-fail", oracle.Violation},
		{"d", "rfc6455/5.2/rsv-fail", oracle.Slow},
		{"e", "wscheck/echo-missing", oracle.Violation},
	} {
		plays := 1
		play := func() *report.Result {
			plays++
			r := silent(c.id, c.clause)
			r.Duration = time.Hour
			return r
		}
		r := d.decideSilence(play(), play)
		if r.RFC.Outcome != c.want {
			t.Errorf("%s: %v, want %v", c.id, r.RFC.Outcome, c.want)
		}
		if again := strings.HasPrefix(r.Doubt, report.NotAgain); again != (c.want == oracle.Slow) || again != (plays == 2) {
			t.Errorf("%s: played %d times, %q", c.id, plays, r.Doubt)
		}
	}
}

// TestPlayingAgainEnds has a peer that always answers late, and another thing in each case: it is not waited for
// without end.
func TestPlayingAgainEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, began, again := &doubts{judge: report.JudgeRFC}, time.Now(), 0
		const cases = 1000
		for i := range cases {
			cs := &catalogue.Case{ID: strconv.Itoa(i)}
			silent := &report.Result{Case: cs, Trace: &oracle.Trace{}, RFC: oracle.Verdict{Outcome: oracle.Inconclusive, Reason: "silence " + cs.ID}}
			r := d.decideSilence(silent, func() *report.Result {
				again++
				time.Sleep(time.Minute)
				return &report.Result{Case: cs, Trace: &oracle.Trace{}}
			})
			if played := !strings.HasPrefix(r.Doubt, report.NotAgain); played && r.RFC.Outcome != oracle.Pass || !played && again == 0 {
				t.Fatalf("case %d: %v, %q", i, r.RFC.Outcome, r.Doubt)
			}
		}
		if took := time.Since(began); took > 2*time.Hour || again < 10 || again == cases {
			t.Errorf("%d cases were played again, in %v", again, took)
		}
	})
}

// TestSilenceBesideWhatWasSeen has something missed in a case that fails for what was
// seen, and is played again for Autobahn's verdict alone: what was missed is not proved.
func TestSilenceBesideWhatWasSeen(t *testing.T) {
	d := &doubts{judge: report.JudgeRFC}
	play := func() *report.Result {
		return &report.Result{
			Case: &catalogue.Case{ID: "autobahn/9.3.1"}, Trace: &oracle.Trace{},
			Record: &autobahn.Record{Ending: autobahn.Ending{Waited: true}, Behavior: autobahn.Failed, BehaviorClose: autobahn.FailedByClient},
			RFC: oracle.Verdict{Outcome: oracle.Violation, Findings: []oracle.Finding{
				{Clause: "wscheck/echo-content", Outcome: oracle.Violation},
				{Clause: "rfc6455/5.5.1/close-reply", Outcome: oracle.Violation, Basis: oracle.Waited},
			}},
		}
	}
	r := d.decideSilence(play(), play)
	if f := r.RFC.Findings; r.RFC.Outcome != oracle.Violation || f[0].Outcome != oracle.Violation || f[1].Outcome != oracle.Slow {
		t.Errorf("%v: %v", r.RFC.Outcome, f)
	}
}
