package blackbox

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/wscheck/wscheck/internal/engine"
	"github.com/wscheck/wscheck/internal/report"
	"github.com/wscheck/wscheck/oracle"
)

// contact is whether the peer is still there. Its methods may be called side by side.
type contact struct {
	jobs     int
	incoming bool        // the peer connects of its own accord
	answers  func() bool // asks the peer, and reports whether it answers
	over     func() bool // reports whether the run has ended for another reason
	gone     func(error) // ends the run

	mu      sync.Mutex
	why     string    // it is taken to be gone
	refused bool      // because it takes no connections any more
	asking  bool      // whether it is still there
	silent  int       // conversations in a row without an octet of the peer's
	heard   time.Time // when there last was one
	idle    int       // connections that are idle: the peer may have none for others
	excused time.Time // when the last of them ended
}

const (
	// A peer is gone when it has not sent an octet for so long, in so many
	// conversations for each job.
	silentFor    = 5 * time.Second
	silentAtOnce = 2

	// A peer to which no connection could be made for so long is gone.
	goneFor = 2 * time.Second
)

var errGone = errors.New("the peer is gone")

// had takes a conversation, and notices a peer that has gone silent.
func (c *contact) had(result *report.Result) {
	heard := heardIn(result)
	c.mu.Lock()
	defer c.mu.Unlock()
	if heard {
		c.silent, c.heard = 0, time.Now()
		return
	}
	c.silent++
	if c.silent <= silentAtOnce*c.jobs || c.spoke(silentFor) || c.asking {
		return
	}
	c.asking = true
	c.mu.Unlock()
	answers := c.answers()
	c.mu.Lock()
	c.asking = false
	switch {
	case answers:
		c.silent, c.heard = 0, time.Now()
	case !c.over():
		c.end(fmt.Sprintf("the peer has answered nothing for %v", time.Since(c.heard).Round(time.Second)))
	}
}

// idles notes that so many connections more are idle, or less.
func (c *contact) idles(more int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.idle, c.excused = c.idle+more, time.Now()
}

// spoke reports whether the peer has sent something within that time, or has a reason not to
// have. c.mu is held.
func (c *contact) spoke(within time.Duration) bool {
	return c.idle > 0 || time.Since(c.heard) <= within || time.Since(c.excused) <= within
}

// heardIn reports whether the peer sent anything in a conversation.
func heardIn(result *report.Result) bool {
	return slices.ContainsFunc(result.Trace.Events, func(ev oracle.Event) bool { return ev.Kind == oracle.EventReceived })
}

// lastHeard is when a conversation in which the peer sent something last ended.
func (c *contact) lastHeard() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.heard
}

// lost takes the error of a conversation that could not be had. It reports whether
// that was for want of a connection, and another try later makes sense.
func (c *contact) lost(err error) bool {
	var unreachable *engine.UnreachableError
	if !errors.As(err, &unreachable) {
		return false // it is over
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.spoke(goneFor) {
		c.refused = c.refused || c.why == "" && !c.incoming
		c.end(err.Error())
	}
	return true
}

// end ends the run because the peer is gone. c.mu is held.
func (c *contact) end(why string) {
	if c.why == "" {
		c.why = why
		c.gone(errGone)
	}
}
