package engine

import "time"

// How long a conversation lasts: one whose waits are bounded also ends when
// nothing has come or gone for a time.
const (
	hardLimit    = 20 * time.Minute
	boundedLimit = time.Minute
	boundedStall = 5 * time.Second
	unreadLimit  = 30 * time.Second // for a peer that neither reads what we send nor sends anything
)

// hardEnd is when the conversation ends, whatever its script and peer.
func (c *conversation) hardEnd() time.Time {
	if c.waitLimit > 0 {
		return earlier(c.start.Add(boundedLimit+2*c.patience), c.lastActive.Add(boundedStall+2*c.patience))
	}
	end := c.start.Add(hardLimit)
	if c.inFlight > 0 {
		end = earlier(end, c.lastActive.Add(unreadLimit+2*c.patience))
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

// awaited is how long a wait of that length lasts for something that the peer owes.
func (c *conversation) awaited(d time.Duration) time.Duration {
	return max(c.bounded(d), c.patience)
}

// owed is how long a wait lasts for something that the peer has to do: at least
// limit, more with a peer that has taken longer before.
func (c *conversation) owed(limit time.Duration) time.Duration {
	return c.awaited(c.pace.stretch(limit))
}

// timerLimit is how long a timer of the case lasts. It may be how the case is meant
// to end: only where the case is played again is there patience with it.
func (c *conversation) timerLimit(limit time.Duration) time.Duration {
	if c.again {
		return c.owed(limit)
	}
	return c.bounded(c.pace.stretch(limit))
}

// dropLimit is how long the wait for the end of TCP lasts, at least limit. Nothing
// comes after it, so that a peer that was slow before need not be waited for.
func (c *conversation) dropLimit(limit time.Duration) time.Duration {
	return c.awaited(limit + c.pace.roundTrip())
}

// openPatience is how many times as long as any other wait the one for the
// opening handshake is: the peer has a connection to take in first.
const openPatience = 10

// openLimit is the time for the opening handshake.
func (c *conversation) openLimit() time.Duration {
	limit := c.pace.stretch(c.pace.limits.Open)
	if c.waitLimit > 0 {
		limit = min(limit, openPatience*c.pace.stretch(c.waitLimit))
	}
	return max(limit, openFactor*c.patience, c.longOpen)
}

// openFactor is how many times the patience a peer has for the opening handshake:
// a virtual machine that has to get warm takes its time over its first.
const openFactor = 3
