package deflate

const (
	// slack is room after what is inflated for one match and for copies in
	// steps of eight octets that go beyond its end.
	slack = maxMatch + 16
	// The buffer is doubled as needed, until twice as much can be inflated as the
	// history is long before that has to be moved.
	firstBuffer = 1<<10 + slack
	bufferSize  = 3*maxDistance + slack
)

// history is the octets inflated: the last 32,768 of the connection at least,
// and all those of the message that the caller has not got yet.
type history struct {
	buf      []byte
	pos      int   // end of the octets in buf
	flushed  int   // end of those that the caller has got
	start    int   // start of the message, 0 if that has left buf
	finalEnd int   // end of the last block with BFINAL set, likewise
	gone     int64 // octets of the message that the caller has got
	owed     int   // those of them, at the end, that buf has not got yet
}

// out returns the number of octets inflated of the message.
func (h *history) out() int64 { return h.gone + int64(h.pos-h.flushed) }

// beginMessage sets the start of a message. The caller has got all before.
func (h *history) beginMessage() {
	h.start = h.pos
	h.gone = 0
}

// flush appends to dst what the caller has not got yet.
func (z *Inflater) flush(dst []byte) []byte {
	fresh := z.buf[z.flushed:z.pos]
	if len(fresh) == 0 {
		return dst
	}
	dst = growWithin(dst, len(fresh), z.limit-int(z.gone))
	dst = append(dst, fresh...)
	z.gone += int64(len(fresh))
	z.flushed = z.pos
	return dst
}

// growWithin makes room for n more octets in b. It doubles the room, as append
// does, but never makes more than most, which is n at least.
func growWithin(b []byte, n, most int) []byte {
	if cap(b)-len(b) >= n {
		return b
	}
	grown := make([]byte, len(b), len(b)+min(most, max(n, cap(b))))
	copy(grown, b)
	return grown
}

// reserve makes room for n octets in buf, 32,768 at most, and for slack. For that
// it may give octets to the caller and forget old ones.
func (z *Inflater) reserve(dst []byte, n int) []byte {
	if len(z.buf)-z.pos >= n+slack {
		return dst
	}
	if len(z.buf) < bufferSize {
		size := firstBuffer
		for size < bufferSize && size-z.pos < n+slack {
			size = min(2*size-slack, bufferSize)
		}
		grown := make([]byte, size)
		copy(grown, z.buf[:z.pos])
		z.buf = grown
		if size-z.pos >= n+slack {
			return dst
		}
	}
	dst = z.flush(dst)
	gone := z.pos - maxDistance
	copy(z.buf, z.buf[gone:z.pos])
	z.pos, z.flushed = maxDistance, maxDistance
	z.start = max(0, z.start-gone)
	z.finalEnd = max(0, z.finalEnd-gone)
	return dst
}

// give appends octets to dst and owes them to buf: of many, the history only
// needs the last.
func (z *Inflater) give(dst, octets []byte) []byte {
	dst = z.flush(dst)
	dst = growWithin(dst, len(octets), z.allowed())
	z.gone += int64(len(octets))
	z.owed += len(octets)
	return append(dst, octets...)
}

// settle enters into buf what it is owed: the last octets of dst.
func (z *Inflater) settle(dst []byte) {
	if z.owed == 0 {
		return
	}
	n := min(z.owed, maxDistance)
	z.owed = 0
	if n == maxDistance {
		// Nothing before can be referred to any more.
		z.pos, z.start, z.finalEnd = 0, 0, 0
	}
	z.flushed = z.pos
	z.reserve(nil, n)
	z.pos += copy(z.buf[z.pos:], dst[len(dst)-n:])
	z.flushed = z.pos
}

// allowed returns how many octets the limit still allows.
func (z *Inflater) allowed() int { return z.limit - int(z.out()) }

// floor returns the start of the octets that a distance may reach without
// further ado.
func (z *Inflater) floor() int {
	if z.noTakeover {
		return max(z.start, z.finalEnd)
	}
	return z.finalEnd
}

// reach books a distance. It returns false where it reaches before the start of
// the data.
func (z *Inflater) reach(distance, pos int, bit int64) bool {
	z.report.MaxDistance = max(z.report.MaxDistance, distance)
	if distance <= z.window && distance <= pos-z.floor() {
		return true
	}
	z.report.Window.add(distance-z.window, bit)
	if z.noTakeover {
		z.report.Context.add(distance-(pos-z.start), bit)
	}
	if z.finalEnd > 0 {
		z.report.PastFinal.add(distance-(pos-z.finalEnd), bit)
	}
	z.report.Start.add(distance-pos, bit)
	return distance <= pos
}
