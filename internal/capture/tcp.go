package capture

import (
	"bytes"
	"slices"
)

// maxPending bounds the octets that wait, in one direction, for others before
// them. What is missing by then is taken to be missing from the capture.
const maxPending = 4 << 20

// direction is one direction of a TCP connection, put in order.
type direction struct {
	started bool
	next    uint32 // sequence number of the octet that comes next
	waiting []part // in order of their sequence numbers
	held    int    // octets of waiting

	budget *budget

	finSeen bool
	finAt   uint32
	ended   bool
	noted   bool // its end was reported
}

// part is a run of octets that came before its time.
type part struct {
	seq  uint32
	data []byte
	size int
}

// sink takes what a direction carries, in order: size octets. data holds those that
// are known.
type sink func(data []byte, size int)

// before reports whether sequence number a comes before b (RFC 9293 3.4).
func before(a, b uint32) bool { return int32(a-b) < 0 }

// add takes a segment, in any order, and any number of times.
func (d *direction) add(s *segment, to sink) {
	seq := s.seq
	if s.syn {
		seq++
	}
	if !d.started {
		d.started, d.next = true, seq
	}
	if s.fin && !d.finSeen {
		d.finSeen, d.finAt = true, seq+uint32(s.size)
	}
	d.accept(part{seq: seq, data: s.data, size: s.size}, to)
	d.finish()
}

// accept delivers a part, or keeps it until what comes before it is there.
func (d *direction) accept(p part, to sink) {
	if before(d.next, p.seq) {
		if p.size == 0 {
			return
		}
		p.data = bytes.Clone(p.data)
		i, _ := slices.BinarySearchFunc(d.waiting, p.seq, func(w part, seq uint32) int { return int(int32(w.seq - seq)) })
		d.waiting = slices.Insert(d.waiting, i, p)
		d.budget.spend(len(p.data))
		if d.held += len(p.data) + eventCost; d.held > maxPending {
			d.give(part{seq: d.next, size: int(d.waiting[0].seq - d.next)}, to)
			d.drain(to)
		}
		return
	}
	d.give(p, to)
	d.drain(to)
}

// give delivers what of a part was not delivered before.
func (d *direction) give(p part, to sink) {
	known := int(d.next - p.seq)
	if p.size <= known {
		return
	}
	size := p.size - known
	d.next += uint32(size)
	to(p.data[min(known, len(p.data)):], size)
}

// drain delivers the parts whose time has come.
func (d *direction) drain(to sink) {
	n := 0
	for n < len(d.waiting) && !before(d.next, d.waiting[n].seq) {
		d.held -= len(d.waiting[n].data) + eventCost
		d.budget.refund(len(d.waiting[n].data))
		d.give(d.waiting[n], to)
		n++
	}
	d.waiting = slices.Delete(d.waiting, 0, n)
}

// acknowledged is called when the other side has what comes before a sequence
// number: what of it did not come by then is missing from the capture, and the
// other side may already act on it.
func (d *direction) acknowledged(ack uint32, to sink) {
	if !d.started {
		d.started, d.next = true, ack
		return
	}
	if d.ended {
		return
	}
	if d.finSeen && before(d.finAt, ack) {
		ack = d.finAt
	}
	for before(d.next, ack) && ack-d.next < maxWindow {
		upTo := ack
		if len(d.waiting) > 0 && before(d.waiting[0].seq, ack) {
			upTo = d.waiting[0].seq
		}
		d.give(part{seq: d.next, size: int(upTo - d.next)}, to)
		d.drain(to)
	}
	d.finish()
}

// maxWindow is the largest window of TCP: an acknowledgment that is further on
// belongs to another connection.
const maxWindow = 1 << 30

// finish notes the end of the direction, once all before it is there.
func (d *direction) finish() {
	if d.finSeen && !d.ended && d.next == d.finAt {
		d.ended = true
		d.next++
	}
}
