package engine

import (
	"time"

	"github.com/wscheck/wscheck/internal/bounds"
	"github.com/wscheck/wscheck/oracle"
)

// halted reports whether our side does not read at the moment.
func (c *conversation) halted() bool { return !c.haltedAt.IsZero() }

// halt has our side stop reading, once what was queued before has left.
func (c *conversation) halt() {
	if c.drain(0); c.lost || c.halted() {
		return
	}
	c.link.halt()
	c.haltedAt = time.Now()
	c.event(oracle.Event{Kind: oracle.EventStoppedReading})
}

// goOn has our side read again. What the peer owes us is due from now on.
func (c *conversation) goOn() {
	if c.lost || !c.halted() {
		return
	}
	c.event(oracle.Event{Kind: oracle.EventReading})
	c.haltedAt = time.Time{}
	c.active()
	c.leftAt = c.lastActive
	c.link.goOn()
}

// stallEnd is when our side goes on reading by itself.
func (c *conversation) stallEnd() time.Time {
	end := c.haltedAt.Add(c.bounded(bounds.Stall))
	if c.inFlight > 0 {
		// The peer may wait for us before it reads on, and we for it.
		end = earlier(end, c.lastActive.Add(c.bounded(bounds.Blocked)))
	}
	return end
}
