package deflate

import (
	"math/bits"
	"slices"
)

// code is the code of a symbol: in the low 16 bits the bits of it, the first
// one least significant, and above them their number, 0 without a code.
type code uint32

func (c code) bits() uint64 { return uint64(c & 0xffff) }
func (c code) len() uint    { return uint(c >> 16) }

// assignCodes fills codes with those of RFC 1951 3.2.2 for these lengths. Of an
// over-subscribed set, the codes repeat.
func assignCodes(codes []code, lens []uint8) {
	var count, next [maxCodeBits + 2]int
	for _, n := range lens {
		count[n]++
	}
	count[0] = 0
	for n := range maxCodeBits + 1 {
		next[n+1] = (next[n] + count[n]) << 1
	}
	for symbol, n := range lens {
		if n == 0 {
			codes[symbol] = 0
			continue
		}
		reversed := bits.Reverse16(uint16(next[n])) >> (16 - n)
		codes[symbol] = code(reversed) | code(n)<<16
		next[n]++
	}
}

// fixedCodes are the codes of a fixed block (RFC 1951 3.2.6).
var (
	fixedLitCodes  = makeFixedLitCodes()
	fixedDistCodes = makeFixedDistCodes()
)

func makeFixedLitCodes() (codes [numFixed]code) {
	lens := fixedLitLens()
	assignCodes(codes[:], lens[:])
	return codes
}

func makeFixedDistCodes() (codes [numFixedDist]code) {
	lens := fixedDistLens()
	assignCodes(codes[:], lens[:])
	return codes
}

// codeBuilder makes codes of least redundancy. Its fields are scratch memory.
type codeBuilder struct {
	keys [numFixed]uint64 // frequency and, below it, symbol: no two are alike
	tree [numFixed]uint32
}

// build sets the length of each symbol's code, of limit bits at most, from how
// often the symbol occurs. At least two symbols get a code, so that the code is
// complete for any frequencies.
func (b *codeBuilder) build(lens []uint8, freq []uint32, limit int) {
	clear(lens)
	keys := b.keys[:0]
	for symbol, n := range freq {
		if n > 0 {
			keys = append(keys, uint64(n)<<16|uint64(symbol))
		}
	}
	for symbol := 0; len(keys) < 2; symbol++ {
		if freq[symbol] == 0 {
			keys = append(keys, 1<<16|uint64(symbol))
		}
	}
	slices.Sort(keys)

	tree := b.tree[:len(keys)]
	for i, k := range keys {
		tree[i] = uint32(k >> 16)
	}
	leafDepths(tree)
	var count [maxCodeBits + 1]int
	for _, depth := range tree {
		count[min(int(depth), limit)]++
	}
	limitLengths(&count, limit)
	// The rarest symbols get the longest codes.
	at := 0
	for n := limit; n > 0; n-- {
		for range count[n] {
			lens[uint16(keys[at])] = uint8(n)
			at++
		}
	}
}

// leafDepths replaces ascending frequencies, two at least, by the depths of
// their leaves in a Huffman tree, within the slice (Moffat and Katajainen, 1995).
func leafDepths(a []uint32) {
	// Frequencies become those of inner nodes, and these the indices of their
	// parents.
	n := len(a)
	leaf, root := 0, 0
	smaller := func(next int) (weight uint32) {
		if leaf >= n || root < next && a[root] < a[leaf] {
			weight = a[root]
			a[root] = uint32(next)
			root++
		} else {
			weight = a[leaf]
			leaf++
		}
		return weight
	}
	for next := range n - 1 {
		weight := smaller(next)
		a[next] = weight + smaller(next)
	}
	// Parents become depths of inner nodes.
	a[n-2] = 0
	for i := n - 3; i >= 0; i-- {
		a[i] = a[a[i]] + 1
	}
	// The places at each depth that no inner node takes are leaves.
	places, inner, next := 1, n-2, n-1
	for depth := uint32(0); places > 0; depth++ {
		used := 0
		for inner >= 0 && a[inner] == depth {
			used++
			inner--
		}
		for ; places > used; places-- {
			a[next] = depth
			next--
		}
		places = 2 * used
	}
}

// limitLengths turns numbers of codes by length, where those of limit bits
// are too many because longer ones were cut, into a complete code.
func limitLengths(count *[maxCodeBits + 1]int, limit int) {
	total := 0
	for n := 1; n <= limit; n++ {
		total += count[n] << (limit - n)
	}
	for ; total > 1<<limit; total-- {
		// A leaf of the deepest level moves up beside a shorter code, which is
		// thereby a bit longer.
		n := limit - 1
		for count[n] == 0 {
			n--
		}
		count[limit]--
		count[n]--
		count[n+1] += 2
	}
}
