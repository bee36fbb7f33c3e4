package oracle

import (
	"bytes"
	"fmt"
	"hash/maphash"
	"math/bits"
	"slices"
	"strings"

	"github.com/wscheck/wscheck/internal/plural"
	"github.com/wscheck/wscheck/wsproto"
)

var (
	ruleEchoContent = newRule(clause("wscheck/echo-content", Must, bindsBoth,
		"send each message back octet by octet.").
		noted("A byte order mark at the beginning of text is part of it. RFC 3629 6 lets a receiver take one for a signature, but has none " +
			"where a protocol wants UTF-8 in any case, as RFC 6455 5.6 does.").
		broken("sends a message back with other octets"))
	ruleEchoType = newRule(clause("wscheck/echo-type", Must, bindsBoth,
		"send text back as text and binary as binary.").
		broken("sends text back as binary, or binary as text"))
	ruleEchoOrder = newRule(clause("wscheck/echo-order", Must, bindsBoth,
		"send messages back in the order in which they came.").
		broken("sends messages back in another order"))
	ruleEchoMissing = newRule(clause("wscheck/echo-missing", Must, bindsBoth,
		"send every message back.").
		broken("does not send a message back"))
	ruleEchoExtra = newRule(clause("wscheck/echo-extra", MustNot, bindsBoth,
		"send a message that it did not get."))
	inEcho = setOf(ruleEchoContent, ruleEchoType, ruleEchoOrder, ruleEchoMissing, ruleEchoExtra)
)

// echo compares what the peer sends with what it was sent. A message is
// compared as it arrives with the first that is not given back yet; where they
// part, with the others that begin in the same way, so that a wrong order is
// distinguished from wrong content. A message that is too long to be kept is compared by
// the sums of its blocks.
type echo struct {
	queue []message // not given back yet, the oldest first
	buf   []byte    // what is kept of their content
	show  []byte    // the first octets of the message that the peer sends
	last  []byte    // and of the one before it
	sums  digest    // of the last of the queue, if that is long
	block digest    // of the message that the peer sends, if summed
	echoState
}

// echoState is what an [echo] forgets between two conversations at the cost of an
// assignment; the rest of it is large, or memory for use again.
type echoState struct {
	on    bool
	first int // position in buf of the oldest message's content
	long  int // messages of the queue that are not kept in full

	// The message that the peer sends.
	op         wsproto.Opcode
	at         int64 // of its first octet
	open       bool  // it has begun, and not ended
	got        int   // octets so far
	parted     bool  // from the oldest
	partedAt   int   // after so many octets
	partedIn   int   // where that is only known to a block, its octets
	candidates uint64
	summed     bool

	// The one before it.
	lastOp  wsproto.Opcode
	lastGot int

	taken     [2]bulk // the longest message that came back, by opcode modulo 2
	bombTaken bool    // so did a bomb

	overdue int // messages of the queue for which the peer has had its chance
}

// message is one that we sent.
type message struct {
	op     wsproto.Opcode
	bulk            // with the frames begun so far
	kept   int      // octets of it that are in buf
	sums   []uint64 // of its blocks where that is not all; the last one is short, or empty
	long   bool
	begin  int64 // our offset of it
	end    int64 // our offset after it, once done
	done   bool
	opaque bool // its content is not known, and so equal to everything

	// Where a control frame stood in the middle of it: after so many octets.
	cut   bool
	cutAt int
}

// shown is how many octets of a message a finding shows.
const shown = 64

// keptEcho bounds the octets of our messages that wait to be given back. Where the stream ends
// within one, its last octets are compared with these alone; and a peer whose writes block
// has written one or two megaoctets before.
const keptEcho = 4 << 20

func (e *echo) reset() {
	if cap(e.buf) > keptEcho {
		e.buf = nil
	}
	e.queue, e.buf, e.show, e.last, e.echoState = e.queue[:0], e.buf[:0], e.show[:0], e.last[:0], echoState{}
}

// push begins a message of ours.
func (e *echo) push(j *Judge, it *wsproto.Item) {
	if e.on = j.opt.Echo; !e.on {
		return
	}
	j.exercised.addAll(&inEcho)
	e.queue = append(e.queue, message{op: it.Header.Opcode, begin: it.FrameOffset})
	e.frame(it.Header.Length)
}

// frame notes a frame of our message that is not complete.
func (e *echo) frame(length uint64) {
	if m := e.underWay(); m != nil {
		m.frame(length)
	}
}

// underWay returns our message that is not complete, or nil.
func (e *echo) underWay() *message {
	if len(e.queue) == 0 || e.queue[len(e.queue)-1].done {
		return nil
	}
	return &e.queue[len(e.queue)-1]
}

// append adds octets to our message. While it continues, the peer may
// have given back all that there was of it. Of more than keptEcho octets only the
// sums of their blocks are kept.
func (e *echo) append(b []byte) {
	m := e.underWay()
	if m == nil || m.opaque {
		return
	}
	if !m.long && len(e.buf)+len(b) > keptEcho {
		e.lengthen(m)
	}
	if m.size += len(b); m.long {
		m.sums = e.sums.appendSums(m.sums, b)
	} else {
		e.buf = append(e.buf, b...)
		m.kept = m.size
	}
}

// lengthen begins to sum up our message, the last of the queue. No more of its
// octets are kept.
func (e *echo) lengthen(m *message) {
	m.long = true
	e.sums.reset()
	m.sums = e.sums.appendSums(nil, e.content(len(e.queue)-1))
	if e.long++; e.long > 1 {
		return
	}
	// The peer's message was not summed up so far. Unless it has parted, its octets
	// are those of the oldest one.
	e.block.reset()
	if e.summed = !e.parted && !e.queue[0].opaque && e.got <= e.queue[0].kept; e.summed {
		e.block.take(e.content(0)[e.got-e.got%digestBlock : e.got])
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
		if m.long {
			m.sums = append(m.sums, e.sums.sum())
		}
	}
}

// content returns what is kept of message i of the queue.
func (e *echo) content(i int) []byte {
	at := e.first
	for k := range i {
		at += e.queue[k].kept
	}
	return e.buf[at : at+e.queue[i].kept]
}

// begin begins a message of the peer.
func (e *echo) begin(j *Judge, it *wsproto.Item) {
	e.op, e.at, e.open = it.Header.Opcode, it.FrameOffset, true
	e.got, e.parted, e.partedAt, e.partedIn, e.candidates = 0, false, 0, 0, 0
	e.show = e.show[:0]
	if e.summed = e.long > 0; e.summed {
		e.block.reset()
	}
	if j.opt.Echo && len(e.queue) == 0 && j.ours.first() == nil && !j.ours.closed {
		j.reportf(ruleEchoExtra, it.FrameOffset, "only messages that the peer was sent", "%s", it.Header)
	}
}

// compare takes octets of the peer's message.
func (e *echo) compare(b []byte) {
	if !e.on {
		return
	}
	if room := shown - len(e.show); room > 0 {
		e.show = append(e.show, b[:min(room, len(b))]...)
	}
	if len(e.queue) == 0 {
		e.got += len(b)
		return
	}
	for len(b) > 0 {
		n, full := len(b), false
		if e.summed {
			n, full = e.block.take(b)
		}
		switch {
		case e.queue[0].opaque:
		case e.parted:
			e.narrow(b[:n], full)
		case !e.goesOn(0, b[:n], full):
			e.part(b[:n], full)
		}
		e.got += n
		b = b[n:]
		if full {
			e.block.reset()
		}
	}
}

// odd reports whether the peer's message is not, or not any more, the one that is
// owed.
func (e *echo) odd() bool { return e.on && (e.parted || len(e.queue) == 0) }

// comes reports whether the peer's message is so far one that is owed.
func (e *echo) comes() bool { return e.on && len(e.queue) > 0 && (!e.parted || e.candidates != 0) }

// goesOn reports whether b, the peer's next octets, are those of message i of the
// queue. full says that b ends a block.
func (e *echo) goesOn(i int, b []byte, full bool) bool {
	m := &e.queue[i]
	switch {
	case m.opaque:
		return true
	case e.got+len(b) > m.size:
		return false
	}
	if e.got < m.kept {
		same := min(len(b), m.kept-e.got)
		if !bytes.Equal(e.content(i)[e.got:e.got+same], b[:same]) {
			return false
		}
	}
	return !full || !m.long || m.sums[e.got/digestBlock] == e.block.sum()
}

// maxCandidates bounds the messages that a parted one is compared with.
const maxCandidates = 64

// part is called when the peer's message parts from our oldest one in b.
func (e *echo) part(b []byte, full bool) {
	e.parted = true
	m, kept := &e.queue[0], e.content(0)
	kept = kept[min(e.got, len(kept)):]
	same := commonPrefix(kept, b)
	e.partedAt = e.got + same
	if m.long && same == min(len(kept), len(b)) && e.got+len(b) > m.kept && len(b)+e.block.n > 0 {
		e.partedAt = max(m.kept, e.got-e.got%digestBlock)
		e.partedIn = digestBlock - e.partedAt%digestBlock
	}
	e.candidates = 0
	for i := 1; i < min(len(e.queue), maxCandidates); i++ {
		if e.beginsAlike(i) {
			e.candidates |= 1 << i
		}
	}
	e.narrow(b, full)
}

// beginsAlike reports whether message i of the queue begins as the peer's does, as
// far as it is known how that is.
func (e *echo) beginsAlike(i int) bool {
	m := &e.queue[i]
	if m.opaque {
		return true
	}
	prefix := e.show // where the oldest is not known
	if oldest := &e.queue[0]; !oldest.opaque {
		prefix = e.content(0)[:min(e.got, oldest.kept)]
		if blocks := e.got / digestBlock; oldest.long && m.long && m.size >= e.got &&
			!slices.Equal(oldest.sums[:blocks], m.sums[:blocks]) {
			return false
		}
	}
	kept := e.content(i)
	same := min(len(prefix), len(kept))
	return m.size >= e.got && bytes.Equal(prefix[:same], kept[:same])
}

// narrow keeps those of the candidates that continue with b.
func (e *echo) narrow(b []byte, full bool) {
	for c := e.candidates; c != 0; c &= c - 1 {
		if i := bits.TrailingZeros64(c); !e.goesOn(i, b, full) {
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
	e.open = false
	if !e.on {
		return
	}
	defer e.keepLast()
	if len(e.queue) == 0 {
		e.again(j, opaque)
		return
	}
	if j.ours.closed && !e.queue[0].done && e.parted && e.partedAt == 0 {
		return // a message of its own, before it closes: ours has no end, and is not owed
	}
	i := e.matched()
	if opaque {
		i = 0
	}
	faulty := j.ours.first() != nil
	switch {
	case i < 0 && !faulty:
		j.reportf(ruleEchoContent, e.at, "the message that we sent: "+e.describe(0), "%s", e.difference())
		if m := &e.queue[0]; m.cut && m.cutAt == e.got && e.partedAt == e.got && m.size > m.cutAt {
			j.report(ruleControlWithin, e.at, "a message that continues after a control frame", "a message that ends there")
		}
	case i > 0 && !faulty:
		j.reportf(ruleEchoOrder, e.at, "our oldest message: "+e.describe(0), "%s", e.describe(i))
	}
	if i >= 0 && !opaque && !e.queue[i].opaque {
		e.take(&e.queue[i])
	}
	i = max(i, 0)
	m := e.queue[i]
	if m.op != e.op && !faulty {
		j.reportf(ruleEchoType, e.at, m.op.String(), "%s", e.op)
	}
	switch f := j.ours.first(); {
	case opaque:
	case i > 0 && m.opaque: // it may as well be a wrong echo of an older one
	case m.done:
		j.hasRead(m.end, it.FrameOffset, "an echo")
	case f != nil && f.wait == waitNone && m.begin >= f.soft:
		// It made a whole message of what has no end and should not have begun.
		j.hasRead(f.hard, it.FrameOffset, "a message")
	}
	e.remove(i)
}

// keepLast keeps what the next message of the peer may repeat.
func (e *echo) keepLast() {
	e.lastOp, e.lastGot = e.op, e.got
	e.last, e.show = e.show, e.last[:0]
}

// again reports a message that came back already. Before our close frame any message that is
// not owed is one too many, see begin; after it a peer may send one of its own, but no
// echo a second time, which may come late on a busy machine.
func (e *echo) again(j *Judge, opaque bool) {
	if j.ours.closed && j.ours.first() == nil && !opaque && e.op == e.lastOp && e.got == e.lastGot && bytes.Equal(e.show, e.last) {
		j.reportf(ruleEchoExtra, e.at, "only messages that the peer was sent", "%s a second time", wsproto.NewFrame(e.op, true, e.show))
	}
}

// cutShort is called where the stream ends within a message of the peer's. What came of
// it has to be the beginning of one that is owed: a frame that another one cuts into,
// or that begins anew, shows here where nothing follows that would end it.
func (e *echo) cutShort(j *Judge) {
	if !e.on || !e.open || !e.parted || e.candidates != 0 || len(e.queue) == 0 || len(e.queue) > maxCandidates ||
		j.ours.closed || j.ours.first() != nil {
		return
	}
	j.reportf(ruleEchoContent, e.at, "the message that we sent: "+e.describe(0), "the beginning of %s", e.difference())
}

// matched returns the position in the queue of the message that the peer's is
// the echo of, or -1.
func (e *echo) matched() int {
	same := func(i int) bool {
		m := &e.queue[i]
		return m.done && (m.opaque || m.size == e.got && (!m.long || !e.summed || m.sums[len(m.sums)-1] == e.block.sum()))
	}
	if !e.parted {
		if same(0) {
			return 0
		}
		// As far as it goes it is the beginning of the oldest: it may be all of
		// another.
		e.part(nil, false)
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
	kept := e.queue[i].kept
	if e.queue[i].long {
		e.long--
	}
	if i == 0 {
		e.first += kept
	} else {
		at := e.first
		for k := range i {
			at += e.queue[k].kept
		}
		e.buf = append(e.buf[:at], e.buf[at+kept:]...)
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
		add(ruleEchoMissing, e.describe(0), plural.Of(e.overdue, "message")+" without an echo")
	}
}

// waiting reports whether there are messages that were not given back.
func (e *echo) waiting() bool { return len(e.queue) > 0 && e.queue[0].done }

// owes reports whether the message that the peer owes next is one that ended before an
// offset of our stream.
func (e *echo) owes(offset int64) bool { return e.on && e.waiting() && e.queue[0].end <= offset }

// describe shows message i of the queue.
func (e *echo) describe(i int) string {
	if e.queue[i].opaque {
		return e.queue[i].op.String() + " of a content that cannot be known"
	}
	shown := wsproto.NewFrame(e.queue[i].op, true, e.content(i)).String()
	if e.queue[i].long {
		shown += " and so on, " + plural.Of(e.queue[i].size, "octet")
	}
	return shown
}

// difference shows the peer's message and where it parts from our oldest one.
func (e *echo) difference() string {
	var s strings.Builder
	s.WriteString(wsproto.NewFrame(e.op, true, e.show).String())
	if e.got > len(e.show) {
		s.WriteString(" and so on, " + plural.Of(e.got, "octet"))
	}
	if e.partedIn > 0 {
		fmt.Fprintf(&s, ", which differs somewhere in the %s after %d", plural.Of(e.partedIn, "octet"), e.partedAt)
	} else {
		s.WriteString(", which differs after " + plural.Of(e.partedAt, "octet"))
	}
	return s.String()
}

// A peer may have a limit to the size of messages, or to the number of their frames
// (RFC 6455 10.4), and then closes with 1009, with 1008 where that is its policy (7.4.1),
// or fails the connection in some other way. A limit that let a longer
// message through does not excuse it.

// bulk is what a limit can be held against: a message's octets once inflated, those
// on the wire, its frames and the longest of them. Peers have limits to each.
type bulk struct {
	size   int
	wire   uint64
	frames int
	widest uint64
}

// frame adds a frame of that payload.
func (b *bulk) frame(length uint64) {
	b.frames++
	b.wire += length
	b.widest = max(b.widest, length)
}

// A message is a bomb from so many octets on, and that many times what is on the
// wire.
const (
	bombSize  = 64 << 10
	bombRatio = 16
)

func (b *bulk) bomb() bool {
	return b.size >= bombSize && uint64(b.size)/bombRatio >= b.wire
}

// within reports whether a peer that takes other takes b, whatever it counts but the
// octets on the wire.
func (b *bulk) within(other *bulk) bool {
	return b.size <= other.size && b.frames <= other.frames && b.widest <= other.widest
}

// take notes a message that came back whole: the longest one of its type is kept.
func (e *echo) take(m *message) {
	t := &e.taken[m.op&1]
	if m.size > t.size {
		*t = m.bulk
	}
	e.bombTaken = e.bombTaken || m.bomb()
}

// bomb reports whether a bomb of ours was not given back.
func (e *echo) bomb() bool {
	for i := range e.queue {
		if !e.queue[i].opaque && e.queue[i].bomb() {
			return true
		}
	}
	return false
}

// unlimited reports whether each message that the peer may have found too long is
// no longer than one that came back, and whether one of them has more octets on
// the wire than that one.
func (e *echo) unlimited() (yes, onWire bool) {
	for i := range e.queue {
		m := &e.queue[i]
		t, b := &e.taken[m.op&1], m.bulk
		b.size = max(b.size, int(min(b.wire, 1<<62))) // of an unfinished frame, all
		if m.opaque || !b.within(t) {
			return false, false
		}
		onWire = onWire || b.wire > t.wire
	}
	return len(e.queue) > 0, onWire
}

// digestBlock is how many octets of a long message are compared at once.
const digestBlock = 64 << 10

// digestSeed makes sums of both directions comparable, and unknown to a peer.
var digestSeed = maphash.MakeSeed()

// digest sums octets up block by block: those of a message too long to be kept.
type digest struct {
	hash maphash.Hash
	n    int // octets of the block so far
}

func (d *digest) reset() {
	d.hash.SetSeed(digestSeed)
	d.n = 0
}

// take adds octets of b up to the end of the block. It returns how many, and
// whether the block is full: sum comes next.
func (d *digest) take(b []byte) (n int, full bool) {
	n = min(len(b), digestBlock-d.n)
	_, _ = d.hash.Write(b[:n])
	d.n += n
	return n, d.n == digestBlock
}

// sum returns the sum of the block so far.
func (d *digest) sum() uint64 { return d.hash.Sum64() }

// appendSums adds octets, and the sums of all blocks that they fill to sums.
func (d *digest) appendSums(sums []uint64, b []byte) []uint64 {
	for len(b) > 0 {
		n, full := d.take(b)
		if b = b[n:]; full {
			sums = append(sums, d.sum())
			d.reset()
		}
	}
	return sums
}
