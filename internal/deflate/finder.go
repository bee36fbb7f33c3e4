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
	effort effort

	buf  []byte // the window's octets and the segment's
	at   int    // in buf: the next octet to find a match for
	base int    // position of buf[0]

	// head is the last position of each hash of four octets, and previous, with
	// the window's size, the one before a position with the same hash.
	head     []int32
	previous []int32
	shift    uint // of the hash
}

// effort is how hard to look.
type effort struct {
	chain int // positions looked at
	good  int // length from which a quarter of them suffices for the next octet
	lazy  int // length from which the next octet is not tried at all
	nice  int // length that ends the search
}

// efforts by level. Level 1 looks at one position and knows no chains.
var efforts = [BestCompression + 1]effort{
	1: {},
	2: {4, 4, 0, 16},
	3: {8, 4, 0, 32},
	4: {12, 4, 6, 24},
	5: {20, 8, 16, 40},
	6: {64, 8, 24, 128},
	7: {128, 8, 32, 192},
	8: {512, 32, 128, 258},
	9: {2048, 32, 258, 258},
}

const (
	// hashed is how many octets are hashed, and the shortest match found.
	hashed = 4
	// maxPosition is where positions start anew.
	maxPosition = 1 << 30
)

// init makes the finder that of an empty window.
func (f *finder) init(window, level int) {
	f.window = window
	f.effort = effort{}
	if level > 0 {
		f.effort = efforts[level]
	}
	// A small window holds few positions: small tables are enough for it.
	width := bits.Len(uint(window))
	if level == BestSpeed {
		width = min(width, 14)
	}
	if level > 0 && len(f.head) != 1<<width {
		f.head = make([]int32, 1<<width)
	}
	if level > BestSpeed && len(f.previous) != window {
		f.previous = make([]int32, window)
	}
	f.shift = uint(32 - width)
	if level <= 0 {
		f.head = nil
	}
	if level <= BestSpeed {
		f.previous = nil
	}
	f.restart()
}

// restart empties the window and starts positions anew.
func (f *finder) restart() {
	clear(f.head)
	f.buf = f.buf[:0]
	f.at = 0
	// Thus position 0, with which the tables are filled, is beyond the window.
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

// find appends tokens for the octets from at on, until there are as many as a
// block holds or no octets are left.
func (f *finder) find(tokens []token) []token {
	switch {
	case f.head == nil:
		return f.literals(tokens)
	case f.previous == nil:
		return f.findFast(tokens)
	}
	return f.findChained(tokens)
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

// findFast looks at the last position of each hash alone, and at fewer octets
// the longer it finds nothing.
func (f *finder) findFast(tokens []token) []token {
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

// findChained looks at all positions of each hash, as far as the effort goes,
// and prefers a longer match at the next octet to a shorter one at this.
func (f *finder) findChained(tokens []token) []token {
	var (
		pending          bool // the octet before has no token yet
		length, distance int  // of the match that starts there, 0 for none
	)
	// A pending octet gives one token more.
	for f.at < len(f.buf) && len(tokens) < maxTokens-1 {
		longer, farther := 0, 0
		if length == 0 || length < f.effort.lazy {
			depth := f.effort.chain
			if length >= f.effort.good {
				depth /= 4
			}
			longer, farther = f.longest(f.at, max(length, hashed-1), depth)
		} else {
			f.enter(f.at)
		}
		if length > 0 && longer == 0 {
			tokens = append(tokens, matchToken(length, distance))
			f.at++
			f.enterAll(f.at - 2 + length)
			pending, length = false, 0
			continue
		}
		if pending {
			tokens = append(tokens, token(f.buf[f.at-1]))
		}
		pending, length, distance = true, longer, farther
		f.at++
	}
	switch {
	case length > 0:
		tokens = append(tokens, matchToken(length, distance))
		f.enterAll(f.at - 1 + length)
	case pending:
		tokens = append(tokens, token(f.buf[f.at-1]))
	}
	return tokens
}

// enterAll enters the positions up to buf[end], which is the next to be dealt
// with.
func (f *finder) enterAll(end int) {
	for ; f.at < end; f.at++ {
		f.enter(f.at)
	}
}

// enter notes the position of buf[i], and returns the one before with its hash.
func (f *finder) enter(i int) int {
	if i+hashed > len(f.buf) {
		return 0
	}
	h := f.hash(i)
	before := f.head[h]
	position := i + f.base
	f.previous[position&(f.window-1)] = before
	f.head[h] = int32(position)
	return int(before)
}

// longest enters the position of buf[i] and returns the longest match for what
// starts there that is longer than least, among the depth positions looked at;
// or 0, 0.
func (f *finder) longest(i, least, depth int) (length, distance int) {
	most := min(maxMatch, len(f.buf)-i)
	if most <= least {
		f.enter(i)
		return 0, 0
	}
	// Farther back there is nothing, or it is beyond the window.
	low := f.base + max(0, i-f.window)
	buf := f.buf
	for at := f.enter(i); at >= low && depth > 0; depth-- {
		from := at - f.base
		if buf[from+least] == buf[i+least] {
			if n := matchLength(buf, from, i, most); n > least {
				length, distance, least = n, i-from, n
				if n >= f.effort.nice || n == most {
					break
				}
			}
		}
		before := int(f.previous[at&(f.window-1)])
		if before >= at {
			break
		}
		at = before
	}
	return length, distance
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
