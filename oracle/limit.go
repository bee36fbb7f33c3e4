package oracle

// A peer may have a limit to the size of messages, or to the number of their frames
// (RFC 6455 10.4), and then closes with 1009, with 1008 where that is its policy (7.4.1),
// or fails the connection in some other way. A limit that let a longer
// message through is no excuse.

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

// within reports whether whoever takes other takes b, whatever it counts but the
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
