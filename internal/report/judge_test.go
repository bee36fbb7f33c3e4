package report

import (
	"testing"

	"github.com/wscheck/wscheck/internal/autobahn"
	"github.com/wscheck/wscheck/internal/catalogue"
	"github.com/wscheck/wscheck/oracle"
	"github.com/wscheck/wscheck/wsproto"
)

func TestAutobahnJudge(t *testing.T) {
	for _, tt := range []struct {
		behavior, closing autobahn.Behavior
		failed, clean     bool
		label             string
	}{
		{autobahn.OK, autobahn.OK, false, true, "Pass"},
		{autobahn.OK, autobahn.Informational, false, true, "Pass"},
		{autobahn.NonStrict, autobahn.OK, false, false, "Non-Strict"},
		{autobahn.Informational, autobahn.Informational, false, true, "Info"},
		{autobahn.Unimplemented, autobahn.OK, false, false, "Unimplemented"},
		{autobahn.Unimplemented, autobahn.Unclean, false, false, "Unimplemented"},
		{autobahn.OK, autobahn.WrongCode, true, false, "Fail on close"},
		{autobahn.OK, autobahn.Unclean, true, false, "Fail on close"},
		{autobahn.OK, autobahn.FailedByClient, true, false, "Fail on close"},
		{autobahn.NonStrict, autobahn.Failed, true, false, "Fail on close"},
		{autobahn.Failed, autobahn.OK, true, false, "Fail"},
		{"SOMETHING NEW", autobahn.OK, true, false, "Fail"},
		{autobahn.OK, "", true, false, "Fail on close"},
	} {
		t.Run(string(tt.behavior)+"/"+string(tt.closing), func(t *testing.T) {
			r := &Result{Record: &autobahn.Record{Behavior: tt.behavior, BehaviorClose: tt.closing}, RFC: oracle.Verdict{Outcome: oracle.Violation}}
			if got := r.Failed(JudgeAutobahn); got != tt.failed {
				t.Errorf("Failed: got %v, want %v", got, tt.failed)
			}
			if got := r.Clean(JudgeAutobahn); got != tt.clean {
				t.Errorf("Clean: got %v, want %v", got, tt.clean)
			}
			report := &Report{Judge: JudgeAutobahn}
			label := report.VerdictLabel(r)
			if label.Text != tt.label || (label.Tone == ToneFail) != tt.failed {
				t.Errorf("label: got %+v, want %s", label, tt.label)
			}
		})
	}
}

func TestRFCJudge(t *testing.T) {
	for outcome, want := range map[oracle.Outcome]struct{ failed, clean bool }{
		oracle.Pass:         {false, true},
		oracle.Allowed:      {false, false},
		oracle.Unsupported:  {false, false},
		oracle.Inconclusive: {true, false},
		oracle.Violation:    {true, false},
	} {
		// A case of our own is judged so whatever judge decides.
		for _, judge := range []Judge{JudgeRFC, JudgeAutobahn, ""} {
			r := &Result{RFC: oracle.Verdict{Outcome: outcome}}
			if got := r.Failed(judge); got != want.failed {
				t.Errorf("%s, judge %q: Failed is %v", outcome, judge, got)
			}
			if got := r.Clean(judge); got != want.clean {
				t.Errorf("%s, judge %q: Clean is %v", outcome, judge, got)
			}
		}
		r := &Result{RFC: oracle.Verdict{Outcome: outcome}, Record: &autobahn.Record{Behavior: autobahn.Failed}}
		if got := r.Failed(JudgeRFC); got != want.failed {
			t.Errorf("%s: Autobahn's verdict decides for the RFC judge", outcome)
		}
	}
}

func TestCount(t *testing.T) {
	cases := []*catalogue.Case{{ID: "a"}, {ID: "b"}, {ID: "c"}, {ID: "d"}, {ID: "e"}}
	agent := &Agent{Results: []*Result{
		{Case: cases[0]},
		{Case: cases[1], RFC: oracle.Verdict{Outcome: oracle.Allowed}},
		{Case: cases[2]},
		{Case: cases[2], RFC: oracle.Verdict{Outcome: oracle.Violation}}, // ran again
		{Case: &catalogue.Case{ID: "not selected"}},
	}}
	r := &Report{Cases: cases, Agents: []*Agent{agent}}
	if got, want := r.Count(agent), (Counts{Cases: 6, Clean: 2, Noted: 1, Failed: 1, Missing: 2}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

func TestCloseLabel(t *testing.T) {
	code := &wsproto.ClosePayload{Code: 1002, HasCode: true}
	for behavior, want := range map[autobahn.Behavior]Label{
		autobahn.OK:             {"1002", ToneOK},
		autobahn.Informational:  {"1002", ToneInfo},
		autobahn.WrongCode:      {"1002", ToneFail},
		autobahn.FailedByClient: {"1002", ToneFail},
		autobahn.Unclean:        {"Unclean", ToneFail},
		autobahn.Failed:         {"Fail", ToneFail},
	} {
		if got := CloseLabel(&autobahn.Record{BehaviorClose: behavior, Ending: autobahn.Ending{Remote: code}}); got != want {
			t.Errorf("%s: got %+v, want %+v", behavior, got, want)
		}
	}
	if got := CloseLabel(&autobahn.Record{BehaviorClose: autobahn.OK, Ending: autobahn.Ending{Remote: &wsproto.ClosePayload{}}}); got.Text != "none" {
		t.Errorf("without a code: got %q", got.Text)
	}
}
