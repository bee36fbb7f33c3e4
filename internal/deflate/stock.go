package deflate

import (
	"bytes"
	"fmt"
	"sync"
)

// Stock is data compressed beforehand, piece by piece, so that a message cut
// from it costs little more than a copy: only what it takes of the pieces at its
// two ends is compressed anew, and the first of those ends are kept as well. No
// piece refers to another, so that messages can be sent in any order whatever was
// agreed on about context takeover. A Stock may be used by many goroutines.
type Stock struct {
	source []byte
	window int
	size   int
	pieces [][]byte // each made known by an empty stored block at its end

	mu   sync.Mutex
	cuts map[cut][]byte // parts of pieces, made like them
	kept int            // octets of all cuts
}

// cut is a part of a piece, by where it begins and ends in the source, and the
// window that it was compressed for.
type cut struct{ from, end, window int }

// maxCuts bounds the octets of the cuts that a Stock keeps.
const maxCuts = 4 << 20

// NewStock compresses the source in pieces of size octets, at least 1, for
// windows of these bits and larger. A larger size compresses better, and makes
// each message cost more. It panics where [NewCompressor] does, and at a source
// without an octet.
func NewStock(source []byte, windowBits, size int) *Stock {
	if len(source) == 0 || size < 1 {
		panic(fmt.Sprintf("deflate: stock of %d octets in pieces of %d", len(source), size))
	}
	s := Stream{WindowBits: windowBits, NoContextTakeover: true}
	k := &Stock{source: source, window: s.Window(), size: size, cuts: map[cut][]byte{}}
	c := NewCompressor(s)
	for at := 0; at < len(source); at += size {
		c.forget()
		k.pieces = append(k.pieces, c.Part(nil, source[at:min(at+size, len(source))]))
	}
	return k
}

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
			dst = k.appendCut(dst, c, cut{from, end, c.finder.window})
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

// appendCut appends a part of a piece, compressed by c or by one of its window
// before.
func (k *Stock) appendCut(dst []byte, c *Compressor, at cut) []byte {
	k.mu.Lock()
	part, ok := k.cuts[at]
	k.mu.Unlock()
	if ok {
		return append(dst, part...)
	}
	n := len(dst)
	c.forget()
	dst = c.Part(dst, k.source[at.from:at.end])
	k.mu.Lock()
	if size := len(dst) - n; k.kept+size <= maxCuts {
		k.kept += size
		k.cuts[at] = bytes.Clone(dst[n:])
	}
	k.mu.Unlock()
	return dst
}
