package wsproto

import "slices"

// Frame is a header and a payload that need not agree: len(Payload) may differ
// from Header.Length.
type Frame struct {
	Header
	// Payload is not masked; AppendTo masks it on its way out.
	Payload []byte
}

// NewFrame returns an unmasked frame that declares the length of its payload, in
// the minimal form. To mask it, set Masked and Mask.
func NewFrame(op Opcode, fin bool, payload []byte) Frame {
	return Frame{
		Header:  Header{Fin: fin, Opcode: op, Length: uint64(len(payload))},
		Payload: payload,
	}
}

// Size returns the number of octets that [Frame.AppendTo] writes: the header's and
// those of Payload.
func (f Frame) Size() int { return f.Header.Size() + len(f.Payload) }

// AppendTo appends the frame as on the wire to dst: the header as
// [Header.AppendTo] writes it, then all of the payload, masked with Mask if
// Masked is set.
func (f Frame) AppendTo(dst []byte) []byte {
	dst = slices.Grow(dst, f.Size())
	dst = f.Header.AppendTo(dst)
	if !f.Masked {
		return append(dst, f.Payload...)
	}
	start := len(dst)
	dst = dst[:start+len(f.Payload)]
	MaskCopy(dst[start:], f.Payload, f.Mask, 0)
	return dst
}
