package engine

import (
	"context"
	"fmt"
	"hash/fnv"
	"net"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/wscheck/wscheck/internal/autobahn"
	"github.com/wscheck/wscheck/internal/catalogue"
	"github.com/wscheck/wscheck/internal/deflate"
	"github.com/wscheck/wscheck/internal/learn"
	"github.com/wscheck/wscheck/internal/link"
	"github.com/wscheck/wscheck/internal/process"
	"github.com/wscheck/wscheck/internal/recorder"
	"github.com/wscheck/wscheck/internal/report"
	"github.com/wscheck/wscheck/internal/wsurl"
	"github.com/wscheck/wscheck/oracle"
	"github.com/wscheck/wscheck/wsproto"
)

// conversation plays one script with one peer and judges it. It belongs to one
// goroutine.
type conversation struct {
	scriptPlayer

	to       *endpointURL         // where a client of ours is connected to
	url      string               // that a client was given, in a case that may show whether it follows one; "": not known
	plain    func() *oracle.Plain // what the peer did in a plain conversation; nil: not known
	onlyEcho bool                 // the case is about nothing but what comes back
	besides  []oracle.Finding     // what was wrong on the connections besides this one
	word     *word                // that is said instead of the script's steps; nil for none
}

// conversations are for use again, with their memory: in a bubble, what it costs to
// take and to give back would be a good part of a short conversation.
var conversations = sync.Pool{New: func() any {
	return &conversation{scriptPlayer: scriptPlayer{driver: driver{waiter: waiter{outbox: outbox{reusable: newReusable()}}}}}
}}

// newConversation returns the conversation of a case over l, before its opening
// handshake: until then what is known of the peer, such as [conversation.sentTo], may be
// set. to is where a client of ours is connected to. What it draws at random depends on
// the case and on seed.
func newConversation(ctx context.Context, role wsproto.Role, cs *catalogue.Case, l link.Link, to *endpointURL, p *timing, seed uint64) *conversation {
	h := fnv.New64a()
	h.Write([]byte(drawnFor(cs)))
	c := conversations.Get().(*conversation)
	m := c.reusable
	m.pcg.Seed(h.Sum64(), seed)
	m.keyPCG.Seed(h.Sum64(), 1)
	c.role, c.script, c.step = role, &cs.Script, -1
	c.link, c.timing, c.start = l, p, time.Now()
	c.lastActive, c.movedAt = c.start, c.start
	c.ctx, c.exp, c.to = ctx, cs.Autobahn, to
	if cs.Measure != nil {
		c.longest = process.Stretch(measuredLimit)
	}
	c.options = judging
	c.act, c.unasked = cs.Act, true
	if c.act != nil && c.act.Do == catalogue.ActClose {
		c.options.Stay, c.options.Leaves = false, true
	}
	if to.over() != oracle.HTTP1 {
		c.options.Carrier = to.over()
		c.link = link.Carry(l, to.carrier.Open(role, cs.Script.Delivery, c.frameEvent))
	}
	c.ep = &m.endpoint
	c.ep.reset(role, nil)
	if c.exp != nil {
		c.ep.rec = autobahn.NewRecorder(role, c.exp)
	}
	c.judge = judges.Get().(*oracle.Judge)
	c.rec = &m.recorder
	c.rec.Reset()
	c.rec.Limit, c.rec.MaxEvents = traceOctets, traceEvents
	if cs.Bulk {
		c.rec.Limit, c.rec.MaxEvents = traceOctets/4, traceEvents/4
	}
	c.rec.Trace.Role, c.rec.Trace.Carrier = role, to.over()
	if role == wsproto.Client {
		c.opening.ask(&m.openings, m.rng, &cs.Script.Handshake, to, c.exp == nil)
	} else {
		c.opening.await(cs)
		c.opening.carrier = to.over()
	}
	return c
}

// speak sets what the peer does with messages.
func (c *conversation) speak(d *oracle.Dialect, cs *catalogue.Case) {
	if d != nil {
		c.options.Dialect, c.onlyEcho, c.opening.dialect = d, cs.OnlyEcho(), d
	}
}

// sentTo sets the URL that the peer was given, where it is a client.
func (c *conversation) sentTo(url string) {
	if c.role == wsproto.Server {
		c.options.Authority, c.options.Target = splitURL(url)
	}
}

// splitURL returns the authority of a URL, and the resource name: its path, or "/" where
// that is empty, and its query (RFC 6455 3).
func splitURL(url string) (authority, target string) {
	authority, target = wsurl.Cut(url)
	if !strings.HasPrefix(target, "/") {
		target = "/" + target
	}
	return authority, target
}

// bePatient has each wait for something of the peer's last so long at least.
func (c *conversation) bePatient(patience time.Duration) {
	c.patience, c.again = patience, true
	c.settle.never = true
	c.options.Patience = max(oracle.DefaultPatience, patience)
}

// says has a conversation say a word.
func (c *conversation) says(w *word) {
	c.word = w
	if w != nil {
		c.fixedMask = &learn.Mask
	}
	if w != nil && c.opening.answers != nil {
		c.opening.answers = []deflate.Policy{{TakeHints: true}} // some clients insist
	}
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

// judging is what a peer under test has to do: to echo, and to stay.
var judging = oracle.Options{Echo: true, Stay: true}

// judges are for use again: they hold buffers.
var judges = sync.Pool{New: func() any { return new(oracle.Judge) }}

// playUntil plays the conversation over conn, and no longer than ctx lasts.
func (c *conversation) playUntil(ctx context.Context, conn net.Conn) {
	// A connection without time to read or write ends the conversation.
	stop := context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Unix(1, 0)) })
	defer stop()
	c.playScript()
}

// playScript takes the steps of the script, in order, and ends the conversation.
func (c *conversation) playScript() {
	c.judge.Reset(c.role, c.options)
	h := &c.script.Handshake
	early := c.role == wsproto.Client && c.sendRequests(h) && h.WithFrames
	if early {
		c.steps()
		c.resumeReading()
	} else {
		c.flush()
		c.drain(0)
	}
	for c.opens() {
		c.pump()
	}
	c.opened()
	if c.word != nil {
		c.word.say(&c.scriptPlayer)
		return
	}
	if h.Refused && !c.lost {
		c.awaitEnd(c.timing.stretch(refusalLimit))
	}
	if !early {
		c.steps()
	}
	c.step = -1
	c.endScript()
}

// opens reports whether the opening handshake is under way.
func (c *conversation) opens() bool {
	return !c.lost && c.ep.phase == connecting && !c.opening.failed()
}

// sendRequests queues our request, as a client, once those that come before it on the connection are
// answered. It reports whether it did: the peer may have ended the connection instead.
func (c *conversation) sendRequests(h *oracle.Handshake) bool {
	before := &c.opening.before
	all := slices.Concat(before.requests, [][]byte{c.opening.request})
	begun := all[0] // what is not sent of a request, all of it or its second half
	for _, request := range all[1:] {
		early := 0
		if h.BegunEarly {
			early = len(request) / 2
		}
		left := len(before.requests)
		c.sendHandshake(slices.Concat(begun, request[:early]), h.Chop)
		c.flush()
		for c.opens() && len(before.requests) == left {
			c.pump()
		}
		if !c.opens() {
			return false
		}
		begun = request[early:]
	}
	c.sendHandshake(begun, h.Chop)
	return true
}

// runLimit is how long a peer in this process may run on after its connection
// is gone: longer than the time-outs after which libraries drop a connection.
const runLimit = 10 * time.Second

// maxStacks bounds the octets of stacks.
const maxStacks = 1 << 20

// awaitReturn waits for a peer that was started for the conversation to return, and adds to the
// trace how it did. A nil run is a peer elsewhere: nothing is known of it.
func (c *conversation) awaitReturn(r *peerRun) {
	if r == nil {
		return
	}
	if r.guest != nil {
		if how := r.guest.leave(c); how != "" {
			c.event(oracle.Event{Kind: oracle.EventPeerDied, Tag: how})
			c.died = how
		}
		return
	}
	timer := time.NewTimer(runLimit / 2)
	defer timer.Stop()
	select {
	case <-r.done:
	case <-timer.C:
		r.cancel()
		timer.Reset(runLimit / 2)
		select {
		case <-r.done:
		case <-timer.C:
			stacks := make([]byte, maxStacks)
			c.event(oracle.Event{
				Kind: oracle.EventPeerHung, Tag: "the peer did not return within " + runLimit.String(),
				Data: stacks[:runtime.Stack(stacks, true)],
			})
			return
		}
	}
	c.noteDeath(r)
}

// noteDeath adds to the trace that the peer died, unless that is there.
func (c *conversation) noteDeath(r *peerRun) {
	if r.death == nil {
		return
	}
	if c.died == "" {
		c.event(oracle.Event{Kind: oracle.EventPeerDied, Tag: r.death.Error(), Data: r.death.stack})
	}
	c.died = r.death.Error()
}

// verdict returns the judge's verdict and lets go of the judge. It is the last
// that is asked of a conversation.
func (c *conversation) verdict() oracle.Verdict {
	// The conversation is over, and so is the bubble whose clock it had.
	var end time.Duration
	if n := len(c.rec.Trace.Events); n > 0 {
		end = c.rec.Trace.Events[n-1].At
	}
	if c.tags != nil {
		if text := c.mixed(c.judge.Strays()); text != "" {
			c.event(oracle.Event{Kind: oracle.EventPeerMixed, At: end, Tag: text})
		}
	}
	if key := c.judge.Key(); key != "" && c.run != nil {
		if text := c.run.requested(key, c.tagID); text != "" {
			c.event(oracle.Event{Kind: oracle.EventKeyAgain, At: end, Tag: text})
		}
	}
	if masked := c.judge.Masked(); len(masked) > 0 && c.run != nil {
		if text := c.run.masked(masked); text != "" {
			c.event(oracle.Event{Kind: oracle.EventMaskWeak, At: end, Tag: text})
		}
	}
	if c.plain != nil {
		c.judge.Compare(c.plain)
	}
	v := c.judge.Verdict()
	if c.unjudged.on {
		v = c.unjudgedVerdict()
	}
	v = c.acted(c.decidable(v))
	judges.Put(c.judge)
	c.judge = nil
	v = c.withBesides(v)
	if v.Outcome == oracle.Inconclusive && c.ep.phase != opened && !c.ep.WasOpen && c.mayBeRefused() {
		v.Outcome = oracle.Unsupported
		v.Reason = "the peer does not take this opening handshake, and need not: " + v.Reason
	}
	if v.Outcome == oracle.Pass && len(c.opening.before.requests) > 0 {
		v.Outcome, v.Reason = oracle.Unsupported, "the peer does not keep the connection for another request, and need not"
	}
	return v
}

// mayBeRefused reports whether the script's opening handshake is one that a peer
// may refuse though it is legal, offers of extensions included. The plain one is
// not among them: a peer that refuses that cannot be tested.
func (c *conversation) mayBeRefused() bool {
	h := &c.script.Handshake
	return h.MayRefuse || h.Refused || h.Chop > 0 || h.WithFrames || len(h.Before) > 0 || !h.Plain()
}

// decidable returns the verdict, where the case is about what comes back and
// nothing could, as one that says so.
func (c *conversation) decidable(v oracle.Verdict) oracle.Verdict {
	d := c.options.Dialect
	if d.Echoes() || !c.onlyEcho || v.Outcome != oracle.Pass || !c.judge.Foreign() {
		return v
	}
	v.Outcome = oracle.Undecidable
	if v.Reason = "not decidable without an exchange: nothing has to come back"; !d.Open() {
		v.Reason = fmt.Sprintf("not decidable: the dialect %s has no such message", d.Name)
	}
	return v
}

// expectedAnswers is how many answers the script awaits at most.
func (c *conversation) expectedAnswers() (most int) {
	for i := range c.script.Steps {
		if s := &c.script.Steps[i]; s.Kind == oracle.StepAwait && s.Until == oracle.AwaitAnswer {
			most = max(most, s.Count)
		}
	}
	return most
}

// withBesides adds to a verdict what was wrong on the connections besides.
func (c *conversation) withBesides(v oracle.Verdict) oracle.Verdict {
	for _, f := range c.besides {
		f.Event, f.Offset = max(0, len(c.rec.Trace.Events)-1), int64(c.received)
		f.Got = "on a connection beside this one: " + f.Got
		v = v.With(f)
	}
	return v
}

// unjudgedVerdict is the verdict on a loop that came to its end before its last
// message, while the judge was resting.
func (c *conversation) unjudgedVerdict() oracle.Verdict {
	if v := c.conduct(); len(v.Findings) > 0 {
		return v
	}
	if remote := c.ep.Remote; remote != nil && !c.ep.rec.EchoWrong() {
		if outcome, reason := oracle.Limit(*remote); outcome != oracle.Pass {
			return oracle.Verdict{Outcome: outcome, Reason: reason}
		}
	}
	if !c.ep.rec.EchoWrong() {
		return oracle.Verdict{
			Outcome: oracle.Inconclusive,
			Reason:  fmt.Sprintf("the connection ended after %d of the messages were echoed", c.ep.rec.Echoes()),
		}
	}
	return oracle.Verdict{Outcome: oracle.Violation, Findings: []oracle.Finding{{
		Clause: "wscheck/echo-content", Outcome: oracle.Violation,
		Event: max(0, len(c.rec.Trace.Events)-1), Offset: int64(c.received),
		Want: "each message as it was sent", Got: c.ep.rec.Record().Result,
	}}}
}

// conduct is the verdict on what the peer did other than by its octets: it died,
// hung, or sent without end.
func (c *conversation) conduct() oracle.Verdict {
	judge := oracle.NewJudge(c.role, judging)
	for i := range c.rec.Trace.Events {
		ev := &c.rec.Trace.Events[i]
		switch ev.Kind {
		case oracle.EventPeerDied, oracle.EventPeerHung, oracle.EventPeerBloated, oracle.EventPeerMixed, oracle.EventKeyAgain, oracle.EventMaskWeak, oracle.EventOverflow:
			judge.Skip(i, 0, int64(c.received))
			judge.Feed(ev)
			return judge.Verdict()
		}
	}
	return oracle.Verdict{}
}

// disturbed reports whether a probe may have changed what the peer did: the
// peer broke a rule of framing after it, sent back something else than it got, or
// ended the connection instead of answering. Then the case is played again without
// probes.
func (c *conversation) disturbed() bool {
	if c.settle.seq == 0 {
		return false
	}
	return c.ep.violated || c.ep.rec.EchoWrong() || c.settle.out && !c.ep.probed && !c.ep.DroppedByMe
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

// heard returns what is kept of all that the peer sent, and how many octets of it
// came before the first message of ours was sent.
func (c *conversation) heard() (octets []byte, unasked int) {
	asked := false
	for i := range c.rec.Trace.Events {
		switch ev := &c.rec.Trace.Events[i]; ev.Kind {
		case oracle.EventSent:
			asked = asked || ev.Step >= 0
		case oracle.EventReceived:
			octets = append(octets, ev.Data...)
			if !asked {
				unasked = len(octets)
			}
		}
	}
	return octets, unasked
}

// release ends the use of a conversation, all of whose peer's goroutines have
// ended, and gives its memory to others. The trace is given too, unless it is
// kept.
func (c *conversation) release(keepTrace bool) {
	m := c.reusable
	for _, b := range m.handed {
		if len(m.free) < maxBuffers {
			m.free = append(m.free, b)
		}
	}
	clear(m.handed)
	m.handed = m.handed[:0]
	m.queue.clear()
	if cap(m.scratch) > maxBuffer {
		m.scratch = nil
	}
	if cap(m.marked) > maxBuffer {
		m.marked = nil
	}
	if keepTrace {
		m.recorder = recorder.Recorder{}
	}
	m.early = m.early[:0]
	*c = conversation{}
	c.reusable = m
	conversations.Put(c)
}

// plainOf returns what the peer did in a conversation that is over.
func plainOf(c *conversation) *oracle.Plain {
	did := &oracle.Plain{Scheme: "http"}
	ep := c.ep
	if c.role == wsproto.Client && ep.WasOpen && c.script.Handshake.Plain() {
		did.Request, _, _ = wsproto.ParseRequest(c.opening.request)
	}
	if c.to != nil && c.to.tls != nil {
		did.Scheme = "https"
	}
	if ep.ClosedByMe && ep.Remote != nil && ep.Local != nil && ep.Local.Code == wsproto.CloseNormal {
		code := ep.Remote.Code
		did.Closed = code != wsproto.CloseProtocolError && code != wsproto.CloseInvalidPayload
	}
	return did
}

// newResult is the result of a conversation that is over.
func newResult(cs *catalogue.Case, agent string, c *conversation) *report.Result {
	return conversationResult(cs, agent, c, c.verdict(), c.start)
}

// conversationResult is newResult where the verdict is known, and the conversation has the clock of a bubble.
func conversationResult(cs *catalogue.Case, agent string, c *conversation, verdict oracle.Verdict, started time.Time) *report.Result {
	trace := c.rec.Trace // a copy, so that the conversation's memory is freed
	r := &report.Result{
		Case: cs, Agent: agent, Started: started, Duration: time.Since(started),
		Trace: &trace, RFC: verdict, Died: c.died,
	}
	if n := len(trace.Events); endedByWait(r) && !endedByPeer(&trace) {
		r.Reading = c.backlog.left(int64(c.sent), trace.Events[n-1].At, &c.timing.pace)
		if c.underway {
			r.Reading = unarrived
		}
	}
	if c.exp != nil { // not where the case was made one of a dialect
		record := *c.ep.rec.Record()
		record.Waited = c.guessed
		r.Record = &record
		if c.died != "" {
			r.Record.Result += " The peer died: " + c.died
		}
	}
	return r
}

// noConversation is the result of a case that has no conversation, but an
// event: the peer was stuck.
func noConversation(cs *catalogue.Case, agent string, role wsproto.Role, started time.Time, ev oracle.Event) *report.Result {
	trace := oracle.Trace{Role: role, Events: []oracle.Event{ev}}
	r := &report.Result{
		Case: cs, Agent: agent, Started: started, Duration: time.Since(started),
		Trace: &trace, RFC: oracle.JudgeTrace(&trace, judging),
	}
	if cs.Autobahn != nil {
		r.Record = autobahn.Unplayed(role, cs.Autobahn, ev.Tag)
	}
	return r
}
