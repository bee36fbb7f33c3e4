package deflate

import "fmt"

// DynamicHeader is the header of a dynamic block (RFC 1951 3.2.7) as it is on
// the wire, so that it can express every one, right or wrong.
type DynamicHeader struct {
	// HLIT, HDIST and HCLEN are what the fields hold: 257, 1 and 4 less than the
	// numbers of codes that they announce. Five, five and four bits count.
	HLIT, HDIST, HCLEN uint8
	// PreLens are the lengths of the code length code, 0 to 7, by symbol. The
	// first HCLEN+4 in the order of RFC 1951 are written.
	PreLens [19]uint8
	// Lens are the symbols of the code length code, one for each code length or
	// run of them, that make the two codes.
	Lens []LenSymbol
}

// LenSymbol is a symbol of the code length alphabet: a length of 0 to 15; 16,
// which repeats the length before; or 17 or 18, which repeat 0.
type LenSymbol struct {
	Symbol uint8
	// Extra is what the extra bits of 16, 17 and 18 hold: 3, 3 and 11 less than
	// the number of repeats.
	Extra uint8
}

// repeats returns how many code lengths the symbol stands for.
func (s LenSymbol) repeats() int {
	switch s.Symbol {
	case repeatLast, repeatZero:
		return 3 + int(s.Extra)
	case repeatZeroBig:
		return 11 + int(s.Extra)
	}
	return 1
}

// NewDynamicHeader returns the header of a block whose codes have these lengths,
// 0 to 15 bits per symbol: 257 to 288 for literals and lengths, 1 to 32 for
// distances. It need not be a valid code, and it spends one symbol on each. It
// panics at other lengths and numbers, which cannot be written.
func NewDynamicHeader(lit, dist []uint8) DynamicHeader {
	if len(lit) < 257 || len(lit) > numFixed || len(dist) < 1 || len(dist) > numFixedDist {
		panic(fmt.Sprintf("deflate: %d literal/length and %d distance codes", len(lit), len(dist)))
	}
	h := DynamicHeader{
		HLIT:  uint8(len(lit) - 257),
		HDIST: uint8(len(dist) - 1),
		HCLEN: numCodeLen - 4,
	}
	for n := range repeatLast {
		h.PreLens[n] = 4
	}
	for _, lens := range [][]uint8{lit, dist} {
		for _, n := range lens {
			if n > maxCodeBits {
				panic(fmt.Sprintf("deflate: code of %d bits", n))
			}
			h.Lens = append(h.Lens, LenSymbol{Symbol: n})
		}
	}
	return h
}

// Dynamic begins a block with this header. The codes of what follows are those
// that the header's lengths make; where they are too many for the code space,
// they repeat. It panics at a symbol of the header that PreLens gives no code, and
// at a length in PreLens that three bits cannot hold.
func (e *Emitter) Dynamic(final bool, h DynamicHeader) *Emitter {
	e.w.header(final, blockDynamic)
	e.Bits(uint64(h.HLIT), 5).Bits(uint64(h.HDIST), 5).Bits(uint64(h.HCLEN), 4)
	for symbol, n := range h.PreLens {
		if n > maxPreBits {
			panic(fmt.Sprintf("deflate: code of %d bits for code length symbol %d", n, symbol))
		}
	}
	for _, symbol := range codeLenOrder[:int(h.HCLEN&15)+4] {
		e.Bits(uint64(h.PreLens[symbol]), 3)
	}
	var lens []uint8
	pre := make([]code, numCodeLen)
	assignCodes(pre, h.PreLens[:])
	for _, s := range h.Lens {
		e.put(codeOf(pre, "code length", int(s.Symbol)))
		e.Bits(uint64(s.Extra), int(repeatBits[s.Symbol]))
		value := s.Symbol
		if value >= repeatLast {
			value = 0
			if s.Symbol == repeatLast && len(lens) > 0 {
				value = lens[len(lens)-1]
			}
		}
		for range s.repeats() {
			lens = append(lens, value)
		}
	}
	numLit := min(int(h.HLIT&31)+257, len(lens))
	e.lit, e.dist = make([]code, numLit), make([]code, len(lens)-numLit)
	assignCodes(e.lit, lens[:numLit])
	assignCodes(e.dist, lens[numLit:])
	return e
}
