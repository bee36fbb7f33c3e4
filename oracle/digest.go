package oracle

import "hash/maphash"

// digestBlock is how many octets of a long message are compared at once.
const digestBlock = 64 << 10

// digestSeed makes sums of both directions comparable, and unknown to a peer.
var digestSeed = maphash.MakeSeed()

// digest sums octets up block by block: those of a message too long to be kept.
type digest struct {
	hash maphash.Hash
	n    int // octets of the block so far
}

func (d *digest) reset() {
	d.hash.SetSeed(digestSeed)
	d.n = 0
}

// take adds octets of b up to the end of the block. It returns how many, and
// whether the block is full: sum comes next.
func (d *digest) take(b []byte) (n int, full bool) {
	n = min(len(b), digestBlock-d.n)
	_, _ = d.hash.Write(b[:n])
	d.n += n
	return n, d.n == digestBlock
}

// sum returns the sum of the block so far.
func (d *digest) sum() uint64 { return d.hash.Sum64() }

// appendSums adds octets, and the sums of all blocks that they fill to sums.
func (d *digest) appendSums(sums []uint64, b []byte) []uint64 {
	for len(b) > 0 {
		n, full := d.take(b)
		if b = b[n:]; full {
			sums = append(sums, d.sum())
			d.reset()
		}
	}
	return sums
}
