package engine

import (
	"cmp"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"github.com/wscheck/wscheck/internal/autobahn"
	"github.com/wscheck/wscheck/internal/link"
	"github.com/wscheck/wscheck/internal/recorder"
	"github.com/wscheck/wscheck/oracle"
	"github.com/wscheck/wscheck/wsproto"
)

// driver is our side of the protocol: it reads and writes, answers pings and close
// frames, drops the connection, acts when a wait is over, and shows all of it to the
// judge.
type driver struct {
	waiter

	ctx      context.Context
	exp      *autobahn.Expectation
	judge    *oracle.Judge
	options  oracle.Options // of the judge
	unjudged unjudged
	rec      *recorder.Recorder

	held      bool // answers wait: a frame is being written in parts
	playing   bool // steps are taken, and nothing is written before the next wait
	broken    bool // a write failed
	shut      bool // our sending direction is at its end
	lost      bool
	uncarried error // the peer does not have the carrier
	overflow  bool
	died      string // how the peer died, and the trace says so; "" if it lives
	guessed   bool   // a time-out decided, and nothing else

	sent     int // octets sent
	answered int // octets that answer frames of the peer's; counted once they are queued
	contents int // octets of the messages of ours, inflated
	unseen   int // those of them that the judge was not shown
	backlog  backlog
	received int // octets received
	inputs   int // times that octets were received

	handedAt time.Time // of the last octets that the link was given

	// Writes: how many the link was given, up to the last one that was more than pongs,
	// and how many have left.
	given, givenOwn, gone int
	unsent                int // given where that had not all left
}

// Limits on what a peer may make us hold; see also traceOctets.
const (
	traceEvents   = 1000
	sendsInFlight = 2
)

// event adds an event to the trace and shows it to the judge.
func (c *driver) event(ev oracle.Event) {
	ev.At = cmp.Or(ev.At, time.Since(c.start))
	ev.Step = c.step
	ev.N = max(ev.N, len(ev.Data))
	if ev.Kind == oracle.EventTimer {
		c.missed = c.missed || c.again && c.waitLimit == 0 && time.Since(c.lastActive) >= c.patience
	}
	kept := len(c.rec.Trace.Events)
	c.rec.Add(ev)
	kept = len(c.rec.Trace.Events) - kept
	switch ev.Kind {
	case oracle.EventFrameSent, oracle.EventFrameReceived:
		// Frames of HTTP/2 are few, and each counts: windows are sums of all of them.
		c.judge.Skip(c.unjudged.events, 0, 0)
		c.unjudged.events = 0
	default:
		if c.unjudged.on {
			c.unjudged.skip(&ev, kept)
			return
		}
	}
	c.judge.Feed(&ev)
	if kept == 0 {
		c.judge.Skip(-1, 0, 0)
	}
	if ev.Kind == oracle.EventTimer && c.waitLimit >= oracle.DefaultPatience && !c.missed {
		// One of many conversations: one silence is enough to look into.
		v := c.judge.Verdict()
		c.missed = len(silences(&v)) > 0
	}
}

// pump waits for one input or the next deadline, and acts on it.
func (c *driver) pump() { c.pumpTo(c.nextDeadline()) }

// pumpUntil is pump with one more deadline. It reports whether something else
// happened before it.
func (c *driver) pumpUntil(at time.Time) bool {
	d := c.nextDeadline().orElse(at, dueNothing)
	return !c.pumpTo(d) || d.due != dueNothing
}

// pumpTo reports whether the deadline has passed.
func (c *driver) pumpTo(d deadline) (passed bool) {
	if len(c.early) > 0 {
		early := c.early
		c.early = c.early[:0]
		c.frames(early)
		c.react()
		return false
	}
	in := c.next(d.at)
	if in.Underway && c.patience > 0 && !c.halted() && d.due != dueGiveUp {
		if in = c.arrive(); in.Kind == link.TimedOut && !in.Underway {
			c.noteActivity()
			c.noteReading(c.lastActive)
			return false
		}
		d.due = dueGiveUp
	}
	if c.ctx.Err() != nil {
		c.ep.abandon()
		c.finish(false)
		return false
	}
	since, open := c.lastActive, c.ep.phase == opened
	c.noteUnsent(in.Kind)
	switch in.Kind {
	case link.TimedOut:
		if in.Quiet {
			c.markIdle()
		}
		c.pass(d.due)
	case link.Data:
		c.receive(in.Data)
		c.checkExcess()
	case link.Written:
		c.inFlight--
		c.noteActivity()
		c.movedAt = c.lastActive
		c.gone++
		c.noteWritten(in.At)
	case link.Reading:
		c.noteReading(in.At)
	case link.Failed:
		c.broken = true
		c.event(oracle.Event{Kind: oracle.EventSendFailed, Tag: failure(in.Err)})
	default:
		c.ended(in)
		c.finish(true)
	}
	// As a server we drop TCP once the peer has closed.
	if open && c.ep.phase != opened && !c.ep.ClosedByMe && (!c.ep.DroppedByMe || c.ep.Remote != nil) {
		c.timing.learnEnding(time.Since(since))
	}
	c.react()
	return in.Kind == link.TimedOut
}

// arrivalTick is the time between two looks at what is underway.
const arrivalTick = 20 * time.Millisecond

// arrive waits for octets of ours to arrive at the peer's system, or for an input, at most until the
// end of the conversation.
func (c *driver) arrive() (in link.Input) {
	c.underway = true
	for in = (link.Input{Underway: true}); in.Underway && time.Now().Before(c.hardEnd()); {
		in = c.link.Next(earlier(time.Now().Add(arrivalTick), c.hardEnd()))
	}
	c.underway = in.Underway
	return in
}

// pass does what is due.
func (c *driver) pass(what due) {
	switch what {
	case dueGiveUp:
		if (c.inFlight > 0 || c.underway) && !c.broken {
			c.event(oracle.Event{Kind: oracle.EventSendFailed, Tag: oracle.Unread})
		}
		c.timeout("limit", c.ep.abandon)
	case dueOpen:
		c.timeout("open", func() { c.ep.timeOut(&c.ep.WasOpenHandshakeTimeout) })
	case dueCloseReply:
		c.timeout("close-reply", func() { c.ep.timeOut(&c.ep.WasCloseHandshakeTimeout) })
	case dueDrop:
		c.timeout("drop", func() { c.ep.timeOut(&c.ep.WasServerConnectionDropTimeout) })
	case dueStray:
		c.timeout("drop", c.ep.abandon)
	case dueFail:
		c.fire(&c.failTimer, "fail-after", c.ep.failTimer)
	case dueClose:
		c.fire(&c.closeTimer, "close-after", c.ep.closeTimer)
	case dueProbe:
		c.sendProbe()
	case dueGoOn:
		c.resumeReading()
	}
}

func (c *driver) fire(t *caseTimer, tag string, off func()) {
	if c.settle.out && !c.ep.probed {
		c.timing.learnSluggish()
	}
	*t = caseTimer{}
	// A pong shows that the peer has gone past what it should have failed for. It
	// does not show that a message that is due will not come. After a wrong one it is
	// all the same.
	if c.ep.rec.Hopeless() || c.ep.probed && !c.settle.probedAt.IsZero() && !c.ep.rec.Hopeful() {
		c.event(oracle.Event{Kind: oracle.EventTimer, Tag: tag})
		off()
		return
	}
	c.timeout(tag, off)
}

// timeout acts on the end of a wait for something that did not come.
func (c *driver) timeout(tag string, then func()) {
	c.guessed = true
	c.event(oracle.Event{Kind: oracle.EventTimer, Tag: tag})
	then()
}

// receive takes octets from the peer.
func (c *driver) receive(data []byte) {
	c.received += len(data)
	c.inputs++
	c.missed = c.missed && c.waitLimit > 0
	c.noteActivity()
	c.event(oracle.Event{Kind: oracle.EventReceived, Data: data})
	if !c.link.Exact() { // else it is seen to read
		c.backlog.shows(c.judge.Read(), c.lastActive.Sub(c.start), &c.timing.pace)
	}
	c.ep.rec.ReceivedOctets(data)
	if c.ep.phase == connecting {
		data = c.opening.feed(data)
		if c.opening.done && c.role == wsproto.Server {
			c.respond()
		}
		if c.opening.done && c.opening.err == nil {
			c.ep.open(c.opening.request, c.opening.response, c.opening.compression)
			// The steps up to the first wait are taken before frames that came
			// with the response are looked at.
			c.early = append(c.early, data...)
		}
		return
	}
	c.frames(data)
}

// frames takes octets that follow the opening handshake.
func (c *driver) frames(data []byte) {
	had := c.ep.octets
	if c.ep.receive(data); c.ep.octets > had {
		c.movedAt = c.lastActive
	}
	if c.ep.counts[oracle.AwaitClose] > 0 && c.remoteAt.IsZero() {
		c.remoteAt = c.lastActive
	}
}

// react writes what the endpoint answers, and drops TCP where it wants to. In the
// middle of a frame of ours nothing is written but a close frame that begins the
// closing handshake; other answers wait for the end of the frame.
func (c *driver) react() {
	if c.lost {
		return
	}
	if within := c.midFrame(); !c.held && (!within || c.ep.ClosedByMe) {
		pongs := c.queue.empty()
		for _, f := range c.ep.takeFrames() {
			switch {
			case f.Opcode != wsproto.OpClose && within:
				continue
			case f.Opcode == wsproto.OpClose:
				c.closedAt = time.Now()
			}
			pongs = pongs && f.Opcode == wsproto.OpPong
			c.answered += f.Size()
			c.mask(&f.Header, oracle.MaskByRole, c.rng)
			c.sendFrame(f.Header, f.Payload, 0, 0, false)
		}
		if pongs {
			c.queue.answer()
		}
	}
	if how := c.ep.drop; how != noDrop {
		c.finish(how == dropFlush)
		return
	}
	if !c.playing {
		c.flush()
	}
}

// finish ends the connection from our side, if the peer did not, and makes the
// verdicts.
func (c *driver) finish(flush bool) {
	if c.lost {
		return
	}
	if flush && !c.broken {
		c.flushAll()
	}
	c.lost = true
	c.link.Close(flush && !c.broken)
	if n := len(c.rec.Trace.Events); n == 0 || !c.rec.Trace.Events[n-1].Kind.Terminal() {
		c.event(oracle.Event{Kind: oracle.EventClosed})
	}
	c.ep.end()
}

// gather queues octets. Nothing is written before a wait, or before so much is
// queued that it is better written: like the original, and before any answer to what
// arrives meanwhile. b is copied.
func (c *driver) gather(b []byte, chop int, sync bool) {
	c.add(b, chop, sync)
	c.relieve()
}

// sendFrame gathers one frame: see [outbox.addFrame].
func (c *driver) sendFrame(h wsproto.Header, payload []byte, unit, chop int, sync bool) {
	c.addFrame(h, payload, unit, chop, sync)
	c.relieve()
}

// flush hands queued octets over, as long as not too much is on its way.
func (c *driver) flush() {
	for !c.queue.empty() && c.inFlight < sendsInFlight && !c.lost && !c.broken && !c.shut {
		op := c.queue.take()
		if !c.link.Exact() {
			c.backlog.add(int64(c.sent), time.Since(c.start))
		}
		c.event(oracle.Event{Kind: oracle.EventSent, Data: op.data, Sync: op.apart})
		c.sent += len(op.data)
		c.contents = c.judge.Content() + c.unseen
		c.inFlight++
		if c.given++; !op.answers {
			c.givenOwn = c.given
		}
		c.noteActivity()
		c.handedAt, c.movedAt = c.lastActive, c.lastActive
		chop := op.chop
		if op.apart && chop <= 0 {
			chop = len(op.data) // one piece
		}
		c.link.Write(op.data, chop)
		c.hand(op.data)
	}
	if c.lost || c.broken || c.shut {
		c.queue.clear()
	}
}

// flushAll hands over what is queued, if the link takes it without waiting.
func (c *driver) flushAll() {
	c.flush()
	if !c.queue.empty() && c.inFlight < 2*sendsInFlight {
		c.inFlight = 0
		c.flush()
	}
}

// relieve writes when much is queued, so that a script of any size needs
// little memory. Meanwhile the endpoint's answers are held back.
func (c *driver) relieve() {
	if c.queued < sendBatch {
		return
	}
	c.held = true
	c.drain(sendsInFlight - 1)
	c.held = false
	c.queued = 0
}

// drain waits until all octets are handed over and at most left writes are on
// their way, or the connection is gone.
func (c *driver) drain(left int) {
	for !c.lost && !c.broken {
		c.flush()
		if c.queue.empty() && c.inFlight <= left {
			break
		}
		c.pump()
	}
	c.queued = 0
	c.playing = c.held
}

// noteReading notes that the peer still read at a moment what it was sent: until then its silence
// counts for nothing.
func (c *driver) noteReading(at time.Time) {
	if at.Sub(c.handedAt) > writtenLate {
		c.leftAt, c.movedAt = at, at
		c.event(oracle.Event{Kind: oracle.EventWritten, At: at.Sub(c.start)})
	}
}

// noteWritten notes that octets have left our side at a moment: the zero time for at
// once. The trace has it where that was not when they were handed over.
func (c *driver) noteWritten(at time.Time) {
	if at.IsZero() || c.broken {
		return
	}
	if c.gone <= c.givenOwn {
		c.leftAt = at
	}
	if c.inFlight == 0 && c.queue.empty() && at.Sub(c.handedAt) > writtenLate {
		c.event(oracle.Event{Kind: oracle.EventWritten, At: at.Sub(c.start)})
	}
}

// noteUnsent notes, once for each write, that it had not all left when something came of the peer's: it may
// have a limit to the time that a message takes.
func (c *driver) noteUnsent(kind link.Kind) {
	if kind == link.Written || kind == link.TimedOut || c.inFlight == 0 || c.link.Exact() || c.ep.phase == connecting ||
		c.unsent == c.given || time.Since(c.handedAt) < unsentLate {
		return
	}
	c.unsent = c.given
	c.event(oracle.Event{Kind: oracle.EventSendFailed, Tag: oracle.Unsent})
}

// unsentLate is how long a write takes at least for that.
const unsentLate = time.Second

// writtenLate is how long octets are on their way at most without a word in the
// trace.
const writtenLate = 10 * time.Millisecond

// ended notes that the peer ended the connection.
func (c *driver) ended(in link.Input) {
	switch in.Kind {
	case link.EOF:
		c.event(oracle.Event{Kind: oracle.EventReceivedEOF})
	case link.Reset:
		if errors.Is(in.Err, ErrUncarried) {
			c.uncarried = in.Err
		}
		c.event(oracle.Event{Kind: oracle.EventReceivedReset, Tag: failure(in.Err)})
	case link.Died:
		c.died = failure(in.Err)
		c.event(oracle.Event{Kind: oracle.EventPeerDied, Tag: c.died, Data: in.Data})
	}
}

func failure(err error) string {
	switch {
	case err == nil:
		return ""
	case link.BrokenPipe(err):
		return "the peer had closed the connection"
	}
	return err.Error()
}

// frameEvent notes a frame of the carrier.
func (c *driver) frameEvent(ev oracle.Event) {
	if !c.lost {
		c.event(ev)
	}
}

// quietAfter is how long nothing has to happen in a bubble to prove that the peer will do
// nothing. It leaves time for timers of the peer.
const quietAfter = oracle.DefaultPatience

// markIdle notes that the peer has nothing more to do.
func (c *driver) markIdle() {
	if !c.quiet && !c.halted() && time.Since(c.lastActive) >= max(quietAfter, c.patience) {
		c.quiet = true
		c.event(oracle.Event{Kind: oracle.EventQuiet})
	}
}

// sendHandshake queues our part of the opening handshake.
func (c *driver) sendHandshake(b []byte, chop int) {
	if chop > 0 && chop < len(b) {
		c.logPieces(b, chop)
	} else {
		c.ep.rec.SentOctets(b, len(b), false)
	}
	c.gather(b, chop, false)
}

// respond sends our half of the opening handshake in the server role. Where
// frames are to follow in the same write, it waits for them.
func (c *driver) respond() {
	h := &c.script.Handshake
	c.sendHandshake(c.opening.response, h.Chop)
	c.playing = h.WithFrames && c.opening.err == nil
}

// sendProbe sends the ping.
func (c *driver) sendProbe() {
	c.settle.seq++
	payload := binary.BigEndian.AppendUint64(c.ping[:0], c.rng.Uint64())
	payload = binary.BigEndian.AppendUint32(payload, c.settle.seq)
	c.ep.sendsProbe(payload)
	c.settle.probedAt, c.settle.out = time.Now(), true
	h := wsproto.NewFrame(wsproto.OpPing, true, payload).Header
	c.mask(&h, oracle.MaskByRole, c.rng)
	op := c.last()
	op.data = wsproto.Frame{Header: h, Payload: payload}.AppendTo(op.data)
	c.flush()
}

// stopReading has our side stop reading, once what was queued before has left.
func (c *driver) stopReading() {
	if c.drain(0); c.lost || c.halted() {
		return
	}
	c.link.StopReading()
	c.haltedAt = time.Now()
	c.event(oracle.Event{Kind: oracle.EventStoppedReading})
}

// resumeReading has our side read again. What the peer owes us is due from now on.
func (c *driver) resumeReading() {
	if c.lost || !c.halted() {
		return
	}
	c.event(oracle.Event{Kind: oracle.EventReading})
	c.haltedAt = time.Time{}
	c.noteActivity()
	c.leftAt = c.lastActive
	c.link.Resume()
}

// What a peer may send for nothing. What it sends beyond that is in proportion to
// what it was sent.
const (
	freeReceive = 64 << 20 // octets
	freeFrames  = 1 << 18
	freeInputs  = 1 << 20 // times that octets arrive
	freePieces  = 1 << 24 // the same over HTTP/2, where the peer chooses how long a DATA frame is

	// An echo octet by octet, with empty frames, pings and pongs between, is within the bound.
	framesPerOctet = 8
	// A frame of this length at most counts by its number alone.
	shortFrame = wsproto.MaxHeaderSize + 125
)

// checkExcess ends a conversation whose peer sends without end.
func (c *driver) checkExcess() {
	if c.overflow {
		return
	}
	if of := c.excess(); of != "" {
		c.overflow = true
		c.event(oracle.Event{Kind: oracle.EventOverflow, Tag: of})
		c.ep.abandon()
	}
}

// excess returns what the peer sent too much of, "" for nothing.
func (c *driver) excess() string {
	asked := c.asked()
	octets := freeReceive + 4*asked + c.ep.frames*shortFrame
	switch {
	case c.opening.interims > maxInterims:
		return fmt.Sprintf("more than %d interim responses", maxInterims)
	case c.received > octets:
		return fmt.Sprintf("more than %d octets", octets)
	case c.ep.frames > freeFrames+framesPerOctet*asked:
		return fmt.Sprintf("more than %d frames", freeFrames+framesPerOctet*asked)
	case c.inputs > c.freeInputs()+4*asked:
		return fmt.Sprintf("octets more than %d times", c.freeInputs()+4*asked)
	}
	return ""
}

// moderate reports whether the peer sent so little that it did not send without end. One
// that does may be too slow to send all that is read, in the time of a case.
func (c *driver) moderate() bool {
	const fraction = 64
	asked := c.asked()
	return !c.overflow && c.received <= freeReceive/fraction+4*asked && c.ep.frames <= freeFrames/fraction+framesPerOctet*asked
}

func (c *driver) freeInputs() int {
	if c.options.Carrier == oracle.HTTP1 {
		return freeInputs
	}
	return freePieces
}

// asked is how many octets of ours the peer may answer: on the wire and, as the echo of a
// compressed message need not be compressed (RFC 7692 6), inflated. Those that answer the peer's
// own do not count, or a flood of pings would never be too much.
func (c *driver) asked() int { return max(0, c.sent-c.answered) + c.contents }

// judgedOctets is how much of a loop of messages the judge reads, in both
// directions together. What follows is more of the same, and where Autobahn's
// expectation is of that loop, the endpoint compares every echo octet by octet;
// judging it all would inflate every message three times.
const judgedOctets = 2 << 20

// unjudged counts what the judge is not shown of a loop.
type unjudged struct {
	on             bool
	events         int
	sent, received int64
}

func (u *unjudged) skip(ev *oracle.Event, kept int) {
	u.events += kept
	switch ev.Kind {
	case oracle.EventSent:
		u.sent += int64(ev.N)
	case oracle.EventReceived:
		u.received += int64(ev.N)
	}
}

// restJudge stops showing the judge what happens once it has seen enough of a loop,
// at a moment when nothing is under way.
func (c *driver) restJudge() {
	if !c.unjudged.on && c.exp != nil && c.exp.Check == autobahn.CheckLoop && c.sent+c.received > judgedOctets && c.queue.empty() && c.inFlight == 0 && c.judge.Idle() {
		c.unjudged.on = true
	}
}

// resumeJudge continues with the judge, for the last message of the loop. A loop that
// does not get there is not resumed: see unjudgedVerdict.
func (c *driver) resumeJudge() {
	if u := &c.unjudged; u.on {
		c.judge.Skip(u.events, u.sent, u.received)
		*u = unjudged{}
	}
}
