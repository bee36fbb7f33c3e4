package deflate

import "encoding/binary"

// input is the bits of a message not yet used: those taken from the pieces, and
// the rest of the present piece.
type input struct {
	bits  uint64 // the next held ones, least significant first; the rest are 0
	held  uint   // 63 at most
	in    []byte // the rest of the present piece
	given int64  // octets of all pieces of the message
}

// place returns the offset of the next bit in the message's payload.
func (b *input) place() int64 {
	return (b.given-int64(len(b.in)))*8 - int64(b.held)
}

// need holds n bits at least, up to 32; false where there are not as many.
func (b *input) need(n uint) bool {
	for b.held < n {
		if len(b.in) == 0 {
			return false
		}
		b.bits |= uint64(b.in[0]) << b.held
		b.held += 8
		b.in = b.in[1:]
	}
	return true
}

// fill holds as many bits as it can, 56 at least where there are as many.
func (b *input) fill() {
	if b.held >= 56 {
		return
	}
	if len(b.in) >= 8 {
		n := (63 - b.held) / 8
		b.bits |= binary.LittleEndian.Uint64(b.in) << b.held
		b.held += n * 8
		b.bits &= 1<<b.held - 1
		b.in = b.in[n:]
		return
	}
	for b.held < 56 && len(b.in) > 0 {
		b.bits |= uint64(b.in[0]) << b.held
		b.held += 8
		b.in = b.in[1:]
	}
}

// take returns the next n bits, which have to be held.
func (b *input) take(n uint) uint64 {
	v := b.bits & (1<<n - 1)
	b.bits >>= n
	b.held -= n
	return v
}

// align takes the bits up to the next octet of the payload.
func (b *input) align() uint64 { return b.take(b.held % 8) }
