package engine

import (
	"fmt"

	"github.com/wscheck/wscheck/internal/autobahn"
	"github.com/wscheck/wscheck/oracle"
)

// judgedOctets is how much of a loop of messages the judge reads, in both
// directions together. What follows is more of the same, and where Autobahn's
// expectation is of that loop, the endpoint compares every echo octet by octet;
// judging it all would inflate every message three times.
const judgedOctets = 2 << 20

// unjudged counts what the judge is not shown of a loop.
type unjudged struct {
	on             bool
	events         int
	sent, received int64
}

func (u *unjudged) skip(ev *oracle.Event, kept int) {
	u.events += kept
	switch ev.Kind {
	case oracle.EventSent:
		u.sent += int64(ev.N)
	case oracle.EventReceived:
		u.received += int64(ev.N)
	}
}

// rest stops showing the judge what happens once it has seen enough of a loop,
// at a moment when nothing is under way.
func (c *conversation) rest() {
	if !c.unjudged.on && c.exp != nil && c.exp.Check == autobahn.CheckLoop && c.sent+c.received > judgedOctets && c.queue.len() == 0 && c.inFlight == 0 && c.judge.Idle() {
		c.unjudged.on = true
	}
}

// resume goes on with the judge, for the last message of the loop. A loop that
// does not get there is not resumed: see unjudgedVerdict.
func (c *conversation) resume() {
	if u := &c.unjudged; u.on {
		c.judge.Skip(u.events, u.sent, u.received)
		*u = unjudged{}
	}
}

// unjudgedVerdict is the verdict on a loop that came to its end before its last
// message, while the judge was resting.
func (c *conversation) unjudgedVerdict() oracle.Verdict {
	if v := c.conduct(); len(v.Findings) > 0 {
		return v
	}
	if remote := c.ep.Record().Remote; remote != nil && !c.ep.EchoWrong() {
		if outcome, reason := oracle.Limit(*remote); outcome != oracle.Pass {
			return oracle.Verdict{Outcome: outcome, Reason: reason}
		}
	}
	if !c.ep.EchoWrong() {
		return oracle.Verdict{
			Outcome: oracle.Inconclusive,
			Reason:  fmt.Sprintf("the connection ended after %d of the messages were echoed", c.ep.Echoes()),
		}
	}
	return oracle.Verdict{Outcome: oracle.Violation, Findings: []oracle.Finding{{
		Clause: "wscheck/echo-content", Outcome: oracle.Violation,
		Event: max(0, len(c.rec.Trace.Events)-1), Offset: int64(c.received),
		Want: "each message as it was sent", Got: c.ep.Record().Result,
	}}}
}

// conduct is the verdict on what the peer did other than by its octets: it died,
// hung, or sent without end.
func (c *conversation) conduct() oracle.Verdict {
	judge := oracle.NewJudge(c.role, judging)
	for i := range c.rec.Trace.Events {
		ev := &c.rec.Trace.Events[i]
		switch ev.Kind {
		case oracle.EventPeerDied, oracle.EventPeerHung, oracle.EventPeerBloated, oracle.EventPeerMixed, oracle.EventOverflow:
			judge.Skip(i, 0, int64(c.received))
			judge.Feed(ev)
			return judge.Verdict()
		}
	}
	return oracle.Verdict{}
}
