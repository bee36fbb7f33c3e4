package fuzz

import "github.com/wscheck/wscheck/wsproto"

// slowFrame is a frame as [slowDecode] reads it.
type slowFrame struct {
	header  wsproto.Header
	at      int    // position of its first octet
	size    int    // of its header
	payload []byte // unmasked, as much of it as there is
	ended   bool   // all of the payload is there
}

// bitReader reads the figure of RFC 6455 5.2 in the order of its fields. The
// bits of an octet come with the most significant one first.
type bitReader struct {
	octets []byte
	at     int // in bits
	short  bool
}

// bits returns the next n bits as a number, and 0 where there are not as many.
func (r *bitReader) bits(n int) (value uint64) {
	for range n {
		if r.at/8 >= len(r.octets) {
			r.short = true
			return 0
		}
		bit := r.octets[r.at/8] >> (7 - r.at%8) & 1
		value = value<<1 | uint64(bit)
		r.at++
	}
	return value
}

// slowDecode takes a stream of frames apart. It returns the frames whose headers
// are complete, and the octets of one that is not.
func slowDecode(stream []byte) (frames []slowFrame, pending []byte) {
	for at := 0; at < len(stream); {
		f, ok := slowHeader(stream[at:])
		if !ok {
			return frames, stream[at:]
		}
		f.at = at
		at += f.size
		for i := 0; uint64(i) < f.header.Length && at < len(stream); i++ {
			octet := stream[at]
			if f.header.Masked {
				octet ^= f.header.Mask[i%4] // 5.3: transformed-octet-i
			}
			f.payload = append(f.payload, octet)
			at++
		}
		f.ended = uint64(len(f.payload)) == f.header.Length
		frames = append(frames, f)
	}
	return frames, nil
}

// slowHeader reads a frame header, field by field.
func slowHeader(b []byte) (f slowFrame, ok bool) {
	r := &bitReader{octets: b}
	h := &f.header
	h.Fin = r.bits(1) == 1
	h.Rsv = byte(r.bits(3)) // RSV1, RSV2, RSV3
	h.Opcode = wsproto.Opcode(r.bits(4))
	h.Masked = r.bits(1) == 1
	h.Length = r.bits(7)
	h.Form = wsproto.Form7
	switch h.Length {
	case 126:
		h.Length, h.Form = r.bits(16), wsproto.Form16
	case 127:
		h.Length, h.Form = r.bits(64), wsproto.Form64
	}
	if h.Masked {
		for i := range h.Mask {
			h.Mask[i] = byte(r.bits(8))
		}
	}
	f.size = r.at / 8
	return f, !r.short
}
