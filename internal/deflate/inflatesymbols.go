package deflate

import "encoding/binary"

const (
	// lookahead is how many octets readFast wants to see: each of its rounds
	// refills twice, by up to seven octets out of eight.
	lookahead = 7 + 8
	// litsPerRound is how many literals a round may give, before a match.
	litsPerRound = 2
)

// readSymbols reads the symbols of a block, fast while there are enough octets
// in the piece and enough room, and else one by one.
func (z *Inflater) readSymbols(dst []byte) ([]byte, bool) {
	z.settle(dst)
	for z.state == wantSymbols {
		if len(z.in) >= lookahead && !z.readFast() {
			return dst, false
		}
		dst = z.reserve(dst, 0)
		if z.state == wantSymbols && !z.readSymbol() {
			return dst, false
		}
	}
	return dst, true
}

// readSymbol reads a literal, a length with its distance, or the end of the
// block, all of it or nothing. It returns false where there are not enough bits,
// or at a fault.
func (z *Inflater) readSymbol() bool {
	z.fill()
	bits, held, t := z.bits, z.held, z.codes
	e := t.lit[bits%(1<<litRoot)]
	if e&entryLink != 0 {
		if held < litRoot {
			return false
		}
		bits >>= litRoot
		held -= litRoot
		e = t.lit[linked(e, bits)]
	}
	n := uint(e % 256)
	switch {
	case held < n:
		return false
	case e&entryEnd != 0:
		z.bits, z.held = bits>>n, held-n
		z.endBlock()
		return true
	case e&entrySpecial != 0:
		return z.fail(FaultLitLenSymbol, z.place())
	case e&entryLiteral != 0:
		if z.allowed() == 0 {
			return z.fail(FaultLimit, z.place())
		}
		z.bits, z.held = bits>>n, held-n
		z.buf[z.pos] = byte(e >> entryValueShift)
		z.pos++
		return true
	}
	length := value(e, bits)
	bits >>= n
	held -= n

	e = t.dist[bits%(1<<distRoot)]
	before := held
	if e&entryLink != 0 {
		if held < distRoot {
			return false
		}
		bits >>= distRoot
		held -= distRoot
		e = t.dist[linked(e, bits)]
	}
	n = uint(e % 256)
	if held < n {
		return false
	}
	at := z.place() + int64(z.held-before)
	if e&entrySpecial != 0 {
		return z.fail(FaultDistSymbol, at)
	}
	distance := value(e, bits)
	if !z.reach(distance, z.pos, at) {
		return z.fail(FaultDistance, at)
	}
	if allowed := z.allowed(); length > allowed {
		z.pos = copyMatch(z.buf, z.pos, distance, allowed)
		return z.fail(FaultLimit, z.place())
	}
	z.bits, z.held = bits>>n, held-n
	z.pos = copyMatch(z.buf, z.pos, distance, length)
	return true
}

// linked returns the index of the entry that a link leads to, given the bits
// after the first table's.
func linked(link uint32, bits uint64) uint32 {
	width := link >> entryCodeShift & entryCodeMask
	return link>>entryValueShift&entryValueMask + uint32(bits)&(1<<width-1)
}

// value returns the length or the distance of an entry, given the bits that
// start with its code.
func value(e uint32, bits uint64) int {
	extra := bits & (1<<(e%64) - 1) >> (e >> entryCodeShift & entryCodeMask)
	return int(e>>entryValueShift) + int(extra)
}

// readFast reads symbols until the block ends, or the piece or the room is so
// far used up that each next symbol has to be looked at with care. It returns
// false at a fault.
func (z *Inflater) readFast() bool {
	var (
		in   = z.in
		buf  = z.buf
		pos  = z.pos
		bits = z.bits
		held = z.held
		lit  = &z.codes.lit
		dist = &z.codes.dist

		at      = 0
		inLast  = len(in) - lookahead
		outLast = min(len(buf)-slack, pos+z.allowed()-litsPerRound-maxMatch)

		floor = z.floor()
		// Distances up to known need no booking.
		known = min(z.report.MaxDistance, z.window)

		fault = FaultNone
		ended = false
	)
	for at <= inLast && pos <= outLast {
		// As many whole octets as fit are taken. Bits of the next one may come along:
		// they are the same that the next refill adds.
		bits |= binary.LittleEndian.Uint64(in[at:]) << (held & 63)
		at += int((63 - held) >> 3)
		held |= 56

		// Two literals of the first table leave the bits of any length. A third one
		// does not, and starts another round.
		e := lit[bits%(1<<litRoot)]
		if e&entryLiteral != 0 {
			bits >>= e & 63
			held -= uint(e & 63)
			buf[pos] = byte(e >> entryValueShift)
			pos++
			e = lit[bits%(1<<litRoot)]
			if e&entryLiteral != 0 {
				bits >>= e & 63
				held -= uint(e & 63)
				buf[pos] = byte(e >> entryValueShift)
				pos++
				e = lit[bits%(1<<litRoot)]
				if e&entryLiteral != 0 {
					bits >>= e & 63
					held -= uint(e & 63)
					buf[pos] = byte(e >> entryValueShift)
					pos++
					continue
				}
			}
		}
		before := held
		if e&entryLink != 0 {
			bits >>= litRoot
			held -= litRoot
			e = lit[linked(e, bits)]
			if e&entryLiteral != 0 {
				bits >>= e & 63
				held -= uint(e & 63)
				buf[pos] = byte(e >> entryValueShift)
				pos++
				continue
			}
		}
		if e&entrySpecial != 0 {
			if ended = e&entryEnd != 0; ended {
				bits >>= e & 63
				held -= uint(e & 63)
			} else {
				held = before
				fault = FaultLitLenSymbol
			}
			break
		}
		length := value(e, bits)
		bits >>= e & 63
		held -= uint(e & 63)

		bits |= binary.LittleEndian.Uint64(in[at:]) << (held & 63)
		at += int((63 - held) >> 3)
		held |= 56

		e = dist[bits%(1<<distRoot)]
		before = held
		if e&entryLink != 0 {
			bits >>= distRoot
			held -= distRoot
			e = dist[linked(e, bits)]
		}
		if e&entrySpecial != 0 {
			held = before
			fault = FaultDistSymbol
			break
		}
		distance := value(e, bits)
		bits >>= e & 63
		held -= uint(e & 63)
		if distance > known || distance > pos-floor {
			code := (z.given-int64(len(in)-at))*8 - int64(before)
			if !z.reach(distance, pos, code) {
				held = before
				fault = FaultDistance
				break
			}
			known = min(z.report.MaxDistance, z.window)
		}

		// Two steps are enough for most matches, and the branch is then foreseen.
		if distance >= 8 && length <= 64 {
			to, from := buf[pos:pos+maxMatch], buf[pos-distance:pos+maxMatch]
			binary.LittleEndian.PutUint64(to, binary.LittleEndian.Uint64(from))
			binary.LittleEndian.PutUint64(to[8:], binary.LittleEndian.Uint64(from[8:]))
			for i := 16; i < length; i += 8 {
				binary.LittleEndian.PutUint64(to[i:], binary.LittleEndian.Uint64(from[i:]))
			}
			pos += length
		} else {
			pos = copyMatch(buf, pos, distance, length)
		}
	}
	z.in = in[at:]
	z.bits = bits & (1<<held - 1)
	z.held = held
	z.pos = pos
	switch {
	case fault != FaultNone:
		return z.fail(fault, z.place())
	case ended:
		z.endBlock()
	}
	return true
}

// copyMatch copies a match of at most maxMatch octets to pos and returns the end
// of it.
func copyMatch(buf []byte, pos, distance, length int) int {
	from, end := pos-distance, pos+length
	if distance < 8 {
		for stop := min(end, pos+8); pos < stop; pos++ {
			buf[pos] = buf[pos-distance]
		}
		// What repeats with the distance can be copied as a whole, and is then
		// twice as long.
		from = pos - (pos-from)/distance*distance
	}
	for pos < end {
		pos += copy(buf[pos:end], buf[from:pos])
	}
	return end
}
