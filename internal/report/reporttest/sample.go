package reporttest

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/wscheck/wscheck/internal/autobahn"
	"github.com/wscheck/wscheck/internal/catalogue"
	"github.com/wscheck/wscheck/internal/report"
	"github.com/wscheck/wscheck/oracle"
	"github.com/wscheck/wscheck/wsproto"
)

// FailFast is case 6.4.1 as a server answers it that fails at the first bad
// octet.
func FailFast() *report.Result {
	c := &catalogue.Case{
		ID: "autobahn/6.4.1", Number: 74,
		Description: "A text message in three frames; the second is not UTF-8.", Expectation: "The connection fails at the second frame.",
		Autobahn: &autobahn.Expectation{
			Outcomes: []autobahn.Outcome{
				{Behavior: autobahn.OK, Observed: []autobahn.Observation{{Kind: autobahn.StillOpen, Tag: "A"}}},
				{Behavior: autobahn.NonStrict, Observed: []autobahn.Observation{{Kind: autobahn.StillOpen, Tag: "A"}, {Kind: autobahn.StillOpen, Tag: "B"}}},
			},
			CloseCodes: []wsproto.CloseCode{wsproto.CloseInvalidPayload}, WrongEndpointFatal: true,
		},
	}
	k := NewConversation()
	k.Send(wsproto.NewFrame(wsproto.OpText, false, []byte("κόσμε")), 0).Wait("A", time.Second)
	k.Send(wsproto.NewFrame(wsproto.OpContinuation, false, []byte("\xf4\x90\x80\x80")), 0)
	k.Rec.Wirelog = append(k.Rec.Wirelog, autobahn.LogRow{Kind: autobahn.LogWait, Seconds: 1, Tag: "B"})
	k.CloseBy(false, wsproto.CloseInvalidPayload, "")
	return k.Result(c)
}

// Mixed is a small report with one result of each kind, and hostile text.
func Mixed() *report.Report {
	const evil = "\x1b]0;owned\a<script>alert(1)</script>|`@user`\r\n\u202e"
	outcome := func(id string, v oracle.Verdict) *report.Result {
		return &report.Result{Case: &catalogue.Case{ID: id, Description: "Sends.", Expectation: "Echoes."}, Duration: 1500 * time.Microsecond, RFC: v}
	}
	results := []*report.Result{
		outcome("rfc6455/pass", oracle.Verdict{}),
		outcome("rfc6455/allowed", oracle.Verdict{Outcome: oracle.Allowed, Findings: []oracle.Finding{{Clause: "rfc6455/7.4.1/code", Want: "1007", Got: "1002"}}}),
		outcome("rfc6455/violation", oracle.Verdict{Outcome: oracle.Violation, Findings: []oracle.Finding{
			{Clause: "rfc6455/5.2/rsv", Offset: 12, Want: "a failed connection", Got: evil}, {Clause: "x", Want: "y", Got: "z"},
		}}),
		outcome("rfc6455/inconclusive", oracle.Verdict{Outcome: oracle.Inconclusive, Reason: "it ended too soon"}),
		outcome("rfc7692/unsupported", oracle.Verdict{Outcome: oracle.Unsupported, Reason: "no permessage-deflate"}),
		{
			Case: &catalogue.Case{ID: "autobahn/7.9.1", Number: 1}, Record: &autobahn.Record{
				Behavior: autobahn.OK, BehaviorClose: autobahn.WrongCode, ResultClose: "The close code should have been 1002 or empty",
				Ending: autobahn.Ending{Remote: &wsproto.ClosePayload{Code: 1000, HasCode: true}},
			},
		},
	}
	r := &report.Report{
		Started: FabricatedStart, Took: 2 * time.Second, Judge: report.JudgeRFC,
		Agents: []*report.Agent{
			{Name: "evil " + evil, URL: "ws://h/" + evil, Results: results, PeakMemory: 3 << 20, Deaths: 2},
			{Name: "gone", Unreachable: "connection refused"},
		},
		Stopped: "interrupted", Dir: "out",
	}
	for _, result := range results {
		r.Cases = append(r.Cases, result.Case)
	}
	r.Cases = append(r.Cases, &catalogue.Case{ID: "rfc6455/never"})
	return r
}

const Hostile = "\"'><script>alert(1)</script><img src=x onerror=alert(2)>{{.}}--></style></title></svg>\x00\x1b[31m\u202e\u2028\xff`"

// HostileReport has hostile text wherever a peer, or a file that was loaded, can
// put some.
func HostileReport() *report.Report {
	octets := []byte(Hostile)
	observed := []autobahn.Observation{
		{Kind: autobahn.Message, Payload: oracle.Payload{Data: octets}},
		{Kind: autobahn.Pong, Payload: oracle.Payload{Data: octets}},
		{Kind: autobahn.StillOpen, Tag: Hostile},
	}
	c := &catalogue.Case{
		ID: "autobahn/" + Hostile, Number: 1, Description: Hostile, Expectation: Hostile, RFC: []string{Hostile},
		Autobahn: &autobahn.Expectation{Outcomes: []autobahn.Outcome{{Behavior: Hostile, Observed: observed}}, ReportTime: true},
	}
	k := NewConversation()
	k.Trace.Events = nil
	k.Tx([]byte("GET /" + Hostile + " HTTP/1.1\r\n\r\n")).Rx([]byte("HTTP/1.1 101 " + Hostile + "\r\nServer: " + Hostile + "\r\n\r\n"))
	k.Receive(wsproto.NewFrame(wsproto.OpText, true, octets)).Receive(wsproto.NewFrame(3, true, octets))
	for kind := range oracle.EventOverflow + 1 {
		k.Event(oracle.Event{Kind: kind, Tag: Hostile, Data: octets})
	}
	k.CloseBy(true, wsproto.CloseNormal, Hostile)
	k.Rec.Behavior, k.Rec.BehaviorClose, k.Rec.Result, k.Rec.ResultClose = Hostile, Hostile, Hostile, Hostile
	k.Rec.WasNotCleanReason, k.Rec.Received = Hostile, observed
	k.Rec.Remote = &wsproto.ClosePayload{Code: 1000, HasCode: true, Reason: octets}
	k.Rec.Traffic = &autobahn.Traffic{}
	result := k.Result(c)
	result.RFC = oracle.Verdict{Outcome: oracle.Violation, Reason: Hostile, Findings: []oracle.Finding{
		{Clause: Hostile, Event: 3, Want: Hostile, Got: Hostile}, {Event: -5, Offset: -1},
	}}
	refused := NewConversation()
	refused.Trace.Events = nil
	own := refused.Tx([]byte(FabricatedRequest)).Rx(octets).Result(&catalogue.Case{ID: Hostile, Description: Hostile})
	return &report.Report{
		Cases: []*catalogue.Case{c, own.Case}, Stopped: Hostile, Judge: Hostile,
		Agents: []*report.Agent{{Name: Hostile, URL: Hostile, Unreachable: Hostile, Ended: Hostile, Results: []*report.Result{result, own}}, {Name: Hostile}},
	}
}

// Dropped is a result whose first finding is a SHOULD, and whose second is the
// MUST that decides.
func Dropped() *report.Result {
	k := NewConversation()
	k.Event(oracle.Event{Kind: oracle.EventReceivedReset})
	result := k.Result(&catalogue.Case{ID: "rfc6455/dropped"})
	result.Record = nil
	result.RFC = oracle.Verdict{Outcome: oracle.Violation, Findings: []oracle.Finding{
		{Clause: "rfc6455/7.1.7/should", Outcome: oracle.Allowed, Event: 0, Want: "a close frame", Got: "a drop"},
		{Clause: "rfc6455/5.5.2/pong", Outcome: oracle.Violation, Event: 2, Want: "a pong", Got: "none"},
	}}
	return result
}

func Summary(t *testing.T, r *report.Report, color bool) string {
	t.Helper()
	var b strings.Builder
	if err := (report.SummaryStyle{Color: color}).Write(&b, r); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

var update = flag.Bool("update", false, "write the golden files anew")

// Golden compares got with a file under testdata.
func Golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, got, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != string(want) {
		t.Errorf("%s differs; -update writes it anew. got:\n%s", path, got)
	}
}

// Outcomes makes a report of one agent: the outcome of each case, and where it is a
// violation the clause.
func Outcomes(name string, cases map[string]string) *report.Report {
	r := &report.Report{Judge: report.JudgeRFC, Started: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)}
	agent := &report.Agent{Name: name}
	for _, id := range []string{"a/1", "a/2", "a/3", "a/4", "a/5", "a/6"} {
		verdict, ran := cases[id]
		if !ran {
			continue
		}
		cs := &catalogue.Case{ID: id}
		r.Cases = append(r.Cases, cs)
		result := &report.Result{Case: cs, Agent: name}
		switch verdict {
		case "":
			result.RFC.Outcome = oracle.Pass
		case "slow":
			result.RFC.Outcome = oracle.Slow
		case "unsupported":
			result.RFC.Outcome = oracle.Unsupported
		default:
			result.RFC.Outcome = oracle.Violation
			result.RFC.Findings = []oracle.Finding{{Clause: oracle.ClauseID(verdict), Outcome: oracle.Violation}}
		}
		agent.Results = append(agent.Results, result)
	}
	r.Agents = []*report.Agent{agent}
	return r
}
