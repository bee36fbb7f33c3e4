package engine

import (
	"fmt"

	"github.com/wscheck/wscheck/oracle"
)

// What a peer may send for nothing. What it sends beyond that is in proportion to
// what it was sent.
const (
	freeReceive = 64 << 20 // octets
	freeFrames  = 1 << 18
	freeInputs  = 1 << 20 // times that octets arrive

	// An echo octet by octet, with empty frames, pings and pongs between, is within the bound.
	framesPerOctet = 8
)

// checkExcess ends a conversation whose peer sends without end.
func (c *conversation) checkExcess() {
	if c.overflow {
		return
	}
	if of := c.excess(); of != "" {
		c.overflow = true
		c.event(oracle.Event{Kind: oracle.EventOverflow, Tag: of})
		c.ep.Abandon()
	}
}

// excess returns what the peer sent too much of, "" for nothing.
func (c *conversation) excess() string {
	asked := c.asked()
	switch {
	case c.opening.interims > maxInterims:
		return fmt.Sprintf("more than %d interim responses", maxInterims)
	case c.received > freeReceive+4*asked:
		return fmt.Sprintf("more than %d octets", freeReceive+4*asked)
	case c.ep.FramesReceived() > freeFrames+framesPerOctet*asked:
		return fmt.Sprintf("more than %d frames", freeFrames+framesPerOctet*asked)
	case c.inputs > freeInputs+4*asked:
		return fmt.Sprintf("octets more than %d times", freeInputs+4*asked)
	}
	return ""
}

// asked is how many octets of ours the peer may have an answer to: those that
// answer the peer's own are none, or a flood of pings would never be too much.
func (c *conversation) asked() int { return max(0, c.sent-c.answered) }
