package reference

import (
	"math/bits"
	"sync"
)

// quickBits is the length of the codes that huffman finds in one step.
const quickBits = 9

// huffman is a code (RFC 1951 3.2.2).
type huffman struct {
	quick   [1 << quickBits]uint16 // a symbol and, in the lowest four bits, its length; 0: longer
	count   [16]int                // of the codes by length
	symbols [288]uint16            // in the order of their codes
}

// codeKind is how much of the code space a code uses.
type codeKind int

const (
	codeBroken   codeKind = iota // too much, or too little
	codeComplete                 // all of it
	codeSingle                   // half: one code of one bit
	codeEmpty                    // nothing
)

// build makes the code whose lengths these are, by symbol.
func (c *huffman) build(lens []uint8) codeKind {
	clear(c.quick[:])
	c.count = [16]int{}
	for _, n := range lens {
		c.count[n]++
	}
	used := len(lens) - c.count[0]
	c.count[0] = 0
	var code, at [17]int // the first code of a length, and the place of its symbol
	left := 1
	for n := 1; n < 16; n++ {
		left = 2*left - c.count[n]
		if left < 0 {
			return codeBroken
		}
		code[n+1] = (code[n] + c.count[n]) << 1
		at[n+1] = at[n] + c.count[n]
	}
	for s, n := range lens {
		if n == 0 {
			continue
		}
		c.symbols[at[n]] = uint16(s)
		at[n]++
		if n <= quickBits {
			reversed := int(bits.Reverse16(uint16(code[n])) >> (16 - n))
			for i := reversed; i < len(c.quick); i += 1 << n {
				c.quick[i] = uint16(s)<<4 | uint16(n)
			}
		}
		code[n]++
	}
	switch {
	case left == 0:
		return codeComplete
	case used == 0:
		return codeEmpty
	case used == 1 && c.count[1] == 1:
		return codeSingle
	}
	return codeBroken
}

// symbol returns the next symbol of a code.
func (z *inflater) symbol(c *huffman) (int, error) {
	if z.n < 15 {
		z.fill()
	}
	if q := c.quick[z.held&(1<<quickBits-1)]; q != 0 && uint(q&15) <= z.n {
		z.held >>= q & 15
		z.n -= uint(q & 15)
		return int(q >> 4), nil
	}
	code, first, at := 0, 0, 0
	for n := uint(1); n < 16; n++ {
		if n > z.n {
			return 0, errCut
		}
		code |= int(z.held >> (n - 1) & 1)
		count := c.count[n]
		if code-first < count {
			z.held >>= n
			z.n -= n
			return int(c.symbols[at+code-first]), nil
		}
		at += count
		first = (first + count) << 1
		code <<= 1
	}
	return 0, errCorrupt
}

// fixedCodes returns the codes of RFC 1951 3.2.6.
var fixedCodes = sync.OnceValue(func() *[2]huffman {
	var lens [288]uint8
	for s := range lens {
		switch {
		case s < 144:
			lens[s] = 8
		case s < 256:
			lens[s] = 9
		case s < 280:
			lens[s] = 7
		default:
			lens[s] = 8
		}
	}
	var distances [32]uint8
	for s := range distances {
		distances[s] = 5
	}
	codes := new([2]huffman)
	codes[0].build(lens[:])
	codes[1].build(distances[:])
	return codes
})
