package engine

import (
	"time"

	"github.com/wscheck/wscheck/internal/autobahn"
	"github.com/wscheck/wscheck/internal/catalogue"
	"github.com/wscheck/wscheck/internal/report"
	"github.com/wscheck/wscheck/oracle"
	"github.com/wscheck/wscheck/wsproto"
)

// newResult is the result of a conversation that is over.
func newResult(cs *catalogue.Case, agent string, c *conversation, started time.Time, died string) *report.Result {
	return conversationResult(cs, agent, c, c.verdict(), started, died)
}

// conversationResult is newResult where the verdict is known.
func conversationResult(cs *catalogue.Case, agent string, c *conversation, verdict oracle.Verdict, started time.Time, died string) *report.Result {
	trace := c.rec.Trace // a copy, so that the conversation's memory is freed
	r := &report.Result{
		Case: cs, Agent: agent, Started: started, Duration: time.Since(started),
		Trace: &trace, RFC: verdict, Died: died,
	}
	if cs.Autobahn != nil {
		record := *c.ep.Record()
		record.Waited = c.guessed
		r.Record = &record
		if died != "" {
			r.Record.Result += " The peer died: " + died
		}
	}
	return r
}

// noConversation is the result of a case of which there is nothing but an
// event: the peer was stuck.
func noConversation(cs *catalogue.Case, agent string, role wsproto.Role, started time.Time, ev oracle.Event) *report.Result {
	trace := oracle.Trace{Role: role, Events: []oracle.Event{ev}}
	r := &report.Result{
		Case: cs, Agent: agent, Started: started, Duration: time.Since(started),
		Trace: &trace, RFC: oracle.JudgeTrace(&trace, judging),
	}
	if cs.Autobahn != nil {
		ep := autobahn.NewEndpoint(role, cs.Autobahn, autobahn.Options{})
		ep.Record().WasNotCleanReason = ev.Tag
		ep.Lost()
		r.Record = ep.Record()
	}
	return r
}
