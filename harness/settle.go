package harness

import (
	"encoding/binary"
	"time"

	"github.com/wscheck/wscheck/oracle"
	"github.com/wscheck/wscheck/oracle/autobahn"
	"github.com/wscheck/wscheck/wsproto"
)

// settling is how a conversation learns that its peer has nothing more to do,
// so that it need not wait for a time-out. After a moment of silence it sends a
// ping of its own: the pong tells that everything before was read, and the
// settle time covers what the peer does on the side. A peer that does not
// answer, or whose answer to the script is still due, has the whole time.
type settling struct {
	probedAt time.Time
	rtt      time.Duration
	seq      uint32
	out      bool // a probe was sent and not answered
	never    bool // probes are not sent
}

// disturbed reports whether a probe may have changed what the peer did: the
// peer broke a rule of framing after it, or ended the connection instead of
// answering. Then the case is played again without probes.
func (c *conversation) disturbed() bool {
	if c.settle.seq == 0 {
		return false
	}
	return c.ep.Violated() || c.settle.out && !c.ep.Probed() && !c.ep.Record().DroppedByMe
}

// silence is how long nothing has to happen before a probe is sent.
func (c *conversation) silence() time.Duration {
	return min(max(5*time.Millisecond, 2*c.pace.roundTrip()), 100*time.Millisecond)
}

// probe sends the ping.
func (c *conversation) probe() {
	c.settle.seq++
	payload := binary.BigEndian.AppendUint64(nil, c.rng.Uint64())
	payload = binary.BigEndian.AppendUint32(payload, c.settle.seq)
	c.ep.Probe(payload)
	c.settle.probedAt, c.settle.out = time.Now(), true
	h := wsproto.NewFrame(wsproto.OpPing, true, payload).Header
	c.mask(&h, oracle.MaskByRole)
	op := c.last()
	op.data = wsproto.Frame{Header: h, Payload: payload}.AppendTo(op.data)
	c.flush()
}

// settled returns when the wait under way may end early: at once, at a moment
// that is known, or not before its limit. act is what is to be done then: a
// probe, or nothing. The final wait of a script lasts longer as long as an
// answer that the case counts on may still come.
func (c *conversation) settled(limit time.Time, final bool) (at time.Time, act func()) {
	if c.link.exact() || c.ep.State() != autobahn.Open || len(c.queue) > 0 || c.inFlight > 0 {
		return limit, nil
	}
	s := &c.settle
	switch {
	case c.openFrame.left > 0:
		// Nothing can be asked in the middle of a frame.
		return earlier(limit, c.lastActive.Add(c.pace.blindTime(limit.Sub(c.lastActive)))), nil
	case s.never:
		return limit, nil
	case s.probedAt.IsZero():
		return earlier(limit, c.lastActive.Add(c.silence())), c.probe
	case s.out && !c.ep.Probed():
		return limit, nil
	}
	if s.out {
		s.out = false
		s.rtt = time.Since(s.probedAt)
		c.pace.learn(s.rtt)
	}
	if final && c.ep.Hopeful() {
		return earlier(limit, c.lastActive.Add(c.pace.stretch(hopeLimit))), nil
	}
	return earlier(limit, c.lastActive.Add(c.pace.settleTime(s.rtt))), nil
}

// hopeLimit is how long an answer may be due from a peer that has read
// everything, answers pings, and sends nothing. It matters to the cases of
// section 9 alone: no other wait is that long.
const hopeLimit = 10 * time.Second

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}

// unsettle forgets what was learned: more octets are about to be sent.
func (c *conversation) unsettle() { c.settle.probedAt, c.settle.out = time.Time{}, false }

// nextDeadline returns the next moment at which something is to be done if
// nothing arrives before, and what.
func (c *conversation) nextDeadline() (time.Time, func()) {
	at, due := c.start.Add(hardLimit), c.giveUp
	next := func(t time.Time, f func()) {
		if !t.IsZero() && t.Before(at) {
			at, due = t, f
		}
	}
	if c.ep.State() == autobahn.Connecting {
		next(c.start.Add(c.pace.openLimit()), c.openTimeout)
		return at, due
	}
	if c.ep.AwaitingCloseReply() {
		next(c.closedAt.Add(c.pace.closeReply()), func() { c.timeout("close-reply", c.ep.CloseTimeout) })
	}
	if c.ep.AwaitingDrop() {
		switch {
		case c.ep.Record().ClosedByMe:
			next(c.remoteAt.Add(c.pace.drop()), func() { c.timeout("drop", c.ep.DropTimeout) })
		case c.failAt.IsZero():
			next(c.remoteAt.Add(c.pace.limits.Stray), func() { c.timeout("drop", c.ep.Abandon) })
		}
	}
	c.caseTimer(next, &c.failAt, "fail-after", c.ep.FailTimer)
	c.caseTimer(next, &c.closeAt, "close-after", c.ep.CloseTimer)
	return at, due
}

// caseTimer proposes the end of a StepFailAfter or StepCloseAfter: its limit,
// or earlier where it is known that nothing more comes.
func (c *conversation) caseTimer(next func(time.Time, func()), limit *time.Time, tag string, off func()) {
	if limit.IsZero() {
		return
	}
	fire := func() {
		if c.settle.out && !c.ep.Probed() {
			c.pace.learnSluggish()
		}
		*limit = time.Time{}
		c.timeout(tag, off)
	}
	at, act := c.settled(*limit, true)
	if act == nil || !at.Before(*limit) {
		act = fire
	}
	next(at, act)
}

// hardLimit ends every conversation, whatever its script and peer.
const hardLimit = 20 * time.Minute

func (c *conversation) timeout(tag string, then func()) {
	c.event(oracle.Event{Kind: oracle.EventTimer, Tag: tag})
	then()
}

func (c *conversation) giveUp() { c.timeout("limit", c.ep.Abandon) }

func (c *conversation) openTimeout() {
	c.pace.open(false)
	c.timeout("open", c.ep.OpenTimeout)
}
