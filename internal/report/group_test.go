package report

import (
	"fmt"
	"slices"
	"testing"

	"github.com/wscheck/wscheck/internal/autobahn"
	"github.com/wscheck/wscheck/internal/catalogue"
	"github.com/wscheck/wscheck/oracle"
)

// judged returns a result of a case by the RFCs, with a finding for each clause.
func judged(id string, outcome oracle.Outcome, reason string, clauses ...oracle.ClauseID) *Result {
	r := &Result{Case: &catalogue.Case{ID: id}, RFC: oracle.Verdict{Outcome: outcome, Reason: reason}}
	for _, c := range clauses {
		r.RFC.Findings = append(r.RFC.Findings, oracle.Finding{Clause: c, Outcome: outcome, Want: "this", Got: "that"})
	}
	return r
}

// describe is a group in one line.
func describe(g *Group) string {
	var ids []string
	for _, r := range g.Results {
		ids = append(ids, r.Case.ID)
	}
	return fmt.Sprintf("%s|%s|%v|%v|%s", g.Verdict, g.Clause, g.Failed, ids, g.Sentence)
}

// TestGroups groups results of each kind, in an order that is not that of the
// groups.
func TestGroups(t *testing.T) {
	slow := judged("s/1", oracle.Slow, "no answer within 1s")
	again := judged("s/3", oracle.Slow, RunAgain)
	again.Doubt = RunAgain
	known := judged("k/1", oracle.Violation, "", "rfc6455/5.2/rsv-fail")
	known.Known = &Known{Reason: "as long as version 1 is there"}
	died := judged("d/1", oracle.Pass, "")
	died.Died = "exit status 3"
	results := []*Result{
		judged("p/1", oracle.Pass, ""),
		judged("u/1", oracle.Unsupported, "the peer closed with code 1009"),
		judged("u/2", oracle.Unsupported, "the peer closed with code 1003"),
		judged("u/3", oracle.Unsupported, "the peer closed with code 1003"),
		slow, again, judged("s/2", oracle.Slow, "no answer within 2s"),
		judged("a/1", oracle.Allowed, "", "rfc6455/7.1.7/close-frame"),
		judged("a/2", oracle.Allowed, "the close frame overtook what the peer had to answer"),
		known,
		judged("i/1", oracle.Inconclusive, "the connection ended after 3 of the messages were echoed"),
		judged("i/2", oracle.Inconclusive, "the connection ended after 17 of the messages were echoed"),
		judged("v/1", oracle.Violation, "", "rfc6455/5.5.2/pong"),
		judged("v/2", oracle.Violation, "", "rfc6455/8.1/utf8-fail"),
		judged("v/3", oracle.Violation, "", "rfc6455/8.1/utf8-fail", "rfc6455/5.5.2/pong", "rfc6455/5.1/server-masks-not"),
		judged("h/1", oracle.Violation, "", "rfc6455/5.5.2/pong", "wscheck/peer-hung"),
		died,
	}
	groups := GroupResults(results, JudgeRFC)
	var got []string
	for i := range groups {
		got = append(got, describe(&groups[i]))
	}
	want := []string{
		"Violation|wscheck/peer-hung|true|[h/1]|is still busy with a connection that is over",
		"Violation|wscheck/peer-died|true|[d/1]|the peer died: exit status 3",
		"Violation|rfc6455/8.1/utf8-fail|true|[v/2 v/3]|text that is not UTF-8 is accepted",
		"Violation|rfc6455/5.5.2/pong|true|[v/1]|does not answer a ping with a pong",
		"Inconclusive||true|[i/1 i/2]|the connection ended after 3 of the messages were echoed",
		"Violation|rfc6455/5.2/rsv-fail|false|[k/1]|a reserved bit that no extension in use defines is accepted",
		"Allowed|rfc6455/7.1.7/close-frame|false|[a/1]|does not send a close frame before it closes the TCP connection on failing",
		"Allowed||false|[a/2]|the close frame overtook what the peer had to answer",
		"Slow||false|[s/1 s/2]|something came late or was not seen in time, which proves nothing",
		"Slow||false|[s/3]|not seen in time, which proves nothing: run these cases again, one at a time, or use wscheck drive",
		"Unsupported||false|[u/2 u/3]|closed with code 1003",
		"Unsupported||false|[u/1]|closed with code 1009",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%q\nwant\n%q", got, want)
	}
	if also := groups[2].Also; !slices.Equal(also, []oracle.ClauseID{"rfc6455/5.1/server-masks-not"}) {
		t.Errorf("the clause that is broken beside another alone is not there: %v", also)
	}
}

// TestGroupsAutobahn groups by behavior and reason where Autobahn's verdict
// counts.
func TestGroupsAutobahn(t *testing.T) {
	record := func(id string, behavior, closing autobahn.Behavior, result string) *Result {
		r := judged(id, oracle.Pass, "")
		r.Record = &autobahn.Record{Behavior: behavior, BehaviorClose: closing, Result: result, ResultClose: "Connection was not closed cleanly"}
		return r
	}
	broken := record("2.1", autobahn.Failed, autobahn.OK, "Actual events differ from any expected.")
	broken.RFC = judged("", oracle.Violation, "", "rfc6455/5.5.2/pong").RFC
	groups := GroupResults([]*Result{
		record("1", autobahn.OK, autobahn.OK, "fine"),
		record("2", autobahn.Failed, autobahn.OK, "Actual events differ from any expected."),
		record("3", autobahn.Failed, autobahn.OK, "Actual events differ from any expected."),
		record("4", autobahn.OK, autobahn.Unclean, "fine"),
		record("5", autobahn.NonStrict, autobahn.OK, "Actual events match at least one expected."),
		record("6", autobahn.Unimplemented, autobahn.OK, "not there"),
		broken,
		judged("7", oracle.Violation, "", "rfc6455/5.5.2/pong"),
	}, JudgeAutobahn)
	var got []string
	for i := range groups {
		got = append(got, describe(&groups[i]))
	}
	want := []string{
		"Fail||true|[2 3]|Actual events differ from any expected.",
		"Fail on close||true|[4]|Connection was not closed cleanly (UNCLEAN)",
		"Fail||true|[2.1]|Actual events differ from any expected. (rfc6455/5.5.2/pong)",
		"Violation|rfc6455/5.5.2/pong|true|[7]|does not answer a ping with a pong",
		"Non-Strict||false|[5]|conforming, but not the preferred behavior",
		"Unimplemented||false|[6]|not there",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%q\nwant\n%q", got, want)
	}
}

// TestGroupsOfReport finds the results of an agent in the order of the cases.
func TestGroupsOfReport(t *testing.T) {
	a, b := judged("a", oracle.Violation, "", "rfc6455/5.5.2/pong"), judged("b", oracle.Violation, "", "rfc6455/5.5.2/pong")
	a.Trace = &oracle.Trace{Events: []oracle.Event{{N: 1000}}}
	r := &Report{Judge: JudgeRFC, Cases: []*catalogue.Case{a.Case, b.Case}}
	groups := r.Groups(&Agent{Results: []*Result{b, a}})
	if len(groups) != 1 || groups[0].Results[0] != a || groups[0].Smallest != b {
		t.Errorf("got %+v", groups)
	}
}
