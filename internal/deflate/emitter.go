package deflate

import "fmt"

// Emitter writes DEFLATE (RFC 1951) element by element, to make streams that no
// compressor makes: exact distances, ends anywhere, and what is not DEFLATE. It
// writes what it is asked to and checks only that it can be written, and
// panics where it cannot: it is for those who write test cases.
//
// Its methods return the emitter, so that calls can be chained:
//
//	payload := new(deflate.Emitter).Fixed(false).Literals("ab").Match(4, 2).EndBlock().Message()
//
// The zero value is ready for use.
type Emitter struct {
	w    bitWriter
	lit  []code // of the present block; nil before the first
	dist []code
}

// Header writes BFINAL and BTYPE, whose two low bits count (RFC 1951 3.2.3).
func (e *Emitter) Header(final bool, btype uint8) *Emitter {
	e.w.header(final, btype&3)
	return e
}

// Stored writes octets as stored blocks of up to 65,535, one at least. BFINAL is
// set in the last if at all.
func (e *Emitter) Stored(final bool, octets []byte) *Emitter {
	e.w.stored(final, octets)
	return e
}

// StoredHeader writes the header of a stored block with any LEN and NLEN. The
// octets, if any, may follow with [Emitter.Raw].
func (e *Emitter) StoredHeader(final bool, length, complement uint16) *Emitter {
	e.w.header(final, blockStored)
	e.w.storedLength(length, complement)
	return e
}

// Fixed begins a block of the fixed code (RFC 1951 3.2.6).
func (e *Emitter) Fixed(final bool) *Emitter {
	e.w.header(final, blockFixed)
	e.lit, e.dist = fixedLitCodes[:], fixedDistCodes[:]
	return e
}

// Literals writes the octets as literals of the present block.
func (e *Emitter) Literals(octets string) *Emitter {
	for i := range len(octets) {
		e.Symbol(int(octets[i]))
	}
	return e
}

// Match writes a back-reference of 3 to 258 octets to 1 to 32,768 octets back.
func (e *Emitter) Match(length, distance int) *Emitter { return e.Matches(1, length, distance) }

// Matches writes a [Emitter.Match] n times.
func (e *Emitter) Matches(n, length, distance int) *Emitter {
	if length < minMatch || length > maxMatch || distance < 1 || distance > maxDistance {
		panic(fmt.Sprintf("deflate: match of length %d, distance %d", length, distance))
	}
	symbol := int(lengthSymbols[length-minMatch])
	far := distSymbol(distance)
	v, bits := codeOf(e.lit, "literal/length", firstLength+symbol)
	add := func(more uint64, n uint) {
		v |= more << bits
		bits += n
	}
	add(uint64(length-int(lengths[symbol].base)), uint(lengths[symbol].extra))
	add(codeOf(e.dist, "distance", far))
	add(uint64(distance-int(distances[far].base)), uint(distances[far].extra))
	for range n {
		e.w.put(v, bits)
	}
	return e
}

// EndBlock ends the present block, which is not a stored one.
func (e *Emitter) EndBlock() *Emitter { return e.Symbol(endOfBlock) }

// Symbol writes the present block's code of a symbol of the literal/length
// alphabet: 286 and 287, which mean nothing, exist in the fixed code. What a
// length needs of extra bits and a distance is for the caller to write.
func (e *Emitter) Symbol(symbol int) *Emitter { return e.put(codeOf(e.lit, "literal/length", symbol)) }

// DistSymbol writes the present block's code of a distance symbol: 30 and 31,
// which mean nothing, exist in the fixed code. Extra bits are for the caller to
// write.
func (e *Emitter) DistSymbol(symbol int) *Emitter { return e.put(codeOf(e.dist, "distance", symbol)) }

func codeOf(codes []code, alphabet string, symbol int) (v uint64, n uint) {
	if symbol < 0 || symbol >= len(codes) || codes[symbol].len() == 0 {
		panic(fmt.Sprintf("deflate: %s symbol %d has no code in this block", alphabet, symbol))
	}
	return codes[symbol].bits(), codes[symbol].len()
}

func (e *Emitter) put(v uint64, n uint) *Emitter {
	e.w.put(v, n)
	return e
}

// Bits writes the n low bits of v, 48 at most, the least significant first.
func (e *Emitter) Bits(v uint64, n int) *Emitter {
	if n < 0 || n > 48 {
		panic(fmt.Sprintf("deflate: %d bits at once", n))
	}
	return e.put(v&(1<<n-1), uint(n))
}

// Align writes zeros up to the next octet.
func (e *Emitter) Align() *Emitter {
	e.w.align()
	return e
}

// Raw writes octets as they are, from the next octet on.
func (e *Emitter) Raw(octets ...byte) *Emitter {
	e.w.align()
	e.w.out = append(e.w.out, octets...)
	return e
}

// Flush writes an empty stored block, which makes all before it known to the
// receiver: what zlib calls a sync flush.
func (e *Emitter) Flush() *Emitter { return e.Stored(false, nil) }

// Bytes returns a copy of what was written, the last octet filled with zeros.
func (e *Emitter) Bytes() []byte {
	out := append([]byte(nil), e.w.out...)
	if e.w.held > 0 {
		out = append(out, byte(e.w.bits))
	}
	return out
}

// Message returns what was written as the payload of a message: with an empty
// stored block at its end, less the last four octets of that (RFC 7692 7.2.1).
// More can be written after it.
func (e *Emitter) Message() []byte {
	w := bitWriter{append([]byte(nil), e.w.out...), e.w.bits, e.w.held}
	w.flushStripped()
	return w.out
}
