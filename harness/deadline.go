package harness

import (
	"time"

	"github.com/wscheck/wscheck/oracle"
	"github.com/wscheck/wscheck/oracle/autobahn"
)

// due says what a conversation does at a deadline. It is no function: a deadline
// is looked for before every input.
type due uint8

const (
	dueNothing    due = iota // whoever waits knows
	dueGiveUp                // of it all
	dueOpen                  // the opening handshake
	dueCloseReply            // the peer's close frame
	dueDrop                  // the peer's dropping of TCP, after a close of ours
	dueStray                 // the same where nothing else bounds it
	dueFail                  // StepFailAfter
	dueClose                 // StepCloseAfter
	dueProbe                 // a probe of ours
)

// deadline is a moment at which something is to be done if nothing arrives
// before.
type deadline struct {
	at  time.Time
	due due
}

// orElse is the deadline, or another one where that is earlier and there is one.
func (d deadline) orElse(at time.Time, what due) deadline {
	if at.IsZero() || !at.Before(d.at) {
		return d
	}
	return deadline{at, what}
}

// nextDeadline returns the next deadline.
func (c *conversation) nextDeadline() deadline {
	d := deadline{c.hardEnd(), dueGiveUp}
	if c.ep.State() == autobahn.Connecting {
		return d.orElse(c.start.Add(c.openLimit()), dueOpen)
	}
	if c.ep.AwaitingCloseReply() {
		d = d.orElse(c.closedAt.Add(c.bounded(c.pace.closeReply())), dueCloseReply)
	}
	if c.ep.AwaitingDrop() {
		switch {
		case c.ep.Record().ClosedByMe:
			d = d.orElse(c.remoteAt.Add(c.bounded(c.pace.drop())), dueDrop)
		case c.failAt.IsZero():
			d = d.orElse(c.remoteAt.Add(c.bounded(c.pace.limits.Stray)), dueStray)
		}
	}
	d = c.caseTimer(d, c.failAt, dueFail)
	return c.caseTimer(d, c.closeAt, dueClose)
}

// caseTimer proposes the end of a StepFailAfter or StepCloseAfter: its limit,
// or earlier where it is known that nothing more comes.
func (c *conversation) caseTimer(d deadline, limit time.Time, what due) deadline {
	if limit.IsZero() {
		return d
	}
	at, probe := c.settled(limit, true)
	if probe && at.Before(limit) {
		what = dueProbe
	}
	return d.orElse(at, what)
}

// pass does what is due.
func (c *conversation) pass(what due) {
	switch what {
	case dueGiveUp:
		c.timeout("limit", c.ep.Abandon)
	case dueOpen:
		c.pace.open(false)
		c.timeout("open", c.ep.OpenTimeout)
	case dueCloseReply:
		c.timeout("close-reply", c.ep.CloseTimeout)
	case dueDrop:
		c.timeout("drop", c.ep.DropTimeout)
	case dueStray:
		c.timeout("drop", c.ep.Abandon)
	case dueFail:
		c.fire(&c.failAt, "fail-after", c.ep.FailTimer)
	case dueClose:
		c.fire(&c.closeAt, "close-after", c.ep.CloseTimer)
	case dueProbe:
		c.probe()
	}
}

func (c *conversation) fire(limit *time.Time, tag string, off func()) {
	if c.settle.out && !c.ep.Probed() {
		c.pace.learnSluggish()
	}
	*limit = time.Time{}
	c.timeout(tag, off)
}

func (c *conversation) timeout(tag string, then func()) {
	c.event(oracle.Event{Kind: oracle.EventTimer, Tag: tag})
	then()
}
