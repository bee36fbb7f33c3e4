package reference

import (
	"compress/flate"
	"encoding/binary"
	"math/bits"
)

// compressor compresses the messages of one direction of a connection (RFC 7692
// 7.2.1). Package [compress/flate] does that where the window has its full size; for
// smaller ones, which it does not know, the compressor looks for repetitions itself.
type compressor struct {
	stream stream

	whole *flate.Writer // nil until it is needed
	sink  sink          // of whole
	began bool          // whole has the messages before

	bits   bitWriter
	octets []byte         // what was compressed: the window at least, and the message
	gone   int            // octets before those
	last   [1 << 12]place // by hash
}

// place is where octets are that may be repeated, counted from 1; 0 means none.
type place int

// sink gathers what is written to it.
type sink []byte

// Write appends octets.
func (s *sink) Write(b []byte) (int, error) {
	*s = append(*s, b...)
	return len(b), nil
}

// wholeLevel is the level of compress/flate: fast, yet with repetitions across short
// messages, which its fastest level does not look for.
const wholeLevel = 2

// reset makes the compressor ready for another connection.
func (c *compressor) reset(s stream) {
	c.stream, c.began = s, false
	c.octets, c.gone = c.octets[:0], 0
	clear(c.last[:])
}

// message appends a message to dst, compressed and without the four octets at its end.
func (c *compressor) message(dst, payload []byte) []byte {
	if c.stream.window() == maxDistance {
		return c.messageWhole(dst, payload)
	}
	c.bits = bitWriter{out: dst}
	if len(payload) > 0 {
		c.bits.header(false, 1)
		c.repeat(payload)
		c.bits.symbol(256)
	}
	return c.bits.end()
}

func (c *compressor) messageWhole(dst, payload []byte) []byte {
	c.sink = dst
	switch {
	case c.whole == nil:
		c.whole, _ = flate.NewWriter(&c.sink, wholeLevel) // its error is for levels that do not exist
	case !c.began || c.stream.noTakeover:
		c.whole.Reset(&c.sink)
	}
	c.began = true
	c.whole.Write(payload) // a sink takes everything
	c.whole.Flush()
	dst, c.sink = c.sink, nil
	return dst[:len(dst)-len("\x00\x00\xff\xff")]
}

// Lengths of what is repeated.
const (
	minMatch = 3
	maxMatch = 258
)

// repeat writes payload as octets and repetitions of what is in the window.
func (c *compressor) repeat(payload []byte) {
	window := c.stream.window()
	switch excess := len(c.octets) - window; {
	case c.stream.noTakeover:
		c.gone += len(c.octets)
		c.octets = c.octets[:0]
		clear(c.last[:])
	case excess > window:
		c.gone += excess
		c.octets = append(c.octets[:0], c.octets[excess:]...)
	}
	at := len(c.octets)
	c.octets = append(c.octets, payload...)
	for at < len(c.octets) {
		length, distance := 0, 0
		if at+minMatch <= len(c.octets) {
			last := &c.last[hash(c.octets[at:])]
			if from := int(*last) - 1 - c.gone; *last > 0 && from >= 0 && at-from <= window {
				length, distance = common(c.octets[from:], c.octets[at:]), at-from
			}
			*last = place(at + c.gone + 1)
		}
		if length < minMatch {
			c.bits.symbol(int(c.octets[at]))
			at++
			continue
		}
		c.bits.match(length, distance)
		at += length
	}
}

// hash returns a number for the first three octets.
func hash(b []byte) uint32 {
	return (uint32(b[0]) | uint32(b[1])<<8 | uint32(b[2])<<16) * 0x9e3779b1 >> 20
}

// common returns how many octets a and b begin with that are the same, at most those of
// one match.
func common(a, b []byte) (n int) {
	for n < min(len(b), maxMatch) && a[n] == b[n] {
		n++
	}
	return n
}

// bitWriter writes blocks with the fixed codes, and others by their parts (RFC 1951).
type bitWriter struct {
	out  []byte
	held uint64
	n    uint
}

// put writes the n lowest bits of v.
func (w *bitWriter) put(v uint64, n uint) {
	w.held |= v << w.n
	w.n += n
	for ; w.n >= 8; w.n -= 8 {
		w.out = append(w.out, byte(w.held))
		w.held >>= 8
	}
}

// header begins a block of a kind: 0 is stored, 1 has fixed codes.
func (w *bitWriter) header(final bool, kind uint64) {
	if final {
		w.put(1, 1)
	} else {
		w.put(0, 1)
	}
	w.put(kind, 2)
}

// align fills an octet that has begun with bits of 0.
func (w *bitWriter) align() {
	if w.n > 0 {
		w.put(0, 8-w.n)
	}
}

// stored writes a stored block of at most 65,535 octets.
func (w *bitWriter) stored(final bool, octets []byte) {
	w.header(final, 0)
	w.align()
	w.out = binary.LittleEndian.AppendUint16(w.out, uint16(len(octets)))
	w.out = binary.LittleEndian.AppendUint16(w.out, ^uint16(len(octets)))
	w.out = append(w.out, octets...)
}

// end ends the message with an empty block, without its last four octets, and returns
// what was written.
func (w *bitWriter) end() []byte {
	w.header(false, 0)
	w.align()
	return w.out
}

// symbol writes a symbol of the fixed literal and length code.
func (w *bitWriter) symbol(s int) {
	switch {
	case s < 144:
		w.code(0x30+s, 8)
	case s < 256:
		w.code(0x190+s-144, 9)
	case s < 280:
		w.code(s-256, 7)
	default:
		w.code(0xc0+s-280, 8)
	}
}

// code writes a code of n bits, which begins with its highest one.
func (w *bitWriter) code(code int, n uint) {
	w.put(uint64(bits.Reverse16(uint16(code))>>(16-n)), n)
}

// match writes the repetition of octets from a distance back.
func (w *bitWriter) match(length, distance int) {
	i, extra := lookupBase(lengthBase[:], length)
	w.symbol(257 + i)
	w.put(uint64(extra), uint(lengthBase[i].extra))
	i, extra = lookupBase(distanceBase[:], distance)
	w.code(i, 5)
	w.put(uint64(extra), uint(distanceBase[i].extra))
}

// lookupBase returns the symbol of a number, and what its extra bits say.
func lookupBase(bases []base, n int) (symbol, extra int) {
	for symbol = len(bases) - 1; int(bases[symbol].least) > n; symbol-- {
	}
	return symbol, n - int(bases[symbol].least)
}
