package deflate

import "fmt"

// Stock is data compressed beforehand, piece by piece, so that a message cut
// from it costs little more than a copy: only what it takes of the pieces at its
// two ends is compressed anew. No piece refers to another, so that messages can
// be sent in any order whatever was agreed on about context takeover. A Stock
// does not change and may be used by many goroutines.
type Stock struct {
	source []byte
	window int
	size   int
	pieces [][]byte // each made known by an empty stored block at its end
}

// NewStock compresses the source in pieces of size octets, at least 1, for
// windows of these bits and larger. A larger size compresses better, and makes
// each message cost more. It panics where [NewCompressor] does, and at a source
// without an octet.
func NewStock(source []byte, windowBits, level, size int) *Stock {
	if len(source) == 0 || size < 1 {
		panic(fmt.Sprintf("deflate: stock of %d octets in pieces of %d", len(source), size))
	}
	s := Stream{WindowBits: windowBits, NoContextTakeover: true}
	k := &Stock{source: source, window: s.Window(), size: size}
	c := NewCompressor(s, level)
	for at := 0; at < len(source); at += size {
		c.forget()
		k.pieces = append(k.pieces, c.Part(nil, source[at:min(at+size, len(source))]))
	}
	return k
}

// Source returns the data. It is not to be changed.
func (k *Stock) Source() []byte { return k.source }

// Message appends to dst the payload of the message of n octets that starts at
// an offset in the source and wraps round at its end. c compresses the ends of
// it, and takes no context over to its next message. It panics if the stock's
// window is larger than that of c.
func (k *Stock) Message(dst []byte, c *Compressor, from, n int) []byte {
	if k.window > c.finder.window {
		panic(fmt.Sprintf("deflate: stock for windows of %d octets, compressor for %d", k.window, c.finder.window))
	}
	for n > 0 {
		from %= len(k.source)
		i := from / k.size
		start, end := i*k.size, min((i+1)*k.size, len(k.source))
		if from == start && n >= end-start {
			dst = append(dst, k.pieces[i]...)
		} else {
			end = min(end, from+n)
			c.forget()
			dst = c.Part(dst, k.source[from:end])
		}
		n -= end - from
		from = end
		if n == 0 {
			c.forget()
			return dst[:len(dst)-len(flushTail)]
		}
	}
	return append(dst, 0)
}
