package fuzzingserver

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/wscheck/wscheck/internal/catalogue"
	"github.com/wscheck/wscheck/internal/plural"
	"github.com/wscheck/wscheck/internal/report"
	"github.com/wscheck/wscheck/oracle"
)

// commands are what drivers ask for, each over a connection of its own.
type commands struct {
	config  *Config
	listing *listing
	agents  *agents
	writer  *writer
	notes   *notes
	stopped <-chan struct{}
	stop    func()

	heavy  chan struct{} // one for each case that moves megaoctets
	traces atomic.Int64
}

// route does what an opening handshake's request target asks for. It returns a
// refusal that is still to be sent.
func (c *commands) route(ctx context.Context, t *session) *refusal {
	path, query := takeApart(t.request.Target)
	q := parseQuery(query)
	switch path {
	case runPath:
		return c.runCase(ctx, t, q)
	case "/getCaseCount":
		return t.answer(strconv.Itoa(len(c.listing.cases)))
	case "/getCaseInfo":
		return c.caseInfo(t, q)
	case "/getCaseStatus":
		return c.caseStatus(ctx, t, q)
	case "/updateReports":
		return c.updateReports(ctx, t, q)
	case "/stopServer":
		return c.stopServer(t)
	}
	return &refusal{http.StatusNotFound, "no such path: there are /runCase, /getCaseCount, /getCaseInfo, /getCaseStatus, /updateReports and /stopServer"}
}

// runPath is the path by which a case is played.
const runPath = "/runCase"

// runCase plays a case with the client.
func (c *commands) runCase(ctx context.Context, t *session, q params) *refusal {
	cs, refusal := c.listing.find(q)
	if refusal != nil {
		return refusal
	}
	if why := cs.Script.Uncarried(t.over()); why != "" {
		return c.uncarried(cs, why)
	}
	a, refusal := c.enter(ctx, q)
	if refusal != nil {
		return refusal
	}
	defer c.agents.leave(a)
	name := a.visitor.Agent()
	if c.config.ExcludeAgent.Excludes(name, cs.ID) {
		return t.dismiss()
	}
	a.begin(cs)
	leave := c.queue(ctx, cs)
	result := a.visitor.Converse(ctx, t.conn, t.head, t.carrier, cs)
	leave()
	if result == nil {
		a.end(cs)
		return nil
	}
	t.fallen(result)
	c.take(a, result)
	a.end(cs)
	return nil
}

// take takes the result of a case that an agent has run.
func (c *commands) take(a *agent, result *report.Result) {
	name, kept := a.visitor.Agent(), result
	if c.writer.writes() || c.traces.Add(1) > maxTraces {
		kept = withoutTrace(result)
	}
	c.notes.progress(name, result, a.record(result.Case, kept))
	if err := c.writer.add(name, result); err != nil {
		c.notes.notice("%v", err)
	}
}

// uncarried refuses a case that what carries the client's WebSockets cannot carry.
func (c *commands) uncarried(cs *catalogue.Case, why string) *refusal {
	c.notes.noticeSeldom(&c.notes.warned, "a client asks for %s, and %s: it came by the other version of HTTP", cs.ID, why)
	return &refusal{http.StatusConflict, fmt.Sprintf("case: %s, and the client came by the other version of HTTP", why)}
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
func (c *commands) queue(ctx context.Context, cs *catalogue.Case) (leave func()) {
	if !cs.Slow && !cs.Alone && !cs.Bulk {
		return func() {}
	}
	timer := time.NewTimer(queueTime)
	defer timer.Stop()
	select {
	case c.heavy <- struct{}{}:
		return func() { <-c.heavy }
	case <-timer.C:
	case <-ctx.Done():
	}
	return func() {}
}

// maxTraces is how many results are kept with their traces, where there are no
// files to keep those.
const maxTraces = 2000

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
func (c *commands) enter(ctx context.Context, q params) (*agent, *refusal) {
	name, refused := q.agent()
	if refused != nil {
		return nil, refused
	}
	timer := time.NewTimer(enterTime)
	defer timer.Stop()
	a := c.agents.enter(name)
	for waiting := true; a == nil && waiting; a = c.agents.enter(name) {
		select {
		case <-c.agents.left:
		case <-timer.C:
			waiting = false
		case <-ctx.Done():
			waiting = false
		}
	}
	if a == nil {
		c.notes.noticeSeldom(&c.notes.warned, "agent %q is turned away: %s being tested", name, plural.Of(c.agents.max, "other is", "others are"))
		return nil, &refusal{http.StatusServiceUnavailable, "agent: there are too many others"}
	}
	return a, nil
}

// caseInfo returns what a case is about.
func (c *commands) caseInfo(t *session, q params) *refusal {
	cs, refusal := c.listing.find(q)
	if refusal != nil {
		return refusal
	}
	return t.answer(`{"id": ` + quote(shortID(cs)) + `, "description": ` + quote(strings.Join(strings.Fields(cs.Description), " ")) + `}`)
}

// caseStatus returns how a case ended, once it has, and whether it is worth playing
// again because something was not seen in time.
func (c *commands) caseStatus(ctx context.Context, t *session, q params) *refusal {
	cs, refusal := c.listing.find(q)
	if refusal != nil {
		return refusal
	}
	a, refusal := c.enter(ctx, q)
	if refusal != nil {
		return refusal
	}
	c.agents.leave(a) // a client that waits for a result counts no more
	if refusal := t.open(); refusal != nil {
		return refusal
	}
	until := time.Now().Add(cmp.Or(c.config.Patience, defaultPatience))
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
		if !t.wait(ctx, changed, c.stopped, time.Until(until)) {
			t.end()
			return nil
		}
	}
}

// updateReports writes the report, with all that the agent has done.
func (c *commands) updateReports(ctx context.Context, t *session, q params) *refusal {
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
	if a := c.agents.find(name); a != nil {
		c.awaitIdle(ctx, t, a)
	}
	if err := c.writer.flush(); err != nil {
		c.notes.notice("%v", err)
	}
	c.notes.updated(name)
	t.end()
	if shutdown {
		c.stop()
	}
	return nil
}

// idleTime bounds how long a report waits for cases of its agent that are not
// at their end yet.
const idleTime = 10 * time.Second

// awaitIdle waits until no case of the agent is being played: a client can see
// its connection end a moment before the verdict is made.
func (c *commands) awaitIdle(ctx context.Context, t *session, a *agent) {
	until := time.Now().Add(idleTime)
	for {
		idle, changed := a.idle()
		if idle || !t.wait(ctx, changed, c.stopped, time.Until(until)) {
			return
		}
	}
}

func (c *commands) stopServer(t *session) *refusal {
	if refusal := t.dismiss(); refusal != nil {
		return refusal
	}
	c.notes.notice("stopped by a client")
	c.stop()
	return nil
}
