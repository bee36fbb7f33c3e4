package deflate

import (
	"encoding/binary"
	"slices"
)

// bitWriter appends bits to octets, the least significant first (RFC 1951 3.1.1).
type bitWriter struct {
	out  []byte
	bits uint64 // not yet in out, less than eight between two calls
	held uint
}

// put appends the n low bits of v, 48 at most. The others have to be 0.
func (w *bitWriter) put(v uint64, n uint) {
	w.bits |= v << w.held
	w.held += n
	for w.held >= 8 {
		w.out = append(w.out, byte(w.bits))
		w.bits >>= 8
		w.held -= 8
	}
}

// align appends zeros up to the next octet.
func (w *bitWriter) align() {
	if w.held > 0 {
		w.out = append(w.out, byte(w.bits))
		w.bits, w.held = 0, 0
	}
}

// header appends BFINAL and BTYPE (RFC 1951 3.2.3).
func (w *bitWriter) header(final bool, btype uint8) {
	v := uint64(btype) << 1
	if final {
		v |= 1
	}
	w.put(v, 3)
}

// storedLength appends LEN and NLEN (RFC 1951 3.2.4).
func (w *bitWriter) storedLength(length, complement uint16) {
	w.align()
	w.out = binary.LittleEndian.AppendUint16(w.out, length)
	w.out = binary.LittleEndian.AppendUint16(w.out, complement)
}

// stored appends octets as stored blocks, one at least. BFINAL is that of the
// last.
func (w *bitWriter) stored(final bool, octets []byte) {
	for {
		n := min(len(octets), maxStored)
		w.header(final && n == len(octets), blockStored)
		w.storedLength(uint16(n), ^uint16(n))
		w.out = append(w.out, octets[:n]...)
		if octets = octets[n:]; len(octets) == 0 {
			return
		}
	}
}

// flushStripped appends an empty stored block, less the tail that RFC 7692 7.2.1 takes off.
func (w *bitWriter) flushStripped() {
	w.header(false, blockStored)
	w.align()
}

// symbols appends tokens and the end of the block in these codes. size is how
// many bits they take.
func (w *bitWriter) symbols(tokens []token, lit, dist []code, size int) {
	const room = 8 // each store writes as many octets
	w.out = slices.Grow(w.out, size/8+2*room)
	out := w.out[:cap(w.out)]
	at, bits, held := len(w.out), w.bits, w.held
	for _, t := range tokens {
		if t < tokenMatch {
			c := lit[t]
			bits |= c.bits() << (held & 63)
			held += c.len()
		} else {
			length, distance := t.match()
			symbol := lengthSymbols[length-minMatch]
			c, coded := lit[firstLength+int(symbol)], lengths[symbol]
			bits |= (c.bits() | uint64(length-int(coded.base))<<c.len()) << (held & 63)
			held += c.len() + uint(coded.extra)
			binary.LittleEndian.PutUint64(out[at:], bits)
			at += int(held >> 3)
			bits >>= held &^ 7
			held &= 7

			d := distSymbol(distance)
			c, coded = dist[d], distances[d]
			bits |= (c.bits() | uint64(distance-int(coded.base))<<c.len()) << (held & 63)
			held += c.len() + uint(coded.extra)
		}
		binary.LittleEndian.PutUint64(out[at:], bits)
		at += int(held >> 3)
		bits >>= held &^ 7
		held &= 7
	}
	w.out, w.bits, w.held = out[:at], bits, held
	w.put(lit[endOfBlock].bits(), lit[endOfBlock].len())
}
