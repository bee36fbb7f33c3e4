package oracle

import (
	"bytes"
	"fmt"
	"math/bits"
	"strings"

	"github.com/wscheck/wscheck/wsproto"
)

var (
	ruleEchoContent = newRule("wscheck/echo-content")
	ruleEchoType    = newRule("wscheck/echo-type")
	ruleEchoOrder   = newRule("wscheck/echo-order")
	ruleEchoMissing = newRule("wscheck/echo-missing")
	ruleEchoExtra   = newRule("wscheck/echo-extra")
	inEcho          = setOf(ruleEchoContent, ruleEchoType, ruleEchoOrder, ruleEchoMissing, ruleEchoExtra)
)

// echo compares what the peer sends with what it was sent. A message is
// compared as it arrives with the first that is not given back yet; where they
// part, with the others that begin in the same way, so that a wrong order is
// told from wrong content.
type echo struct {
	on bool

	queue []message // not given back yet, the oldest first
	buf   []byte    // their content
	first int       // position in buf of the oldest one's

	// The message that the peer sends.
	op         wsproto.Opcode
	at         int64 // of its first octet
	got        int   // octets so far
	parted     bool  // from the oldest
	partedAt   int   // after so many octets
	candidates uint64
	show       []byte // its first octets

	overdue int // messages of the queue for which the peer has had its chance
}

// message is one that we sent.
type message struct {
	op     wsproto.Opcode
	size   int
	begin  int64 // our offset of it
	end    int64 // our offset behind it, once done
	done   bool
	opaque bool // its content is not known, and so equal to everything

	// Where a control frame stood in the middle of it: after so many octets.
	cut   bool
	cutAt int
}

// shown is how many octets of a message a finding shows.
const shown = 64

// keptEcho bounds the octets of our messages that wait to be given back.
const keptEcho = 1 << 20

func (e *echo) reset() {
	if cap(e.buf) > keptEcho {
		e.buf = nil
	}
	*e = echo{queue: e.queue[:0], buf: e.buf[:0], show: e.show[:0]}
}

// push begins a message of ours.
func (e *echo) push(j *Judge, it *wsproto.Item) {
	if e.on = j.opt.Echo; !e.on {
		return
	}
	j.exercised.addAll(&inEcho)
	e.queue = append(e.queue, message{op: it.Header.Opcode, begin: it.FrameOffset})
}

// underWay returns our message that is not complete, or nil.
func (e *echo) underWay() *message {
	if len(e.queue) == 0 || e.queue[len(e.queue)-1].done {
		return nil
	}
	return &e.queue[len(e.queue)-1]
}

// append adds octets to our message. By the time that one goes on, the peer may
// have given back all that there was of it. The content of more than keptEcho is
// not kept: whoever sends so much compares it as it comes.
func (e *echo) append(b []byte) {
	switch m := e.underWay(); {
	case m == nil || m.opaque:
	case len(e.buf)+len(b) > keptEcho:
		e.buf = e.buf[:len(e.buf)-m.size]
		m.size, m.opaque = 0, true
	default:
		e.buf = append(e.buf, b...)
		m.size += len(b)
	}
}

func (e *echo) obscure() {
	if m := e.underWay(); m != nil {
		m.opaque = true
	}
}

// control notes a control frame in the middle of our message.
func (e *echo) control() {
	if m := e.underWay(); m != nil && !m.cut {
		m.cut, m.cutAt = true, m.size
	}
}

// complete ends our message at that offset.
func (e *echo) complete(end int64) {
	if m := e.underWay(); m != nil {
		m.done, m.end = true, end
	}
}

// content returns what message i of the queue holds.
func (e *echo) content(i int) []byte {
	at := e.first
	for k := range i {
		at += e.queue[k].size
	}
	return e.buf[at : at+e.queue[i].size]
}

// begin begins a message of the peer.
func (e *echo) begin(j *Judge, it *wsproto.Item) {
	e.op, e.at = it.Header.Opcode, it.FrameOffset
	e.got, e.parted, e.partedAt, e.candidates = 0, false, 0, 0
	e.show = e.show[:0]
	if j.opt.Echo && len(e.queue) == 0 && j.ours.first() == nil && !j.ours.closed {
		j.reportf(ruleEchoExtra, it.FrameOffset, "no message but those that the peer was sent", "%s", it.Header)
	}
}

// compare takes octets of the peer's message.
func (e *echo) compare(b []byte) {
	if !e.on || len(e.queue) == 0 {
		return
	}
	if room := shown - len(e.show); room > 0 {
		e.show = append(e.show, b[:min(room, len(b))]...)
	}
	switch {
	case e.queue[0].opaque:
	case !e.parted:
		head := e.content(0)[e.got:]
		if len(b) > len(head) || !bytes.Equal(head[:len(b)], b) {
			e.part(b, commonPrefix(head, b))
		}
	default:
		e.narrow(e.candidates, b)
	}
	e.got += len(b)
}

// maxCandidates bounds the messages that a parted one is compared with.
const maxCandidates = 64

// part is called when the peer's message parts from our oldest one after same
// octets of b.
func (e *echo) part(b []byte, same int) {
	e.parted, e.partedAt = true, e.got+same
	prefix := e.show // as far as it is known where the oldest is not
	if !e.queue[0].opaque {
		prefix = e.content(0)[:e.got]
	}
	e.candidates = 0
	for i := 1; i < min(len(e.queue), maxCandidates); i++ {
		if e.queue[i].opaque || bytes.HasPrefix(e.content(i), prefix) {
			e.candidates |= 1 << i
		}
	}
	e.narrow(e.candidates, b)
}

// narrow keeps those of the candidates that go on with b.
func (e *echo) narrow(candidates uint64, b []byte) {
	for ; candidates != 0; candidates &= candidates - 1 {
		i := bits.TrailingZeros64(candidates)
		if !e.queue[i].opaque && !bytes.HasPrefix(e.content(i)[min(e.got, e.queue[i].size):], b) {
			e.candidates &^= 1 << i
		}
	}
}

// commonPrefix returns the length of what a and b begin with alike.
func commonPrefix(a, b []byte) int {
	n := min(len(a), len(b))
	for i := range n {
		if a[i] != b[i] {
			return i
		}
	}
	return n
}

// end ends the peer's message and finds the one of ours that it gives back.
func (e *echo) end(j *Judge, it *wsproto.Item, opaque bool) {
	if !e.on || len(e.queue) == 0 {
		return
	}
	i := e.matched()
	if opaque {
		i = 0
	}
	faulty := j.ours.first() != nil
	switch {
	case i < 0 && !faulty:
		j.reportf(ruleEchoContent, e.at, "the message that we sent: "+e.describe(0), "%s", e.difference())
		if m := &e.queue[0]; m.cut && m.cutAt == e.got && e.partedAt == e.got {
			j.report(ruleControlWithin, e.at, "a message that goes on behind a control frame", "a message that ends there")
		}
	case i > 0 && !faulty:
		j.reportf(ruleEchoOrder, e.at, "our oldest message first: "+e.describe(0), "%s", e.describe(i))
	}
	i = max(i, 0)
	m := e.queue[i]
	if m.op != e.op && !faulty {
		j.reportf(ruleEchoType, e.at, m.op.String(), "%s", e.op)
	}
	switch f := j.ours.first(); {
	case opaque:
	case m.done:
		j.hasRead(m.end, it.FrameOffset, "an echo")
	case f != nil && f.wait == waitNone && m.begin >= f.soft:
		// It made a whole message of what has no end and should not have begun.
		j.hasRead(f.hard, it.FrameOffset, "a message")
	}
	e.remove(i)
}

// matched returns the position in the queue of the message that the peer's is
// the echo of, or -1.
func (e *echo) matched() int {
	same := func(i int) bool {
		return e.queue[i].done && (e.queue[i].opaque || e.queue[i].size == e.got)
	}
	if !e.parted {
		if same(0) {
			return 0
		}
		// As far as it goes it is the beginning of the oldest: it may be all of
		// another.
		e.part(nil, 0)
		e.partedAt = e.got
	}
	for c := e.candidates; c != 0; c &= c - 1 {
		if i := bits.TrailingZeros64(c); same(i) {
			return i
		}
	}
	return -1
}

// remove takes message i out of the queue.
func (e *echo) remove(i int) {
	size := e.queue[i].size
	if i == 0 {
		e.first += size
	} else {
		at := e.first
		for k := range i {
			at += e.queue[k].size
		}
		e.buf = append(e.buf[:at], e.buf[at+size:]...)
	}
	e.queue = append(e.queue[:i], e.queue[i+1:]...)
	e.overdue = max(0, e.overdue-1)
	switch {
	case len(e.queue) == 0:
		e.buf, e.first = e.buf[:0], 0
	case e.first > cap(e.buf)/2:
		e.buf = e.buf[:copy(e.buf, e.buf[e.first:])]
		e.first = 0
	}
}

// chance holds it against the peer that messages are not given back.
func (e *echo) chance(j *Judge) {
	if j.ours.first() != nil {
		return
	}
	e.overdue = 0
	for i := range e.queue {
		if !e.queue[i].done {
			break
		}
		e.overdue++
	}
}

// missing adds the echoes that never came.
func (e *echo) missing(add func(r rule, want, got string)) {
	if e.overdue > 0 {
		add(ruleEchoMissing, e.describe(0), fmt.Sprintf("%d messages not given back", e.overdue))
	}
}

// waiting reports whether there are messages that were not given back.
func (e *echo) waiting() bool { return len(e.queue) > 0 && e.queue[0].done }

// describe shows message i of the queue.
func (e *echo) describe(i int) string {
	if e.queue[i].opaque {
		return e.queue[i].op.String() + " of a content that cannot be known"
	}
	return wsproto.NewFrame(e.queue[i].op, true, e.content(i)).String()
}

// difference shows the peer's message and where it parts from our oldest one.
func (e *echo) difference() string {
	var s strings.Builder
	s.WriteString(wsproto.NewFrame(e.op, true, e.show).String())
	if e.got > len(e.show) {
		fmt.Fprintf(&s, " and so on, %d octets", e.got)
	}
	fmt.Fprintf(&s, ", which differs after %d octets", e.partedAt)
	return s.String()
}
