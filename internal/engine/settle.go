package engine

import (
	"encoding/binary"
	"time"

	"github.com/wscheck/wscheck/internal/autobahn"
	"github.com/wscheck/wscheck/oracle"
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
	discreet bool // nor in the middle of a message of ours, where the conversation cannot be had again
}

// disturbed reports whether a probe may have changed what the peer did: the
// peer broke a rule of framing after it, sent back something else than it got, or
// ended the connection instead of answering. Then the case is played again without
// probes.
func (c *conversation) disturbed() bool {
	if c.settle.seq == 0 {
		return false
	}
	return c.ep.Violated() || c.ep.EchoWrong() || c.settle.out && !c.ep.Probed() && !c.ep.Record().DroppedByMe
}

// silence is how long nothing has to happen before a probe is sent.
func (c *conversation) silence() time.Duration {
	return min(max(5*time.Millisecond, 2*c.pace.roundTrip()), 100*time.Millisecond)
}

// probe sends the ping.
func (c *conversation) probe() {
	c.settle.seq++
	payload := binary.BigEndian.AppendUint64(c.ping[:0], c.rng.Uint64())
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
// that is known, or not before its limit. probe says that a probe is to be sent
// then. The final wait of a script lasts longer as long as an
// answer that the case counts on may still come.
func (c *conversation) settled(limit time.Time, final bool) (at time.Time, probe bool) {
	if c.link.Exact() || c.halted() || c.waitLimit > 0 || c.ep.State() != autobahn.Open || c.queue.len() > 0 || c.inFlight > 0 {
		return limit, false
	}
	s := &c.settle
	switch {
	case s.never:
		return limit, false
	case c.midFrame(), s.discreet && c.midMessage():
		// Nothing can be asked in the middle of a frame.
		return earlier(limit, c.lastActive.Add(c.pace.blindTime(limit.Sub(c.lastActive)))), false
	case s.discreet && c.opening.compression != nil && final && c.ep.Hopeful():
		// A ping of ours may change the answer: see the findings about gws.
		return earlier(limit, c.lastActive.Add(c.pace.stretch(hopeLimit))), false
	case s.probedAt.IsZero() && final && c.ep.Hopeful():
		return earlier(limit, c.lastActive.Add(c.pace.overdue())), true
	case s.probedAt.IsZero():
		return earlier(limit, c.lastActive.Add(c.silence())), true
	case s.out && !c.ep.Probed():
		return limit, false
	}
	if s.out {
		s.out = false
		s.rtt = time.Since(s.probedAt)
		c.pace.learn(s.rtt)
	}
	if final && c.ep.Hopeful() {
		return earlier(limit, c.lastActive.Add(c.pace.stretch(hopeLimit))), false
	}
	return earlier(limit, c.lastActive.Add(c.pace.settleTime(s.rtt))), false
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
