package deflate

import (
	"encoding/binary"
	"math/bits"
)

// finder finds matches within a window (LZ77). Positions count the octets since
// init, so that what refers to octets long gone stays beyond the window, and
// emptying the window is a jump ahead.
type finder struct {
	window int

	buf  []byte // the window's octets and the segment's
	at   int    // in buf: the next octet to find a match for
	base int    // position of buf[0]

	head  []int32 // the last position of each hash of four octets
	shift uint    // of the hash
}

const (
	// hashed is how many octets are hashed, and the shortest match found.
	hashed = 4
	// hashBits bounds the size of the table of hashes. A small window holds few
	// positions: a small table is enough for it.
	hashBits = 14
	// maxPosition is where positions start anew.
	maxPosition = 1 << 30
)

// init makes the finder that of an empty window.
func (f *finder) init(window int) {
	f.window = window
	width := min(bits.Len(uint(window)), hashBits)
	if len(f.head) != 1<<width {
		f.head = make([]int32, 1<<width)
	}
	f.shift = uint(32 - width)
	f.restart()
}

// restart empties the window and starts positions anew.
func (f *finder) restart() {
	clear(f.head)
	f.buf = f.buf[:0]
	f.at = 0
	// Thus position 0, with which the table is filled, is beyond the window.
	f.base = f.window + 1
}

// forget empties the window.
func (f *finder) forget() {
	f.base += len(f.buf) + f.window
	f.buf = f.buf[:0]
	f.at = 0
	if f.base > maxPosition {
		f.restart()
	}
}

// load takes in octets, a segment at most, after those dealt with.
func (f *finder) load(octets []byte) {
	if f.base > maxPosition {
		// What the window holds is seldom of use again after a gigabyte.
		f.restart()
	}
	if len(f.buf)+len(octets) > f.window+segment {
		gone := len(f.buf) - f.window
		copy(f.buf, f.buf[gone:])
		f.buf = f.buf[:f.window]
		f.at -= gone
		f.base += gone
	}
	f.buf = append(f.buf, octets...)
}

func (f *finder) literals(tokens []token) []token {
	n := min(len(f.buf)-f.at, maxTokens-len(tokens))
	for _, b := range f.buf[f.at : f.at+n] {
		tokens = append(tokens, token(b))
	}
	f.at += n
	return tokens
}

// hash returns the upper bits of a product: 2^32 over the golden ratio spreads
// them evenly (Knuth, The Art of Computer Programming, 6.4).
func hash(octets uint32, shift uint) uint32 {
	return octets * 0x9e3779b1 >> (shift & 31)
}

func (f *finder) hash(i int) uint32 {
	return hash(binary.LittleEndian.Uint32(f.buf[i:]), f.shift)
}

// find appends tokens for the octets from at on, until there are as many as a
// block holds or no octets are left. It looks at the last position of each hash
// alone, and at fewer octets the longer it finds nothing.
func (f *finder) find(tokens []token) []token {
	buf, base, shift := f.buf, f.base, f.shift
	last := len(buf) - hashed
	// Octets before at that have no token yet start at literals.
	at, literals := f.at, f.at
	for at <= last && at-literals+len(tokens) < maxTokens {
		octets := binary.LittleEndian.Uint32(buf[at:])
		entry := &f.head[hash(octets, shift)]
		from := int(*entry) - base
		*entry = int32(at + base)
		// A position that is not smaller is from before a block that was full.
		if uint(at-from-1) >= uint(f.window) || binary.LittleEndian.Uint32(buf[from:]) != octets {
			at += 1 + (at-literals)>>6
			continue
		}
		for at > literals && from > 0 && buf[at-1] == buf[from-1] {
			at--
			from--
		}
		for _, b := range buf[literals:at] {
			tokens = append(tokens, token(b))
		}
		length := matchLength(buf, from, at, min(maxMatch, len(buf)-at))
		tokens = append(tokens, matchToken(length, at-from))
		at += length
		literals = at
		if at <= last {
			f.head[f.hash(at-2)] = int32(at - 2 + base)
		}
	}
	f.at = literals
	return f.literals(tokens)
}

// matchLength returns how many octets at from and at are alike, most at most.
func matchLength(buf []byte, from, at, most int) int {
	a, b := buf[at:at+most], buf[from:from+most]
	n := 0
	for len(a) >= 8 && len(b) >= 8 {
		if x := binary.LittleEndian.Uint64(a) ^ binary.LittleEndian.Uint64(b); x != 0 {
			return n + bits.TrailingZeros64(x)/8
		}
		a, b = a[8:], b[8:]
		n += 8
	}
	for i := range a {
		if a[i] != b[i] {
			return n + i
		}
	}
	return n + len(a)
}
