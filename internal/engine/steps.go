package engine

import (
	"bytes"
	"cmp"
	"math"
	"slices"
	"time"

	"github.com/wscheck/wscheck/internal/autobahn"
	"github.com/wscheck/wscheck/internal/bounds"
	"github.com/wscheck/wscheck/internal/catalogue/data"
	"github.com/wscheck/wscheck/internal/link"
	"github.com/wscheck/wscheck/oracle"
	"github.com/wscheck/wscheck/wsproto"
)

// scriptPlayer takes the steps of a script.
type scriptPlayer struct {
	driver
	tagging
	acting

	openFrame openFrame
	openTook  time.Duration // that the opening handshake took, once it is complete
	shared    *[]byte       // the long payload that was sent last
}

// openFrame is the frame that a StepFrame with a larger declared length began:
// the octets of StepFrameData continue its mask.
type openFrame struct {
	masked bool
	key    [4]byte
	pos    int
}

// opened acts on the end of the opening handshake.
func (c *scriptPlayer) opened() {
	o := &c.opening
	switch {
	case c.lost:
		if c.ep.phase == closed && !o.done {
			c.ep.rec.Handshake(o.request, o.buf)
		}
	case o.failed():
		c.ep.rec.Handshake(o.request, o.response)
		c.ep.abandon()
		c.finish(false)
	default:
		c.openTook = time.Since(c.begun(c.start))
		if c.gate != nil {
			c.gate.learn(c.openTook)
		}
		if c.exp != nil && c.exp.Check == autobahn.CheckLoop {
			c.closeTimer = caseTimer{set: time.Now(), limit: c.exp.Timeout}
			c.ep.rec.Log(autobahn.LogRow{Kind: autobahn.LogClose, Seconds: c.exp.Timeout.Seconds()})
		}
		c.react()
	}
}

// refusalLimit is the time for a peer to act on an opening handshake of ours
// that it must not accept.
const refusalLimit = time.Second

// steps takes the script's steps until the connection is gone.
func (c *scriptPlayer) steps() {
	for i := range c.script.Steps {
		if c.lost {
			return
		}
		c.step = i
		if c.act != nil && c.act.Before == i && !c.acts() {
			return
		}
		c.event(oracle.Event{Kind: oracle.EventStep})
		if !c.take(&c.script.Steps[i]) {
			return
		}
	}
}

// take takes one step and reports whether the script continues.
func (c *scriptPlayer) take(s *oracle.Step) bool {
	c.unsettle()
	c.playing = true
	c.tracked = c.tracked || s.HasDeclared || s.Kind == oracle.StepRaw || s.Kind == oracle.StepFrameData
	switch s.Kind {
	case oracle.StepFrame:
		c.takeFrame(s)
	case oracle.StepFrameData:
		c.streamPayload(nil, s)
	case oracle.StepMessage:
		c.expectEcho(s, c.payloadOf(&s.Payload), true)
		c.sendMessage(s, s.Payload.Offset, c.tagged(&c.marked, s, 0, c.payloadOf(&s.Payload)))
	case oracle.StepRaw:
		if s.Beneath {
			return c.takeBeneath(s)
		}
		b := c.payloadOf(&s.Payload)
		if s.Chop > 0 || s.Sync {
			c.logPieces(b, s.Chop)
		} else {
			c.ep.rec.SentOctets(b, len(b), false)
		}
		c.gather(b, s.Chop, s.Sync)
	case oracle.StepClose:
		c.takeClose(s)
	case oracle.StepWait:
		return c.takeWait(s)
	case oracle.StepAwait:
		return c.takeAwait(s)
	case oracle.StepEcho:
		c.takeEcho(s)
	case oracle.StepFailAfter:
		c.failTimer = caseTimer{set: time.Now(), limit: c.timerLimit(s.Timeout)}
		c.ep.rec.Log(autobahn.LogRow{Kind: autobahn.LogFail, Seconds: s.Timeout.Seconds()})
	case oracle.StepCloseAfter:
		c.closeTimer = caseTimer{set: time.Now(), limit: c.timerLimit(s.Timeout)}
		c.ep.rec.Log(autobahn.LogRow{Kind: autobahn.LogClose, Seconds: s.Timeout.Seconds()})
	case oracle.StepShutdown:
		if c.drain(0); c.lost {
			return false
		}
		c.event(oracle.Event{Kind: oracle.EventSentEOF})
		c.link.Shutdown()
		c.shut = true
	case oracle.StepReset:
		if c.drain(0); c.lost {
			return false
		}
		c.event(oracle.Event{Kind: oracle.EventSentReset})
		c.lost = true
		c.link.Reset()
		c.ep.abandon()
		c.ep.end()
	case oracle.StepDrop:
		c.drain(0)
		c.ep.abandon()
		c.finish(true)
	case oracle.StepStopReading:
		c.stopReading()
	case oracle.StepGoOnReading:
		c.drain(0)
		c.resumeReading()
	case oracle.StepPongs:
		c.ep.answerPings(s.Count)
	}
	if c.tracked {
		c.react() // what waited for the end of the frame
	}
	return true
}

// takeBeneath writes frames of the carrier, after all that was written before. Over
// HTTP/1.1 there are none.
func (c *scriptPlayer) takeBeneath(s *oracle.Step) bool {
	c.drain(0)
	if l, ok := c.link.(*link.CarriedLink); ok && !c.lost {
		c.inFlight++
		l.Beneath(c.payloadOf(&s.Payload))
	}
	return true
}

// payloadOf returns the octets of a payload. Where nothing is expected of an echo
// they are valid until the next call.
func (c *scriptPlayer) payloadOf(p *oracle.Payload) []byte {
	if p.Source != "" {
		return data.Window(p.Source, p.Offset, p.Len)
	}
	if p.Len == 0 {
		return p.Data
	}
	switch {
	case p.Len >= sharedFrom:
		c.shared = repeated(p)
		return *c.shared
	case c.exp != nil:
		return p.AppendRange(make([]byte, 0, p.Len), 0, p.Len)
	}
	c.scratch = p.AppendRange(c.scratch[:0], 0, p.Len)
	return c.scratch
}

// streamFrom is the size from which a payload is masked and written piece by
// piece, so that a message of any size needs little memory.
const streamFrom = 256 << 10

func (c *scriptPlayer) takeFrame(s *oracle.Step) {
	h := s.Frame
	if c.exp != nil && c.exp.Check == autobahn.CheckEcho && (h.Opcode == wsproto.OpText || h.Opcode == wsproto.OpBinary) {
		p := s.Payload // the one message whose echo decides the case
		c.ep.rec.ExpectEcho(autobahn.Echo{Binary: h.Opcode == wsproto.OpBinary, Len: p.Size(), Equal: p.Matches, Last: true})
	}
	h.Length = uint64(s.Payload.Size())
	if s.HasDeclared {
		h.Length = s.Declared
	}
	c.mask(&h, s.Masking, c.keys)
	unit := 0
	if s.Payload.Len > 0 && s.Payload.Source == "" {
		unit = len(s.Payload.Data)
	}
	if s.HasDeclared && s.Declared > uint64(s.Payload.Size()) || s.Payload.Size() >= streamFrom && s.Payload.Source == "" {
		c.streamFrame(h, s, unit)
		return
	}
	c.sendFrame(h, c.tagged(&c.marked, s, 0, c.payloadOf(&s.Payload)), unit, s.Chop, s.Sync)
}

// streamFrame writes a frame's header, and then its payload in pieces. The
// frame stays open where the header declares more than the payload.
func (c *scriptPlayer) streamFrame(h wsproto.Header, s *oracle.Step, unit int) {
	c.openFrame = openFrame{masked: h.Masked, key: h.Mask}
	head := h.AppendTo(nil)
	if s.HasDeclared {
		c.ep.rec.SentOctets(head, len(head), false)
		c.gather(head, 0, false)
		head = nil
	} else {
		c.ep.sending(h, s.Payload.Data, s.Payload.Size(), unit, s.Chop, s.Sync)
	}
	c.streamPayload(head, s)
}

// takeClose starts the closing handshake, with a payload of the script's own
// where it has one.
func (c *scriptPlayer) takeClose(s *oracle.Step) {
	if s.Payload.Size() == 0 {
		c.ep.startClose(s.Code, s.Reason)
	} else {
		c.ep.startCloseWith(c.payloadOf(&s.Payload))
	}
	c.react()
}

// streamPayload writes octets that belong to the open frame, after head.
func (c *scriptPlayer) streamPayload(head []byte, s *oracle.Step) {
	size := s.Payload.Size()
	total := len(head) + size
	// Pieces are whole multiples of the chop, counted from the head on.
	piece := sendBatch
	if s.Chop > 0 {
		piece -= piece % s.Chop
		piece = max(piece, s.Chop)
	}
	var first []byte // for the log
	for at := 0; at < total && !c.lost && !c.broken; {
		n := min(piece, total-at)
		b := slices.Grow(c.scratch[:0], n)
		if at < len(head) {
			b = append(b, head[at:]...)
		}
		from := at + len(b) - len(head)
		start := len(b)
		b = s.Payload.AppendRange(b, from, n-start)
		b = append(b[:start], c.tagged(&c.marked, s, from, b[start:])...)
		if c.openFrame.masked {
			body := b[max(0, len(head)-at):]
			c.openFrame.pos = wsproto.Mask(c.openFrame.key, c.openFrame.pos, body)
		}
		if at == 0 && c.exp != nil {
			first = bytes.Clone(b[:min(len(b), autobahn.MaxLogged)])
		}
		c.scratch = b
		at += n
		if s.Chop > 0 || s.Sync {
			c.logPieces(b, s.Chop)
			c.gather(b, s.Chop, true)
			continue
		}
		c.gather(b, 0, false)
	}
	if s.Chop <= 0 && !s.Sync && total > 0 {
		c.ep.rec.SentOctets(first, total, false)
	}
}

// rsv1 marks the first frame of a compressed message (RFC 7692 6).
const rsv1 = 4

// sendMessage writes a message in frames of at most s.Fragment octets.
func (c *scriptPlayer) sendMessage(s *oracle.Step, offset int, payload []byte) {
	op := s.Frame.Opcode
	rsv := s.Frame.Rsv
	app := len(payload)
	if z := c.opening.compression; z != nil && !s.Plain {
		payload = z.compress(&s.Payload, offset, payload)
		rsv |= rsv1
	}
	c.ep.rec.SentMessage(app, len(payload))
	if c.unjudged.on {
		c.unseen += app
	}
	size := len(payload)
	if s.Fragment > 0 {
		size = s.Fragment
	}
	// A message that the fragments divide evenly ends, in Autobahn|Testsuite,
	// with an empty one: peers that bound the number of fragments notice it.
	emptyLast := c.exp != nil && size < len(payload)
	for fin := false; !fin && !c.lost; {
		n := min(size, len(payload))
		fin = n == len(payload) && (n < size || !emptyLast)
		h := wsproto.Header{Fin: fin, Rsv: rsv, Opcode: op, Length: uint64(n)}
		c.mask(&h, s.Masking, c.keys)
		c.sendFrame(h, payload[:n], 0, s.Chop, s.Sync)
		payload = payload[n:]
		op, rsv = wsproto.OpContinuation, s.Frame.Rsv
	}
}

func (c *scriptPlayer) expectEcho(s *oracle.Step, payload []byte, last bool) {
	if c.exp == nil || c.exp.Check == autobahn.CheckLists {
		return
	}
	c.ep.rec.ExpectEcho(autobahn.Echo{
		Binary: s.Frame.Opcode == wsproto.OpBinary, Len: len(payload), Last: last,
		Equal: func(at int, got []byte) bool { return string(payload[at:at+len(got)]) == string(got) },
	})
}

// takeWait waits, and reports whether the script continues.
func (c *scriptPlayer) takeWait(s *oracle.Step) bool {
	c.ep.rec.Log(autobahn.LogRow{Kind: autobahn.LogWait, Seconds: s.Timeout.Seconds(), Tag: s.Tag})
	c.drain(0)
	c.unsettle()
	limit := time.Now().Add(c.bounded(s.Timeout))
	if c.again {
		// A peer that has a limit of just that time has ended the connection by then, and what we send next
		// does not cross that.
		limit = limit.Add(min(s.Timeout/4, maxLonger))
	}
	over := false
	for !c.lost && !over {
		at, probe := c.settled(limit, false)
		switch {
		case c.pumpUntil(at):
		case probe && at.Before(limit):
			c.sendProbe()
		default:
			over = true
		}
	}
	if c.lost {
		return false
	}
	c.event(oracle.Event{Kind: oracle.EventTimer, Tag: s.Tag})
	return c.ep.waitOver(s.Tag)
}

// maxLonger is by how much longer a wait is at most in a case that is played again.
const maxLonger = 500 * time.Millisecond

// takeAwait waits for something of the peer's, and reports whether the script
// continues. Its not coming is for the judge to weigh.
func (c *scriptPlayer) takeAwait(s *oracle.Step) bool {
	c.drain(0)
	c.resumeReading()
	timeout := s.Timeout
	if timeout <= 0 {
		timeout = bounds.Wait
	}
	came := c.pumpWhile(timeout, func() bool {
		return s.Until == oracle.AwaitEnd || c.said(s.Until) < max(1, s.Count)
	})
	if !came {
		c.unmet = c.unmet || s.Until == oracle.AwaitClose || s.Until == oracle.AwaitPing
		c.event(oracle.Event{Kind: oracle.EventTimer, Tag: "await " + s.Until.String()})
	}
	return !c.lost
}

// said is how often the peer has said what a step awaits.
func (c *scriptPlayer) said(a oracle.Await) int {
	if a == oracle.AwaitAnswer && !c.options.Dialect.Echoes() {
		if c.judge.Foreign() {
			return math.MaxInt // nothing is known to come
		}
		return c.judge.Answers()
	}
	if a == oracle.AwaitAnswer {
		a = oracle.AwaitMessage
	}
	if a == oracle.AwaitPong && !c.tracked && len(c.ep.sentPings) < maxPendingReactions {
		return c.ep.answered // a peer may send pongs before our first ping, too
	}
	return c.ep.counts[a]
}

// pumpWhile waits as long as more says so: for the time d, and with patience where
// the peer owes something. It reports false if the time is over. What is not owed
// may come at any time: no wait shows that it never does.
func (c *scriptPlayer) pumpWhile(d time.Duration, more func() bool) bool {
	now := time.Now()
	soon := now.Add(c.bounded(d))
	owed := func() bool { return c.exp != nil || c.unjudged.on || c.judge.Awaits() }
	for !c.lost && more() {
		at, last := soon, c.begun(now).Add(c.awaited(d))
		if !time.Now().Before(soon) && owed() {
			at = last
		}
		if !c.pumpUntil(at) && (!time.Now().Before(last) || !owed()) {
			return false
		}
	}
	return true
}

// takeEcho sends messages, each once the one before has come back. The wait for one begins
// again with each octet of it: pings of the peer's do not put its end off.
func (c *scriptPlayer) takeEcho(s *oracle.Step) {
	c.resumeReading()
	var fixed []byte
	offset, before := s.Payload.Offset, c.echoes()
	owed := c.ep.octets
	if s.Payload.Source == "" {
		fixed = c.tagged(&c.marked, s, 0, c.payloadOf(&s.Payload))
	}
	for i := range s.Count {
		if c.lost || c.ep.phase != opened {
			return
		}
		if i < s.Count-1 {
			c.restJudge()
		} else {
			c.resumeJudge()
		}
		msg, at := fixed, offset
		if s.Payload.Source != "" {
			msg, offset = data.Window(s.Payload.Source, offset, s.Payload.Len), offset+s.Payload.Len
		}
		c.expectEcho(s, msg, i == s.Count-1)
		c.sendMessage(s, at, msg)
		c.flush()
		owed += len(msg)
		had, since := c.ep.octets, time.Now()
		for want := before + i + 1; !c.lost && c.ep.phase == opened && c.echoes() < want; {
			if got := c.ep.octets; got > had && got <= owed {
				had, since = got, c.lastActive
			}
			if c.exp != nil && c.waitLimit == 0 {
				c.pump()
			} else if !c.pumpUntil(c.begun(since).Add(c.awaited(cmp.Or(s.Timeout, bounds.Wait)))) {
				c.event(oracle.Event{Kind: oracle.EventTimer, Tag: "echo"})
				return
			}
		}
	}
}

// echoes is how many messages came back, if the conversation looks at their
// content itself.
func (c *scriptPlayer) echoes() int {
	if c.exp != nil {
		return c.ep.rec.Echoes()
	}
	return c.ep.counts[oracle.AwaitMessage]
}

// awaitEnd waits for the end of the connection, at most limit.
func (c *scriptPlayer) awaitEnd(limit time.Duration) {
	c.drain(0)
	c.resumeReading()
	if !c.pumpWhile(limit, func() bool { return true }) && c.waitLimit > 0 {
		c.event(oracle.Event{Kind: oracle.EventTimer, Tag: "end"})
	}
}

// endScript ends the conversation once the steps are taken.
func (c *scriptPlayer) endScript() {
	c.drain(0)
	c.resumeReading()
	if c.exp != nil {
		for !c.lost {
			c.pump()
		}
		return
	}
	switch {
	case c.script.End == oracle.EndClose, c.askError != nil && !c.act.May:
		c.endClose()
	case c.script.End == oracle.EndAwait:
		c.awaitEnd(bounds.Wait)
	}
	if !c.lost {
		c.ep.abandon()
		c.finish(true)
	}
}

// endClose asks the peer for a last sign of life and closes: a ping, its pong,
// a close frame, its answer, the end of the stream. Each has its time.
func (c *scriptPlayer) endClose() {
	c.unsettle()
	if c.ep.phase == opened && !c.midFrame() {
		c.sendProbe()
		limit := c.owed(c.timing.limits.CloseReply)
		for !c.lost && c.ep.phase == opened && !c.ep.probed {
			if !c.pumpUntil(c.begun(c.settle.probedAt).Add(limit)) {
				c.event(oracle.Event{Kind: oracle.EventTimer, Tag: "pong"})
				break
			}
		}
	}
	if c.lost {
		return
	}
	if c.ep.phase == opened && !c.midFrame() {
		c.ep.startClose(wsproto.CloseNormal, "")
		c.react()
	}
	if c.ep.phase == opened && c.judge.Faulty() {
		c.awaitEnd(c.timing.stretch(c.timing.limits.CloseReply)) // nothing can be asked in the middle of a frame
	}
	for !c.lost && c.ep.phase == closing {
		c.pump()
	}
}
