package engine

import (
	"cmp"
	"time"

	"github.com/wscheck/wscheck/internal/bounds"
	"github.com/wscheck/wscheck/internal/link"
)

// waiter knows how long each wait lasts: what the script and the limits say, what was
// learned of the peer's speed, and what is known to come no more.
type waiter struct {
	outbox

	link   link.Link
	timing *timing
	gate   *gate // that has let the conversation in; nil for none

	start      time.Time
	lastActive time.Time // of the last input or write
	movedAt    time.Time // of the last octets of ours that were handed over or left, or of a message of the peer's
	quiet      bool      // nothing has come or gone since the peer was last found quiet
	leftAt     time.Time // of the last octets that left our side, unless they were pongs
	closedAt   time.Time // our close frame was handed over
	remoteAt   time.Time // the peer's close frame arrived
	haltedAt   time.Time // when our side stopped reading; zero while it reads
	failTimer  caseTimer // StepFailAfter
	closeTimer caseTimer // StepCloseAfter
	settle     settling

	// waitLimit bounds each wait, whatever the script and the peer's pace say,
	// and has no probes sent; 0 means no bound.
	waitLimit time.Duration

	// longest bounds the conversation, whatever the script; 0 means hardLimit.
	longest time.Duration

	// longOpen is how long the opening handshake may take at least.
	longOpen time.Duration

	// patience is how long each wait for something of the peer's lasts at least,
	// where what does not come by then counts; see doubts.
	patience time.Duration
	again    bool // it is not the first try
	missed   bool // a wait of the whole patience came to nothing, and, unless waits are bounded, nothing has come since
	underway bool // octets of ours had not arrived at the peer's system, where a wait was over
}

// nextDeadline returns the next deadline. The peer has time for nothing as long
// as octets of ours are on their way.
func (w *waiter) nextDeadline() deadline {
	d := deadline{w.hardEnd(), dueGiveUp}
	if w.halted() {
		return d.orElse(w.stallEnd(), dueGoOn)
	}
	if w.inFlight > 0 && !w.link.Exact() {
		return d
	}
	if w.ep.phase == connecting {
		return d.orElse(w.begun(w.start).Add(w.openLimit()), dueOpen)
	}
	if w.ep.awaitingCloseReply() {
		d = d.orElse(w.begun(w.closedAt).Add(w.owed(w.timing.limits.CloseReply)), dueCloseReply)
	}
	if w.ep.awaitingDrop() {
		switch {
		case w.ep.ClosedByMe:
			d = d.orElse(w.begun(w.remoteAt).Add(w.dropLimit(w.timing.limits.Drop)), dueDrop)
		case w.failTimer == caseTimer{}:
			d = d.orElse(w.begun(w.remoteAt).Add(w.dropLimit(w.timing.limits.Stray)), dueStray)
		}
	}
	d = w.caseDeadline(d, w.failTimer, dueFail)
	return w.caseDeadline(d, w.closeTimer, dueClose)
}

// next returns the next input, or that the deadline has passed. A peer that is silent
// for long does not keep other conversations from it.
func (w *waiter) next(deadline time.Time) link.Input {
	rest := time.Duration(restAfter)
	if w.waitLimit > 0 {
		rest = min(rest, w.waitLimit/5)
	}
	soon := w.lastActive.Add(max(rest, w.timing.roundTrip()))
	if w.gate == nil || w.ep.phase == connecting || !soon.Before(deadline) {
		return w.link.Next(deadline)
	}
	if in := w.link.Next(soon); in.Kind != link.TimedOut {
		return in
	}
	w.gate.rest()
	defer w.gate.goOn()
	return w.link.Next(deadline)
}

// restAfter is how long a peer is silent at least when a conversation with it rests: less where all waits
// are short.
const restAfter = 2 * defaultSettle

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

// due says what a conversation does at a deadline. It is not a function: a deadline
// is looked for before every input.
type due uint8

const (
	dueNothing    due = iota // the caller knows what
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

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}

// begun is when a wait begins: at a moment, or when the last octets of ours had
// left. A peer that pings again and again does not put it off.
func (w *waiter) begun(at time.Time) time.Time {
	if w.leftAt.After(at) {
		return w.leftAt
	}
	return at
}

// caseTimer is a StepFailAfter or a StepCloseAfter, or that of a whole case. The
// zero value is none.
type caseTimer struct {
	set   time.Time
	limit time.Duration
}

// caseDeadline proposes the end of a timer of the case: its limit, or earlier
// where it is known that nothing more comes.
func (w *waiter) caseDeadline(d deadline, t caseTimer, what due) deadline {
	if t == (caseTimer{}) {
		return d
	}
	limit := w.begun(t.set).Add(t.limit)
	at, probe := w.settled(limit, true)
	if probe && at.Before(limit) {
		what = dueProbe
	}
	return d.orElse(at, what)
}

// noteActivity notes that octets come or go.
func (w *waiter) noteActivity() { w.lastActive, w.quiet = time.Now(), false }

// halted reports whether our side does not read at the moment.
func (w *waiter) halted() bool { return !w.haltedAt.IsZero() }

// stallEnd is when our side reads again by itself.
func (w *waiter) stallEnd() time.Time {
	end := w.haltedAt.Add(w.bounded(bounds.Stall))
	if w.inFlight > 0 {
		// The peer may wait for us before it reads on, and we for it.
		end = earlier(end, w.lastActive.Add(w.bounded(bounds.Blocked)))
	}
	return end
}

// settling is how a conversation learns that its peer has nothing more to do,
// so that it need not wait for a time-out. After a moment of silence it sends a
// ping of its own: the pong shows that everything before was read, and the
// settle time covers what the peer does on the side. A peer that does not
// answer, or whose answer to the script is still due, has the whole time.
type settling struct {
	probedAt time.Time
	rtt      time.Duration
	seq      uint32
	out      bool // a probe was sent and not answered
	never    bool // probes are not sent
	discreet bool // nor in the middle of a message of ours, where the conversation cannot be repeated
}

// settled returns when the wait under way may end early: at once, at a moment
// that is known, or not before its limit. probe says that a probe is to be sent
// then. The final wait of a script lasts longer as long as an
// answer that the case counts on may still come.
func (w *waiter) settled(limit time.Time, final bool) (at time.Time, probe bool) {
	if w.link.Exact() || w.halted() || w.waitLimit > 0 || w.ep.phase != opened || !w.queue.empty() || w.inFlight > 0 {
		return limit, false
	}
	s := &w.settle
	switch {
	case s.never:
		return limit, false
	case w.midFrame(), s.discreet && w.midMessage():
		// Nothing can be asked in the middle of a frame.
		return earlier(limit, w.lastActive.Add(w.timing.blindTime(limit.Sub(w.lastActive)))), false
	case s.discreet && w.opening.compression != nil && final && w.ep.rec.Hopeful():
		// A ping of ours may change the answer: see the findings about gws.
		return earlier(limit, w.lastActive.Add(w.timing.stretch(hopeLimit))), false
	case s.probedAt.IsZero() && final && w.ep.rec.Hopeful():
		return earlier(limit, w.lastActive.Add(w.timing.overdue())), true
	case s.probedAt.IsZero():
		return earlier(limit, w.lastActive.Add(w.silence())), true
	case s.out && !w.ep.probed:
		return limit, false
	}
	if s.out {
		s.out = false
		s.rtt = time.Since(s.probedAt)
		w.timing.learn(s.rtt)
	}
	if final && w.ep.rec.Hopeful() {
		return earlier(limit, w.lastActive.Add(w.timing.stretch(hopeLimit))), false
	}
	return earlier(limit, w.lastActive.Add(w.timing.settleTime(s.rtt))), false
}

// hopeLimit is how long an answer may be due from a peer that has read
// everything, answers pings, and sends nothing. It matters to the cases of
// section 9 alone: no other wait is that long.
const hopeLimit = 10 * time.Second

// silence is how long nothing has to happen before a probe is sent.
func (w *waiter) silence() time.Duration {
	return min(max(5*time.Millisecond, 2*w.timing.roundTrip()), 100*time.Millisecond)
}

// unsettle forgets what was learned: more octets are about to be sent.
func (w *waiter) unsettle() { w.settle.probedAt, w.settle.out = time.Time{}, false }

// How long a conversation lasts: one whose waits are bounded also ends when
// nothing has come or gone for a time.
const (
	hardLimit    = 20 * time.Minute
	boundedLimit = time.Minute
	boundedStall = 5 * time.Second
	unreadLimit  = 30 * time.Second // for a peer that neither reads what we send nor sends a message
)

// hardEnd is when the conversation ends, whatever its script and peer.
func (w *waiter) hardEnd() time.Time {
	if w.waitLimit > 0 {
		return earlier(w.start.Add(boundedLimit+2*w.patience), w.lastActive.Add(max(boundedStall, w.waitLimit)+2*w.patience))
	}
	end := w.start.Add(cmp.Or(w.longest, hardLimit))
	if w.inFlight > 0 || w.underway {
		end = earlier(end, w.movedAt.Add(unreadLimit+2*w.patience))
	}
	return end
}

// bounded is how long a wait of that length lasts in this conversation.
func (w *waiter) bounded(d time.Duration) time.Duration {
	if w.waitLimit == 0 {
		return d
	}
	limit := w.timing.stretch(w.waitLimit)
	if w.missed {
		limit /= lessPatience
	}
	return min(d, limit)
}

// awaited is how long a wait of that length lasts for something that the peer owes.
// A peer that has let the whole patience pass is given less of it afterwards: what it
// misses then proves nothing, so that nothing is lost but time.
func (w *waiter) awaited(d time.Duration) time.Duration {
	patience := w.patience
	if w.missed {
		patience /= lessPatience
	}
	return max(w.bounded(d), patience)
}

// owed is how long a wait lasts for something that the peer has to do: at least
// limit, more with a peer that has taken longer before.
func (w *waiter) owed(limit time.Duration) time.Duration {
	return w.awaited(w.timing.stretch(limit))
}

// timerLimit is how long a timer of the case lasts. It may be how the case is meant
// to end: only where the case is played again is there patience with it.
func (w *waiter) timerLimit(limit time.Duration) time.Duration {
	if w.again {
		return w.owed(limit)
	}
	return w.bounded(w.timing.stretch(limit))
}

// dropLimit is how long the wait for the end of TCP lasts, at least limit. Nothing
// comes after it, so that a peer that was slow before need not be waited for.
func (w *waiter) dropLimit(limit time.Duration) time.Duration {
	return w.awaited(limit + w.timing.roundTrip())
}

// openPatience is how many times as long as any other wait the one for the
// opening handshake is: the peer has a connection to take in first.
const openPatience = 10

// openLimit is the time for the opening handshake.
func (w *waiter) openLimit() time.Duration {
	limit := w.timing.stretch(w.timing.limits.Open)
	if w.waitLimit > 0 {
		limit = min(limit, openPatience*w.timing.stretch(w.waitLimit))
	}
	return max(limit, openFactor*w.patience, w.longOpen)
}

// openFactor is how many times the patience a peer has for the opening handshake:
// a virtual machine that has to get warm takes its time over its first.
const openFactor = 3
