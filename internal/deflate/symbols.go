package deflate

// The alphabets of RFC 1951 3.2.5 and 3.2.7.
const (
	endOfBlock    = 256
	firstLength   = 257 // symbol of length 3
	numLitLen     = 286 // symbols that mean something; the fixed code has two more
	numFixed      = 288
	numDist       = 30 // likewise; the fixed code has 32
	numFixedDist  = 32
	numCodeLen    = 19
	maxCodeBits   = 15
	maxPreBits    = 7 // longest code of the code length alphabet
	minMatch      = 3
	maxMatch      = 258
	maxDistance   = 1 << MaxWindowBits
	maxStored     = 1<<16 - 1
	repeatLast    = 16
	repeatZero    = 17
	repeatZeroBig = 18
)

// BTYPE (RFC 1951 3.2.3).
const (
	blockStored  = 0
	blockFixed   = 1
	blockDynamic = 2
)

// flushTail is what RFC 7692 7.2.1 takes off the end of a message, and 7.2.2
// appends: LEN and NLEN of an empty stored block.
var flushTail = [4]byte{0x00, 0x00, 0xff, 0xff}

// codeLenOrder is the order in which a dynamic block lists the lengths of the
// code length code (RFC 1951 3.2.7).
var codeLenOrder = [numCodeLen]uint8{16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15}

// coded is a symbol's share of a length or distance: the least value that it
// stands for and the number of extra bits added to it.
type coded struct {
	base  uint16
	extra uint8
}

var (
	lengths   = makeLengths()
	distances = makeDistances()
	// lengthSymbols[n-3] is the symbol of length n.
	lengthSymbols = makeLengthSymbols()
	// distSymbols[d-1] is the symbol of distance d up to 256, and
	// distSymbols[256+(d-1)>>7] that of any longer one.
	distSymbols = makeDistSymbols()
)

// makeLengths returns what symbols 257 to 285 stand for.
func makeLengths() (t [numLitLen - firstLength]coded) {
	base := minMatch
	for i := range t {
		extra := max(0, i/4-1)
		t[i] = coded{uint16(base), uint8(extra)}
		base += 1 << extra
	}
	t[len(t)-1] = coded{maxMatch, 0}
	return t
}

func makeDistances() (t [numDist]coded) {
	base := 1
	for i := range t {
		extra := max(0, i/2-1)
		t[i] = coded{uint16(base), uint8(extra)}
		base += 1 << extra
	}
	return t
}

func makeLengthSymbols() (t [maxMatch - minMatch + 1]uint8) {
	for i, c := range lengths {
		for n := range 1 << c.extra {
			if at := int(c.base) + n - minMatch; at < len(t) {
				t[at] = uint8(i)
			}
		}
	}
	return t
}

func makeDistSymbols() (t [512]uint8) {
	for i, c := range distances {
		for d := int(c.base) - 1; d < int(c.base)-1+1<<c.extra; d++ {
			if d < 256 {
				t[d] = uint8(i)
			} else {
				t[256+d>>7] = uint8(i)
			}
		}
	}
	return t
}

// distSymbol returns the symbol of a distance of 1 to 32768.
func distSymbol(distance int) int {
	if d := distance - 1; d < 256 {
		return int(distSymbols[d])
	} else {
		return int(distSymbols[256+d>>7])
	}
}
