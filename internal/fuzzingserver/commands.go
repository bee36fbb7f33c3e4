package fuzzingserver

import (
	"cmp"
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/wscheck/wscheck/internal/catalogue"
	"github.com/wscheck/wscheck/internal/engine"
	"github.com/wscheck/wscheck/internal/plural"
	"github.com/wscheck/wscheck/internal/report"
	"github.com/wscheck/wscheck/oracle"
	"github.com/wscheck/wscheck/wsproto"
)

// runCase plays a case with the client.
func (s *Server) runCase(ctx context.Context, t *session, q params) *refusal {
	cs, refusal := s.find(q)
	if refusal != nil {
		return refusal
	}
	if why := cs.Script.Uncarried(t.over()); why != "" {
		return s.uncarried(cs, why)
	}
	a, refusal := s.enter(ctx, q)
	if refusal != nil {
		return refusal
	}
	defer s.agents.leave(a)
	name := a.visitor.Agent()
	if s.config.ExcludeAgent.Excludes(name, cs.ID) {
		return t.dismiss()
	}
	a.begin(cs)
	leave := s.queue(ctx, cs)
	result := a.visitor.Converse(ctx, t.conn, t.head, t.carrier, cs)
	leave()
	if result == nil {
		a.end(cs)
		return nil
	}
	t.fallen(result)
	kept := result
	if s.writer.writes() || s.traces.Add(1) > maxTraces {
		kept = withoutTrace(result)
	}
	s.progress(name, result, a.record(cs, kept))
	if err := s.writer.add(name, result); err != nil {
		s.notice("%v", err)
	}
	a.end(cs)
	return nil
}

// heavyEach is how many cases that move megaoctets are played side by side for
// each processor, and queueTime how long one waits for its turn at most. More
// would only be slower, and take memory; but a client that never ends must not
// keep others out.
const (
	heavyEach = 4
	queueTime = 2 * time.Second
)

// queue waits for the turn of a case. leave ends it.
func (s *Server) queue(ctx context.Context, cs *catalogue.Case) (leave func()) {
	if !cs.Slow && !cs.Alone && !cs.Bulk {
		return func() {}
	}
	timer := time.NewTimer(queueTime)
	defer timer.Stop()
	select {
	case s.heavy <- struct{}{}:
		return func() { <-s.heavy }
	case <-timer.C:
	case <-ctx.Done():
	}
	return func() {}
}

// maxTraces is how many results are kept with their traces, where there are no
// files to keep those.
const maxTraces = 2000

func (s *Server) progress(agent string, r *report.Result, done int) {
	if s.config.Progress == nil {
		return
	}
	s.noticing.Lock()
	defer s.noticing.Unlock()
	s.config.Progress(engine.Progress{Agent: agent, Result: r, Judge: s.config.Judge, Done: done, Total: len(s.cases)})
}

// withoutTrace is a result less what takes memory.
func withoutTrace(r *report.Result) *report.Result {
	lean := *r
	lean.Trace = &oracle.Trace{Role: r.Trace.Role}
	if r.Record != nil {
		record := *r.Record
		record.Wirelog, record.Received = nil, nil
		lean.Record = &record
	}
	return &lean
}

// enterTime is how long an agent waits at most for others to make room.
const enterTime = 5 * time.Second

// enter returns the agent that a query names, which is to leave.
func (s *Server) enter(ctx context.Context, q params) (*agent, *refusal) {
	name, refused := q.agent()
	if refused != nil {
		return nil, refused
	}
	timer := time.NewTimer(enterTime)
	defer timer.Stop()
	a := s.agents.enter(name)
	for waiting := true; a == nil && waiting; a = s.agents.enter(name) {
		select {
		case <-s.agents.left:
		case <-timer.C:
			waiting = false
		case <-ctx.Done():
			waiting = false
		}
	}
	if a == nil {
		if s.warned.due(s.started) {
			s.notice("agent %q is turned away: %s being tested", name, plural.Of(s.agents.max, "other is", "others are"))
		}
		return nil, &refusal{http.StatusServiceUnavailable, "agent: there are too many others"}
	}
	return a, nil
}

// caseInfo returns what a case is about.
func (s *Server) caseInfo(t *session, q params) *refusal {
	cs, refusal := s.find(q)
	if refusal != nil {
		return refusal
	}
	return t.answer(`{"id": ` + quote(shortID(cs)) + `, "description": ` + quote(strings.Join(strings.Fields(cs.Description), " ")) + `}`)
}

// caseStatus returns how a case ended, once it has, and whether it is worth playing
// again because something was not seen in time.
func (s *Server) caseStatus(ctx context.Context, t *session, q params) *refusal {
	cs, refusal := s.find(q)
	if refusal != nil {
		return refusal
	}
	a, refusal := s.enter(ctx, q)
	if refusal != nil {
		return refusal
	}
	s.agents.leave(a) // a client that waits for a result counts no more
	if refusal := t.open(); refusal != nil {
		return refusal
	}
	until := time.Now().Add(cmp.Or(s.config.Patience, defaultPatience))
	for {
		result, changed := a.result(cs)
		if result != nil {
			status := `{"behavior": ` + quote(string(result.Behavior()))
			if result.Doubt != "" {
				status += `, "again": true`
			}
			t.end(text(status + "}"))
			return nil
		}
		if !t.wait(ctx, changed, s.stopped, time.Until(until)) {
			t.end()
			return nil
		}
	}
}

// updateReports writes the report, with all that the agent has done.
func (s *Server) updateReports(ctx context.Context, t *session, q params) *refusal {
	name, refusal := q.agent()
	if refusal != nil {
		return refusal
	}
	shutdown, refusal := q.yes("shutdownOnComplete")
	if refusal != nil {
		return refusal
	}
	if refusal := t.open(); refusal != nil {
		return refusal
	}
	if a := s.agents.find(name); a != nil {
		s.awaitIdle(ctx, t, a)
	}
	if err := s.writer.flush(); err != nil {
		s.notice("%v", err)
	}
	s.updated(name)
	t.end()
	if shutdown {
		s.Stop()
	}
	return nil
}

// updated reports that an agent has its report.
func (s *Server) updated(agent string) {
	if s.config.Updated == nil {
		return
	}
	s.noticing.Lock()
	defer s.noticing.Unlock()
	s.config.Updated(agent)
}

// idleTime bounds how long a report waits for cases of its agent that are not
// at their end yet.
const idleTime = 10 * time.Second

// awaitIdle waits until no case of the agent is being played: a client can see
// its connection end a moment before the verdict is made.
func (s *Server) awaitIdle(ctx context.Context, t *session, a *agent) {
	until := time.Now().Add(idleTime)
	for {
		idle, changed := a.idle()
		if idle || !t.wait(ctx, changed, s.stopped, time.Until(until)) {
			return
		}
	}
}

func (s *Server) stopServer(t *session) *refusal {
	if refusal := t.dismiss(); refusal != nil {
		return refusal
	}
	s.notice("stopped by a client")
	s.Stop()
	return nil
}

// text is a text message in one frame.
func text(s string) wsproto.Frame { return wsproto.NewFrame(wsproto.OpText, true, []byte(s)) }
