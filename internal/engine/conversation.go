package engine

import (
	"cmp"
	"context"
	"errors"
	"hash/fnv"
	"strings"
	"sync"
	"time"

	"github.com/wscheck/wscheck/internal/autobahn"
	"github.com/wscheck/wscheck/internal/catalogue"
	"github.com/wscheck/wscheck/internal/learn"
	"github.com/wscheck/wscheck/internal/recorder"
	"github.com/wscheck/wscheck/oracle"
	"github.com/wscheck/wscheck/wsproto"
)

// Limits on what a peer may make us hold.
const (
	traceOctets   = 32 << 10 // octets that a trace keeps
	traceEvents   = 1000
	sendBatch     = 64 << 10 // octets that are gathered before they are written
	sendsInFlight = 2
)

// conversation plays one script with one peer. It belongs to one goroutine.
type conversation struct {
	ctx    context.Context
	role   wsproto.Role // ours
	script *oracle.Script
	exp    *autobahn.Expectation
	link   link
	to     *endpointURL         // where a client of ours is connected to
	plain  func() *oracle.Plain // what the peer did in a plain conversation; nil: not known
	pace   *pace

	tags  *tags       // of all connections with the peer; nil where messages are not tagged
	self  *connection // this one; nil where none was tagged yet
	tagID string      // of the case
	free  bool        // the payloads were made at random

	besides []oracle.Finding // what was wrong on the connections besides this one

	*memory
	ep      *autobahn.Endpoint
	judge   *oracle.Judge
	options oracle.Options // of the judge
	rec     *recorder.Recorder
	start   time.Time
	step    int

	queued    int  // octets queued since the last write
	held      bool // answers wait: a frame is being written in parts
	inFlight  int  // writes on their way
	broken    bool // a write failed
	shut      bool // our sending direction is at its end
	playing   bool // steps are taken, and nothing is written before the next wait
	sent      int  // octets sent
	answered  int  // octets that answer frames of the peer's; counted once they are queued
	received  int  // octets received
	inputs    int  // times that octets were received
	lost      bool
	uncarried error // the peer does not have the carrier
	overflow  bool
	obituary  string // how the peer died, and the trace says so; "" if it lives

	lastActive time.Time // of the last input or write
	handedAt   time.Time // of the last octets that the link was given
	quiet      bool      // nothing has come or gone since the peer was last found quiet
	openFrame  openFrame
	tracked    bool           // our frames go through tracker: not all of them are whole
	tracker    wsproto.Parser // of what is queued
	leftAt     time.Time      // of the last octets that left our side
	failTimer  caseTimer      // StepFailAfter
	closeTimer caseTimer      // StepCloseAfter
	closedAt   time.Time      // our close frame was handed over
	remoteAt   time.Time      // the peer's close frame arrived
	guessed    bool           // a time-out decided, and nothing else
	openTook   time.Duration  // that the opening handshake took, once it is complete
	settle     settling
	haltedAt   time.Time // when our side stopped reading; zero while it reads
	unjudged   unjudged
	onlyEcho   bool // the case is about nothing but what comes back
	data       func(source string, offset, n int) (window []byte, next int)
	shared     *[]byte // the long payload that was sent last

	// waitLimit bounds each wait, whatever the script and the peer's pace say,
	// and has no probes sent; 0 means no bound.
	waitLimit time.Duration

	// longOpen is how long the opening handshake may take at least.
	longOpen time.Duration

	// patience is how long each wait for something of the peer's lasts at least,
	// where what does not come by then counts; see doubts.
	patience time.Duration
	again    bool // it is not the first try

	word *word // that is said instead of the script's steps; nil for none
}

// openFrame is the frame that a StepFrame with a larger declared length began:
// the octets of StepFrameData go on with its mask.
type openFrame struct {
	masked bool
	key    [4]byte
	pos    int
}

// track follows octets that are queued after the opening handshake.
func (c *conversation) track(b []byte) {
	if !c.tracked {
		return
	}
	c.tracker.Feed(b)
	for more := true; more; {
		_, more = c.tracker.Next()
	}
}

// midFrame reports whether what is queued ends within a frame. Only the script goes
// on with it: an answer of ours would become a part of it.
func (c *conversation) midFrame() bool {
	_, _, within := c.tracker.InFrame()
	return within || len(c.tracker.Pending()) > 0
}

// newConversation returns the conversation of a case over l, before its opening
// handshake. to is where a client of ours is connected to. What it draws at
// random depends on the case and on seed.
func newConversation(ctx context.Context, role wsproto.Role, cs *catalogue.Case, l link, to *endpointURL, p *pace, seed uint64) *conversation {
	h := fnv.New64a()
	h.Write([]byte(drawnFor(cs)))
	m := memories.Get().(*memory)
	m.pcg.Seed(h.Sum64(), seed)
	c := &m.conversation
	*c = conversation{
		memory: m, ctx: ctx, role: role, script: &cs.Script, exp: cs.Autobahn, link: l, to: to, pace: p,
		start: time.Now(), step: -1, data: window,
	}
	c.lastActive = c.start
	c.options = judging
	if to.over() != oracle.HTTP1 {
		c.options.Carrier = to.over()
		c.link = carried(l, to.carrier.Open(role, cs.Script.Delivery, c.frameEvent))
	}
	if c.exp == nil {
		c.ep = &m.endpoint
		c.ep.Reset(role, nil, autobahn.Options{Lenient: true, Bare: true})
	} else {
		c.ep = autobahn.NewEndpoint(role, cs.Autobahn, autobahn.Options{})
	}
	c.judge = judges.Get().(*oracle.Judge)
	c.judge.Reset(role, c.options)
	c.rec = &m.recorder
	c.rec.Reset()
	c.rec.Limit, c.rec.MaxEvents = traceOctets, traceEvents
	if cs.Bulk {
		c.rec.Limit, c.rec.MaxEvents = traceOctets/4, traceEvents/4
	}
	c.rec.Trace.Role, c.rec.Trace.Carrier = role, to.over()
	if role == wsproto.Client {
		c.opening.ask(m, &cs.Script.Handshake, to, c.exp == nil)
	} else {
		c.opening.await(cs)
		c.opening.carrier = to.over()
	}
	return c
}

// bePatient has each wait for something of the peer's last so long at least. It
// is called before the conversation begins.
func (c *conversation) bePatient(patience time.Duration) {
	c.patience, c.again = patience, true
	c.settle.never = true
	c.options.Patience = max(oracle.DefaultPatience, patience)
	c.judge.Reset(c.role, c.options)
}

// sentTo tells the judge the URL that the peer, a client, was given. It is called
// before the conversation begins.
func (c *conversation) sentTo(url string) {
	_, rest, _ := strings.Cut(url, "://")
	c.options.Authority, _, _ = strings.Cut(rest, "/")
	c.judge.Reset(c.role, c.options)
}

// drawnFor is what decides on what a case draws at random. All random scripts
// have the same: with the same key for the opening handshake, its octets are the
// same, and need not be taken apart each time.
func drawnFor(cs *catalogue.Case) string {
	if isRandom(cs) {
		return RandomPrefix
	}
	return cs.ID
}

// judging is what a peer under test is told to do: to echo, and to stay.
var judging = oracle.Options{Echo: true, Stay: true}

// judges are for use again: they hold buffers.
var judges = sync.Pool{New: func() any { return new(oracle.Judge) }}

// verdict returns the judge's verdict and lets go of the judge. It is the last
// that is asked of a conversation.
func (c *conversation) verdict() oracle.Verdict {
	c.mixed()
	if c.plain != nil {
		c.judge.Compare(c.plain)
	}
	v := c.judge.Verdict()
	if c.unjudged.on {
		v = c.unjudgedVerdict()
	}
	v = c.decidable(v)
	judges.Put(c.judge)
	c.judge = nil
	v = c.withBesides(v)
	if v.Outcome == oracle.Inconclusive && c.ep.State() != autobahn.Open && !c.ep.Record().WasOpen && c.mayBeRefused() {
		v.Outcome = oracle.Unsupported
		v.Reason = "the peer does not take this opening handshake, and need not: " + v.Reason
	}
	return v
}

// mayBeRefused reports whether the script's opening handshake is one that a peer
// may refuse though it is legal, offers of extensions included. The plain one is
// not among them: a peer that refuses that cannot be tested.
func (c *conversation) mayBeRefused() bool {
	h := &c.script.Handshake
	return h.MayRefuse || h.Refused || h.Chop > 0 || h.WithFrames || !h.Plain()
}

// event adds an event to the trace and shows it to the judge.
func (c *conversation) event(ev oracle.Event) {
	ev.At = cmp.Or(ev.At, time.Since(c.start))
	ev.Step = c.step
	ev.N = max(ev.N, len(ev.Data))
	kept := len(c.rec.Trace.Events)
	c.rec.Add(ev)
	kept = len(c.rec.Trace.Events) - kept
	if c.unjudged.on {
		c.unjudged.skip(&ev, kept)
		return
	}
	c.judge.Feed(&ev)
	if kept == 0 {
		c.judge.Skip(-1, 0, 0)
	}
}

// flush hands queued octets over, as long as not too much is on its way.
func (c *conversation) flush() {
	for c.queue.len() > 0 && c.inFlight < sendsInFlight && !c.lost && !c.broken && !c.shut {
		op := c.queue.take()
		c.event(oracle.Event{Kind: oracle.EventSent, Data: op.data, Sync: op.apart})
		c.sent += len(op.data)
		c.inFlight++
		c.active()
		c.handedAt = c.lastActive
		chop := op.chop
		if op.apart && chop <= 0 {
			chop = len(op.data) // one piece
		}
		c.link.write(op.data, chop)
		c.hand(op.data)
	}
	if c.lost || c.broken || c.shut {
		c.queue.clear()
	}
}

// last returns the operation that octets can be added to, a new one if need be.
func (c *conversation) last() *sendOp {
	if op := c.queue.last(); op == nil || op.apart || len(op.data) >= sendBatch {
		c.queue.push(sendOp{data: c.buffer()})
	}
	return c.queue.last()
}

// gather queues octets. Nothing is written before a wait, or before so much is
// queued that it is better written: like the original, whose frames of one go
// leave together, and before any answer to what arrives meanwhile. b is copied.
func (c *conversation) gather(b []byte, chop int, sync bool) {
	c.track(b)
	c.queued += len(b)
	if chop > 0 || sync {
		c.queue.push(sendOp{data: append(c.buffer(), b...), chop: chop, apart: true})
	} else {
		op := c.last()
		op.data = append(op.data, b...)
	}
	c.relieve()
}

// relieve writes when much is queued, so that a script of any size needs
// little memory. Meanwhile the endpoint's answers are held back.
func (c *conversation) relieve() {
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
func (c *conversation) drain(left int) {
	for !c.lost && !c.broken {
		c.flush()
		if c.queue.len() == 0 && c.inFlight <= left {
			break
		}
		c.pump()
	}
	c.queued = 0
	c.playing = c.held
}

// pump waits for one input or the next deadline, and acts on it.
func (c *conversation) pump() { c.pumpTo(c.nextDeadline()) }

// pumpUntil is pump with one more deadline. It reports whether something else
// happened before it.
func (c *conversation) pumpUntil(at time.Time) bool {
	d := c.nextDeadline().orElse(at, dueNothing)
	return !c.pumpTo(d) || d.due != dueNothing
}

// pumpTo reports whether the deadline has passed.
func (c *conversation) pumpTo(d deadline) (passed bool) {
	if len(c.early) > 0 {
		early := c.early
		c.early = c.early[:0]
		c.frames(early)
		c.react()
		return false
	}
	in := c.link.next(d.at)
	if c.ctx.Err() != nil {
		c.ep.Abandon()
		c.finish(false)
		return false
	}
	since, open := c.lastActive, c.ep.State() == autobahn.Open
	switch in.kind {
	case inputDeadline:
		if in.quiet {
			c.hush()
		}
		c.pass(d.due)
	case inputData:
		c.receive(in.data)
		c.checkExcess()
	case inputWritten:
		c.inFlight--
		c.active()
		c.left(in.at)
	case inputFailed:
		c.broken = true
		c.event(oracle.Event{Kind: oracle.EventSendFailed, Tag: failure(in.err)})
	default:
		c.ended(in)
		c.finish(true)
	}
	// As a server we drop TCP once the peer has closed.
	if r := c.ep.Record(); open && c.ep.State() != autobahn.Open && !r.ClosedByMe && (!r.DroppedByMe || r.Remote != nil) {
		c.pace.learnEnding(time.Since(since))
	}
	c.react()
	return in.kind == inputDeadline
}

// left notes that octets have left our side at a moment: the zero time for at
// once. The trace has it where that was not when they were handed over.
func (c *conversation) left(at time.Time) {
	if at.IsZero() {
		return
	}
	c.leftAt = at
	if c.inFlight == 0 && c.queue.len() == 0 && at.Sub(c.handedAt) > writtenLate {
		c.event(oracle.Event{Kind: oracle.EventWritten, At: at.Sub(c.start)})
	}
}

// writtenLate is how long octets are on their way at most without a word in the
// trace.
const writtenLate = 10 * time.Millisecond

// active notes that octets come or go.
func (c *conversation) active() { c.lastActive, c.quiet = time.Now(), false }

// ended notes that the peer ended the connection.
func (c *conversation) ended(in input) {
	switch in.kind {
	case inputEOF:
		c.event(oracle.Event{Kind: oracle.EventReceivedEOF})
	case inputReset:
		if errors.Is(in.err, ErrUncarried) {
			c.uncarried = in.err
		}
		c.event(oracle.Event{Kind: oracle.EventReceivedReset, Tag: failure(in.err)})
	case inputDied:
		c.obituary = failure(in.err)
		c.event(oracle.Event{Kind: oracle.EventPeerDied, Tag: c.obituary, Data: in.data})
	}
}

// quietAfter is how long nothing may happen in a bubble before it is evidence
// that the peer will not do it: it leaves time to those that do things by
// timers of their own.
const quietAfter = oracle.DefaultPatience

// frameEvent notes a frame of the carrier.
func (c *conversation) frameEvent(ev oracle.Event) {
	if !c.lost {
		c.event(ev)
	}
}

// hush notes that the peer has nothing more to do.
func (c *conversation) hush() {
	if !c.quiet && !c.halted() && time.Since(c.lastActive) >= max(quietAfter, c.patience) {
		c.quiet = true
		c.event(oracle.Event{Kind: oracle.EventQuiet})
	}
}

func failure(err error) string {
	switch {
	case err == nil:
		return ""
	case brokenPipe(err):
		return "the peer had closed the connection"
	}
	return err.Error()
}

// receive takes octets from the peer.
func (c *conversation) receive(data []byte) {
	c.received += len(data)
	c.inputs++
	c.active()
	c.event(oracle.Event{Kind: oracle.EventReceived, Data: data})
	c.ep.ReceivedOctets(data)
	if c.ep.State() == autobahn.Connecting {
		data = c.opening.feed(data)
		if c.opening.done && c.role == wsproto.Server {
			c.respond()
		}
		if c.opening.done && c.opening.err == nil {
			c.ep.Opened(c.opening.request, c.opening.response, c.opening.inflater())
			// The steps up to the first wait are taken before frames that came
			// with the response are looked at.
			c.early = append(c.early, data...)
		}
		return
	}
	c.frames(data)
}

// frames takes octets that follow the opening handshake.
func (c *conversation) frames(data []byte) {
	c.ep.Received(data)
	if c.ep.Count(oracle.AwaitClose) > 0 && c.remoteAt.IsZero() {
		c.remoteAt = c.lastActive
	}
}

// react writes what the endpoint answers, and drops TCP where it wants to. In the
// middle of a frame of ours nothing is written but a close frame that begins the
// closing handshake; other answers wait for the end of the frame.
func (c *conversation) react() {
	if c.lost {
		return
	}
	if within := c.midFrame(); !c.held && (!within || c.ep.Record().ClosedByMe) {
		for _, f := range c.ep.TakeFrames() {
			switch {
			case f.Opcode != wsproto.OpClose && within:
				continue
			case f.Opcode == wsproto.OpClose:
				c.closedAt = time.Now()
			}
			c.answered += f.Size()
			c.frame(f.Header, f.Payload, 0, oracle.MaskByRole, 0, false)
		}
	}
	if how := c.ep.TakeDrop(); how != autobahn.NoDrop {
		c.finish(how == autobahn.DropFlush)
		return
	}
	if !c.playing {
		c.flush()
	}
}

// finish ends the connection from our side, if the peer did not, and makes the
// verdicts.
func (c *conversation) finish(flush bool) {
	if c.lost {
		return
	}
	if flush && !c.broken {
		c.flushAll()
	}
	c.lost = true
	c.link.close(flush && !c.broken)
	if n := len(c.rec.Trace.Events); n == 0 || !c.rec.Trace.Events[n-1].Kind.Terminal() {
		c.event(oracle.Event{Kind: oracle.EventClosed})
	}
	c.ep.Lost()
}

// echoTime is the time from the last octets that we sent before the peer's
// first frame to that frame, 0 if there is none.
func (c *conversation) echoTime() time.Duration {
	var asked time.Duration
	for i := range c.rec.Trace.Events {
		switch ev := &c.rec.Trace.Events[i]; {
		case ev.Step < 0:
		case ev.Kind == oracle.EventSent:
			asked = ev.At
		case ev.Kind == oracle.EventReceived:
			return ev.At - asked
		}
	}
	return 0
}

// flushAll hands over what is queued, if the link takes it without waiting.
func (c *conversation) flushAll() {
	c.flush()
	if c.queue.len() > 0 && c.inFlight < 2*sendsInFlight {
		c.inFlight = 0
		c.flush()
	}
}

// frame gathers one frame. unit is the length of what is repeated to give the
// payload, for the log; 0 where nothing is.
func (c *conversation) frame(h wsproto.Header, payload []byte, unit int, m oracle.Masking, chop int, sync bool) {
	c.mask(&h, m)
	c.ep.Frame(h, payload, len(payload), unit, chop, sync)
	f := wsproto.Frame{Header: h, Payload: payload}
	if chop <= 0 && !sync {
		op := c.last()
		at := len(op.data)
		op.data = f.AppendTo(op.data)
		c.track(op.data[at:])
		c.queued += len(op.data) - at
		c.ep.Sent(op.data[at:], len(op.data)-at, false)
		c.relieve()
		return
	}
	b := f.AppendTo(c.buffer())
	c.track(b)
	c.logPieces(b, chop)
	c.queued += len(b)
	c.queue.push(sendOp{data: b, chop: chop, apart: true})
	c.relieve()
}

// logPieces counts the pieces that octets are written in.
func (c *conversation) logPieces(b []byte, chop int) {
	if chop <= 0 {
		c.ep.Sent(b, len(b), true)
		return
	}
	for len(b) > 0 {
		n := min(chop, len(b))
		c.ep.Sent(b[:n], n, true)
		b = b[n:]
	}
}

// mask sets the mask of a frame that we send.
func (c *conversation) mask(h *wsproto.Header, m oracle.Masking) {
	switch m {
	case oracle.MaskByRole:
		h.Masked = c.role == wsproto.Client
	case oracle.MaskNever:
		h.Masked = false
	case oracle.MaskAlways:
		h.Masked = true
	case oracle.MaskKey:
		h.Masked = true
		return
	}
	if h.Masked && c.word != nil {
		h.Mask = learn.Mask
	} else if h.Masked {
		k := c.rng.Uint32()
		h.Mask = [4]byte{byte(k), byte(k >> 8), byte(k >> 16), byte(k >> 24)}
	}
}
