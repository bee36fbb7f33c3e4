package deflate

import "slices"

// token is a literal, or a match: tokenMatch, the length less 3 in bits 16 to
// 23, and the distance less 1 below.
type token uint32

const tokenMatch token = 1 << 24

func matchToken(length, distance int) token {
	return tokenMatch | token(length-minMatch)<<16 | token(distance-1)
}

func (t token) match() (length, distance int) {
	return int(t>>16&0xff) + minMatch, int(t&0xffff) + 1
}

// blockWriter writes tokens as blocks of the kind that takes the fewest bits.
type blockWriter struct {
	bitWriter
	builder codeBuilder

	litFreq  [numLitLen]uint32
	distFreq [numDist]uint32
	preFreq  [numCodeLen]uint32
	lens     [numLitLen + numDist]uint8
	preLens  [numCodeLen]uint8
	lit      [numLitLen]code
	dist     [numDist]code
	pre      [numCodeLen]code
	runs     []lengthRun
}

// worthDynamic is the size of a fixed block in bits below which no dynamic
// block is tried: the header alone would take most of it.
const worthDynamic = 300

// block appends the tokens, which stand for these octets.
func (w *blockWriter) block(tokens []token, octets []byte) {
	w.count(tokens)
	extra := w.extraBits()
	fixed := extra + fixedSize(w.litFreq[:], w.distFreq[:])
	size, dynamic := fixed, false
	if fixed >= worthDynamic {
		header := w.plan()
		body := extra + codedSize(w.litFreq[:], w.lens[:numLitLen]) +
			codedSize(w.distFreq[:], w.lens[numLitLen:])
		if header+body < fixed {
			size, dynamic = header+body, true
		}
	}
	// The header of a stored block takes five octets at most, padding included.
	if blocks := (len(octets) + maxStored - 1) / maxStored; 8*(len(octets)+5*blocks) <= size {
		w.bitWriter.stored(false, octets)
		return
	}
	if dynamic {
		w.header(false, blockDynamic)
		w.writePlan()
		w.symbols(tokens, w.lit[:], w.dist[:], size)
		return
	}
	w.header(false, blockFixed)
	w.symbols(tokens, fixedLitCodes[:], fixedDistCodes[:], size)
}

// count counts the symbols of the tokens and of the end of the block.
func (w *blockWriter) count(tokens []token) {
	clear(w.litFreq[:])
	clear(w.distFreq[:])
	for _, t := range tokens {
		if t < tokenMatch {
			w.litFreq[t]++
			continue
		}
		length, distance := t.match()
		w.litFreq[firstLength+int(lengthSymbols[length-minMatch])]++
		w.distFreq[distSymbol(distance)]++
	}
	w.litFreq[endOfBlock] = 1
}

// extraBits returns the number of extra bits of all lengths and distances.
func (w *blockWriter) extraBits() (n int) {
	for i, c := range lengths {
		n += int(w.litFreq[firstLength+i]) * int(c.extra)
	}
	for i, c := range distances {
		n += int(w.distFreq[i]) * int(c.extra)
	}
	return n
}

func fixedSize(lit, dist []uint32) (n int) {
	for i, f := range lit {
		n += int(f) * int(fixedLitCodes[i].len())
	}
	for i, f := range dist {
		n += int(f) * int(fixedDistCodes[i].len())
	}
	return n + 3
}

func codedSize(freq []uint32, lens []uint8) (n int) {
	for i, f := range freq {
		n += int(f) * int(lens[i])
	}
	return n
}

// lengthRun is a symbol of the code length alphabet and its extra bits.
type lengthRun struct {
	symbol uint8
	extra  uint8
}

var repeatBits = [numCodeLen]uint8{repeatLast: 2, repeatZero: 3, repeatZeroBig: 7}

// plan makes the codes of a dynamic block and returns the size of its header in
// bits, BFINAL and BTYPE included.
func (w *blockWriter) plan() int {
	w.builder.build(w.lens[:numLitLen], w.litFreq[:], maxCodeBits)
	w.builder.build(w.lens[numLitLen:], w.distFreq[:], maxCodeBits)
	assignCodes(w.lit[:], w.lens[:numLitLen])
	assignCodes(w.dist[:], w.lens[numLitLen:])

	w.runs = appendRuns(w.runs[:0], w.lens[:w.numLit()])
	w.runs = appendRuns(w.runs, w.lens[numLitLen:numLitLen+w.numDist()])
	clear(w.preFreq[:])
	for _, r := range w.runs {
		w.preFreq[r.symbol]++
	}
	w.builder.build(w.preLens[:], w.preFreq[:], maxPreBits)
	assignCodes(w.pre[:], w.preLens[:])

	size := 3 + 5 + 5 + 4 + 3*w.numPre() + codedSize(w.preFreq[:], w.preLens[:])
	for i, n := range repeatBits {
		size += int(n) * int(w.preFreq[i])
	}
	return size
}

// writePlan appends what follows BFINAL and BTYPE in the header that plan made
// (RFC 1951 3.2.7).
func (w *blockWriter) writePlan() {
	w.put(uint64(w.numLit()-257), 5)
	w.put(uint64(w.numDist()-1), 5)
	w.put(uint64(w.numPre()-4), 4)
	for _, symbol := range codeLenOrder[:w.numPre()] {
		w.put(uint64(w.preLens[symbol]), 3)
	}
	w.lengthRuns(w.runs, w.pre[:])
}

// lengthRuns appends symbols of the code length alphabet.
func (w *bitWriter) lengthRuns(runs []lengthRun, pre []code) {
	for _, r := range runs {
		c := pre[r.symbol]
		w.put(c.bits(), c.len())
		w.put(uint64(r.extra), uint(repeatBits[r.symbol]))
	}
}

// numLit returns how many of the literal/length codes have to be listed.
func (w *blockWriter) numLit() int {
	n := numLitLen
	for w.lens[n-1] == 0 {
		n--
	}
	return max(n, endOfBlock+1)
}

func (w *blockWriter) numDist() int {
	n := numDist
	for w.lens[numLitLen+n-1] == 0 {
		n--
	}
	return n
}

func (w *blockWriter) numPre() int {
	n := numCodeLen
	for w.preLens[codeLenOrder[n-1]] == 0 {
		n--
	}
	return max(n, 4)
}

// appendRuns appends the code lengths, with repeats.
func appendRuns(runs []lengthRun, lens []uint8) []lengthRun {
	runs = slices.Grow(runs, len(lens))
	for len(lens) > 0 {
		value := lens[0]
		n := 1
		for n < len(lens) && lens[n] == value {
			n++
		}
		lens = lens[n:]
		if value != 0 {
			runs = append(runs, lengthRun{symbol: value})
			n--
		}
		for n > 0 {
			switch {
			case value == 0 && n >= 11:
				k := min(n, 138)
				runs = append(runs, lengthRun{repeatZeroBig, uint8(k - 11)})
				n -= k
			case value == 0 && n >= 3:
				runs = append(runs, lengthRun{repeatZero, uint8(n - 3)})
				n = 0
			case value != 0 && n >= 3:
				k := min(n, 6)
				runs = append(runs, lengthRun{repeatLast, uint8(k - 3)})
				n -= k
			default:
				runs = append(runs, lengthRun{symbol: value})
				n--
			}
		}
	}
	return runs
}
