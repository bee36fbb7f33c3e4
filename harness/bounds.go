package harness

import (
	"time"

	"github.com/wscheck/wscheck/oracle"
)

// How long a conversation lasts: one whose waits are bounded also ends when
// nothing has come or gone for a time.
const (
	hardLimit    = 20 * time.Minute
	boundedLimit = time.Minute
	boundedStall = 5 * time.Second
	unreadLimit  = oracle.UntilEnd // for a peer that neither reads what we send nor sends anything
)

// hardEnd is when the conversation ends, whatever its script and peer.
func (c *conversation) hardEnd() time.Time {
	if c.waitLimit > 0 {
		return earlier(c.start.Add(boundedLimit), c.lastActive.Add(boundedStall))
	}
	end := c.start.Add(hardLimit)
	if c.inFlight > 0 {
		end = earlier(end, c.lastActive.Add(unreadLimit))
	}
	return end
}

// bounded is how long a wait of that length lasts in this conversation.
func (c *conversation) bounded(d time.Duration) time.Duration {
	if c.waitLimit > 0 {
		return min(d, c.pace.stretch(c.waitLimit))
	}
	return d
}

// openPatience is how many times as long as any other wait the one for the
// opening handshake is: the peer has a connection to take in first.
const openPatience = 10

// openLimit is the time for the opening handshake.
func (c *conversation) openLimit() time.Duration {
	if c.waitLimit > 0 {
		return min(c.pace.openLimit(), openPatience*c.pace.stretch(c.waitLimit))
	}
	return c.pace.openLimit()
}
