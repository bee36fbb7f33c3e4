package deflate

import (
	"math/bits"
	"sync"
)

// A decoding table is indexed by the next root bits of the stream. Codes longer
// than that lead on to a second table after the first. An entry is, from the
// least significant bit:
//
//	 8 bits  how many bits to consume: the code with its extra bits
//	 4 bits  the code's share of that; in a link, the bits that index the second table
//	 1 bit   entrySpecial: none of the two plain kinds, literal and base
//	 1 bit   entryLink: to the second table that starts at the entry's value
//	 1 bit   entryEnd: the end of the block
//	 1 bit   unused
//	15 bits  value: a literal, the base of a length or a distance, or a link
//	 1 bit   entryLiteral
//
// A special entry that is neither link nor end is invalid: an unused code, or a
// symbol without a meaning.
const (
	entryCodeShift  = 8
	entryCodeMask   = 15
	entrySpecial    = 1 << 12
	entryLink       = 1 << 13
	entryEnd        = 1 << 14
	entryValueShift = 16
	entryValueMask  = 1<<15 - 1
	entryLiteral    = 1 << 31
)

// A second table indexed by n bits belongs to a subtree n deep, thus with n+1
// symbols at least; 2^n/(n+1) grows with n, which bounds the size of them all.
const (
	litRoot  = 10
	distRoot = 8
	preRoot  = maxPreBits
	litSize  = 1<<litRoot + numFixed<<(maxCodeBits-litRoot)/(maxCodeBits-litRoot+1)
	distSize = 1<<distRoot + numFixedDist<<(maxCodeBits-distRoot)/(maxCodeBits-distRoot+1)
)

// tables is what a dynamic block needs to be decoded.
type tables struct {
	lit  [litSize]uint32
	dist [distSize]uint32
	pre  [1 << preRoot]uint32
	lens [numLitLen + numDist]uint8
}

// tablePool keeps the tables of all inflaters, so that one that is between two
// messages holds none.
var tablePool = sync.Pool{New: func() any { return new(tables) }}

// fixedTables are those of the fixed code (RFC 1951 3.2.6).
var fixedTables = sync.OnceValue(func() *tables {
	t := new(tables)
	lit, dist := fixedLitLens(), fixedDistLens()
	buildTable(t.lit[:], litRoot, lit[:], litEntries[:])
	buildTable(t.dist[:], distRoot, dist[:], distEntries[:])
	return t
})

func fixedLitLens() (lens [numFixed]uint8) {
	for i := range lens {
		switch {
		case i < 144:
			lens[i] = 8
		case i < 256:
			lens[i] = 9
		case i < 280:
			lens[i] = 7
		default:
			lens[i] = 8
		}
	}
	return lens
}

func fixedDistLens() (lens [numFixedDist]uint8) {
	for i := range lens {
		lens[i] = 5
	}
	return lens
}

// The entries of all symbols, without the length of their codes.
var (
	litEntries  = makeLitEntries()
	distEntries = makeDistEntries()
	preEntries  = makePreEntries()
)

func makeLitEntries() (t [numFixed]uint32) {
	for i := range t {
		switch {
		case i < endOfBlock:
			t[i] = entryLiteral | uint32(i)<<entryValueShift
		case i == endOfBlock:
			t[i] = entrySpecial | entryEnd
		case i < numLitLen:
			t[i] = lengths[i-firstLength].entry()
		default:
			t[i] = entrySpecial
		}
	}
	return t
}

func makeDistEntries() (t [numFixedDist]uint32) {
	for i := range t {
		t[i] = entrySpecial
		if i < numDist {
			t[i] = distances[i].entry()
		}
	}
	return t
}

func makePreEntries() (t [numCodeLen]uint32) {
	for i := range t {
		t[i] = uint32(i) << entryValueShift
	}
	return t
}

func (c coded) entry() uint32 {
	return uint32(c.base)<<entryValueShift | uint32(c.extra)
}

// withCode returns the entry of a symbol whose code, or what of it the first
// table leaves over, has n bits.
func withCode(entry uint32, n int) uint32 {
	return entry + uint32(n) + uint32(n)<<entryCodeShift
}

// codeKind is how far a set of code lengths fills the code space.
type codeKind uint8

const (
	codeComplete codeKind = iota
	codeSingle            // a single code, of one bit
	codeEmpty
	codeOver
	codeUnder
)

// classify says which kind of code has these numbers of codes by length.
func classify(count *[maxCodeBits + 1]int) codeKind {
	left, used := 1, 0
	for _, n := range count[1:] {
		left = left<<1 - n
		used += n
		if left < 0 {
			return codeOver
		}
	}
	switch {
	case left == 0:
		return codeComplete
	case used == 0:
		return codeEmpty
	case used == 1 && count[1] == 1:
		return codeSingle
	}
	return codeUnder
}

// buildTable fills the table of the code with these lengths, one per symbol, 0
// where the symbol has no code. An over-subscribed or incomplete code leaves
// the table undefined; an empty one makes every entry invalid, and a single one
// those that it does not use.
func buildTable(table []uint32, root int, lens []uint8, entries []uint32) codeKind {
	var count, next [maxCodeBits + 1]int
	for _, n := range lens {
		count[n]++
	}
	count[0] = 0
	kind := classify(&count)
	switch kind {
	case codeOver, codeUnder:
		return kind
	case codeSingle, codeEmpty:
		invalid := withCode(entrySpecial, 1)
		for i := range 1 << root {
			table[i] = invalid
		}
	}
	for i := range maxCodeBits {
		next[i+1] = next[i] + count[i]
	}
	var sorted [numFixed]uint16
	for symbol, n := range lens {
		if n != 0 {
			sorted[next[n]] = uint16(symbol)
			next[n]++
		}
	}

	// next[n] is now the index in sorted after the last code of n bits, and code
	// the next code in the order of RFC 1951 3.2.2, most significant bit first.
	code, at := 0, 0
	for n := 1; n <= root; n++ {
		for ; at < next[n]; at++ {
			reversed := bits.Reverse16(uint16(code)) >> (16 - n)
			table[reversed] = withCode(entries[sorted[at]], n)
			code++
		}
		if n < root {
			// Where a bit more is looked at, both its values lead to the same.
			copy(table[1<<n:2<<n], table[:1<<n])
			code <<= 1
		}
	}
	if at < next[maxCodeBits] {
		buildLinked(table, root, code<<1, sorted[at:next[maxCodeBits]], lens, entries, &count)
	}
	return kind
}

// buildLinked fills the second tables with the symbols whose codes are longer
// than root, from that code on.
func buildLinked(table []uint32, root, code int, symbols []uint16, lens []uint8, entries []uint32, count *[maxCodeBits + 1]int) {
	var (
		n       = root + 1
		end     = 1 << root // of the tables so far
		start   int         // of the present one
		width   int         // bits that index it
		prefix  = -1        // first root bits of its codes
		pending = *count    // codes by length not yet entered
	)
	for _, symbol := range symbols {
		for ; n < int(lens[symbol]); n++ {
			code <<= 1
		}
		reversed := int(bits.Reverse16(uint16(code)) >> (16 - n))
		if p := reversed & (1<<root - 1); p != prefix {
			prefix, start = p, end
			width = n - root
			for within := pending[n]; within < 1<<width; {
				width++
				within = within<<1 + pending[root+width]
			}
			end += 1 << width
			table[prefix] = entrySpecial | entryLink |
				uint32(start)<<entryValueShift | uint32(width)<<entryCodeShift | uint32(root)
		}
		entry := withCode(entries[symbol], n-root)
		for i := reversed >> root; i < 1<<width; i += 1 << (n - root) {
			table[start+i] = entry
		}
		pending[n]--
		code++
	}
}
