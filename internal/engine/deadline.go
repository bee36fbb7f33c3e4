package engine

import (
	"time"

	"github.com/wscheck/wscheck/internal/autobahn"
	"github.com/wscheck/wscheck/oracle"
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
	dueGoOn                  // the end of a stall
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

// caseTimer is a StepFailAfter or a StepCloseAfter, or that of a whole case. The
// zero value is none.
type caseTimer struct {
	set   time.Time
	limit time.Duration
}

// nextDeadline returns the next deadline. The peer has time for nothing as long
// as octets of ours are on their way.
func (c *conversation) nextDeadline() deadline {
	d := deadline{c.hardEnd(), dueGiveUp}
	if c.halted() {
		return d.orElse(c.stallEnd(), dueGoOn)
	}
	if c.inFlight > 0 && !c.link.exact() {
		return d
	}
	if c.ep.State() == autobahn.Connecting {
		return d.orElse(c.begun(c.start).Add(c.openLimit()), dueOpen)
	}
	if c.ep.AwaitingCloseReply() {
		d = d.orElse(c.begun(c.closedAt).Add(c.owed(c.pace.limits.CloseReply)), dueCloseReply)
	}
	if c.ep.AwaitingDrop() {
		switch {
		case c.ep.Record().ClosedByMe:
			d = d.orElse(c.begun(c.remoteAt).Add(c.dropLimit(c.pace.limits.Drop)), dueDrop)
		case c.failTimer == caseTimer{}:
			d = d.orElse(c.begun(c.remoteAt).Add(c.dropLimit(c.pace.limits.Stray)), dueStray)
		}
	}
	d = c.caseDeadline(d, c.failTimer, dueFail)
	return c.caseDeadline(d, c.closeTimer, dueClose)
}

// begun is when a wait begins: at a moment, or when the last octets of ours had
// left.
func (c *conversation) begun(at time.Time) time.Time {
	if c.leftAt.After(at) {
		return c.leftAt
	}
	return at
}

// caseDeadline proposes the end of a timer of the case: its limit, or earlier
// where it is known that nothing more comes.
func (c *conversation) caseDeadline(d deadline, t caseTimer, what due) deadline {
	if t == (caseTimer{}) {
		return d
	}
	limit := c.begun(t.set).Add(t.limit)
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
		c.timeout("open", c.ep.OpenTimeout)
	case dueCloseReply:
		c.timeout("close-reply", c.ep.CloseTimeout)
	case dueDrop:
		c.timeout("drop", c.ep.DropTimeout)
	case dueStray:
		c.timeout("drop", c.ep.Abandon)
	case dueFail:
		c.fire(&c.failTimer, "fail-after", c.ep.FailTimer)
	case dueClose:
		c.fire(&c.closeTimer, "close-after", c.ep.CloseTimer)
	case dueProbe:
		c.probe()
	case dueGoOn:
		c.goOn()
	}
}

func (c *conversation) fire(t *caseTimer, tag string, off func()) {
	if c.settle.out && !c.ep.Probed() {
		c.pace.learnSluggish()
	}
	*t = caseTimer{}
	// A pong shows that the peer has gone past what it should have failed for. It
	// does not show that a message that is due will not come. After a wrong one it is
	// all the same.
	if c.ep.Hopeless() || c.ep.Probed() && !c.settle.probedAt.IsZero() && !c.ep.Hopeful() {
		c.event(oracle.Event{Kind: oracle.EventTimer, Tag: tag})
		off()
		return
	}
	c.timeout(tag, off)
}

// timeout acts on the end of a wait for something that did not come.
func (c *conversation) timeout(tag string, then func()) {
	c.guessed = true
	c.event(oracle.Event{Kind: oracle.EventTimer, Tag: tag})
	then()
}
