package gen

import (
	"github.com/wscheck/wscheck/oracle"
	"github.com/wscheck/wscheck/wsproto"
)

// Sizes around which implementations change their ways: the boundaries of the
// forms of length (RFC 6455 5.2), and round numbers.
var (
	boundarySizes = []int{0, 1, 124, 125, 126, 127, 128, 129}
	roundSizes    = []int{100, 200, 1000, 1448, 1460, 10000}
	longSizes     = []int{16384, 65535, 65536, 65536, 65535, 65537, 32768, 65536}
)

// Buffers are of a power of two octets: from 256 to 8,192, and from 16 to 128 KiB.
const (
	shortBuffer, shortBuffers = 1 << 8, 6
	longBuffer, longBuffers   = 1 << 14, 4
)

// maxHeader is the most octets that a header has.
const maxHeader = 14

// bufferSize draws a size at which a buffer ends, alone or with the header before it:
// a power of two from least on, or a few octets less or more.
func (t *draft) bufferSize(least, powers int) int {
	n := least << t.d.below(powers, "buffer")
	switch t.d.below(4, "edge") {
	case 1:
		n--
	case 2:
		n++
	case 3:
		n -= 1 + t.d.below(maxHeader, "header")
	}
	return n
}

// size draws the size of a message in octets: mostly small, now and then at a
// boundary, and long once in a conversation at most.
func (t *draft) size() int {
	n := t.d.below(32, "size class")
	switch {
	case n == 31 && !t.large:
		t.large = true
		t.met.add(stateLarge)
		if t.seldom(10, "buffer") {
			return t.bufferSize(longBuffer, longBuffers)
		}
		return one(t, longSizes, "size")
	case n >= 29:
		if t.seldom(4, "round") {
			return one(t, roundSizes, "size")
		}
		return t.bufferSize(shortBuffer, shortBuffers)
	}
	return t.smallSize()
}

// smallSize is a size of up to 129 octets.
func (t *draft) smallSize() int {
	if t.d.below(4, "boundary") == 3 {
		return one(t, boundarySizes, "size")
	}
	return t.d.below(24, "size")
}

// explicit is the size in octets up to which payloads are spelt out.
const explicit = 256

// payload draws the content of a message or control frame of n octets: UTF-8 for
// text, anything for others.
func (t *draft) payload(op wsproto.Opcode, n int) oracle.Payload {
	switch {
	case n == 0:
		return oracle.Payload{}
	case n <= explicit:
		return oracle.Payload{Data: t.content(op, n)}
	}
	unit := t.unit(op)
	if op == wsproto.OpText && n%len(unit) != 0 {
		unit = units[0] // which can be cut anywhere
	}
	return oracle.Payload{Data: []byte(unit), Len: n}
}

// unit draws what a payload repeats.
func (t *draft) unit(op wsproto.Opcode) string {
	if op == wsproto.OpText || t.d.below(3, "binary") == 0 {
		if t.seldom(24, "padded") {
			return one(t, padded, "text")
		}
		return one(t, units, "text")
	}
	return one(t, binaries, "octets")
}

// content is n octets of that kind.
func (t *draft) content(op wsproto.Opcode, n int) []byte {
	if n == 0 {
		return nil
	}
	octets := make([]byte, 0, n)
	unit := t.unit(op)
	if op == wsproto.OpText {
		return appendText(octets, unit, n)
	}
	for len(octets) < n {
		octets = append(octets, unit[:min(len(unit), n-len(octets))]...)
	}
	return octets
}
