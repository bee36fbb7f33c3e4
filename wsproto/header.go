package wsproto

import (
	"encoding/binary"
	"errors"
)

// MaxHeaderSize is the size in octets of the longest frame header: two octets,
// eight of extended length, four of masking key (RFC 6455 5.2).
const MaxHeaderSize = 14

// The bits of the first two header octets (RFC 6455 5.2).
const (
	bitFin     = 0x80
	bitMask    = 0x80
	maskRsv    = 0x70
	maskOpcode = 0x0f
	maskLen    = 0x7f

	shiftRsv = 4

	len16 = 126 // the length follows in two octets
	len64 = 127 // the length follows in eight octets
)

// LengthForm says how a header writes its payload length.
type LengthForm uint8

// The forms of RFC 6455 5.2. The RFC demands the shortest that can hold the
// length; the others allow a longer, or a too short, one to be written.
const (
	FormMinimal LengthForm = iota // the shortest that can hold the length
	Form7                         // in the second octet
	Form16                        // in two further octets
	Form64                        // in eight further octets
)

// String returns "minimal", "7-bit", "16-bit" or "64-bit".
func (f LengthForm) String() string {
	switch f {
	case Form7:
		return "7-bit"
	case Form16:
		return "16-bit"
	case Form64:
		return "64-bit"
	}
	return "minimal"
}

// Header is a frame header (RFC 6455 5.2). Every combination of values can be
// written, illegal ones included; see [Header.AppendTo].
type Header struct {
	// Fin is set on the last frame of a message.
	Fin bool
	// Rsv holds the three reserved bits: RSV1 is 4, RSV2 is 2, RSV3 is 1.
	Rsv    uint8
	Opcode Opcode
	// Masked says that the masking key follows the length.
	Masked bool
	// Mask is the masking key as on the wire; meaningless unless Masked.
	Mask [4]byte
	// Length is the declared payload length in octets. The wire has room for
	// the most significant bit, which RFC 6455 5.2 wants to be 0.
	Length uint64
	// Form is how the length is written. [ParseHeader] gives the form it met,
	// never FormMinimal.
	Form LengthForm
}

// shortestForm returns the shortest form that can hold length.
func shortestForm(length uint64) LengthForm {
	switch {
	case length < len16:
		return Form7
	case length <= 0xffff:
		return Form16
	}
	return Form64
}

// wireForm returns the form that AppendTo uses: never FormMinimal.
func (h Header) wireForm() LengthForm {
	switch h.Form {
	case Form7, Form16, Form64:
		return h.Form
	}
	return shortestForm(h.Length)
}

// Minimal reports whether the length is written in the shortest form that can
// hold it, as RFC 6455 5.2 demands.
func (h Header) Minimal() bool { return h.wireForm() == shortestForm(h.Length) }

// Size returns the number of octets that [Header.AppendTo] writes: 2 to
// [MaxHeaderSize].
func (h Header) Size() int {
	n := 2
	switch h.wireForm() {
	case Form16:
		n += 2
	case Form64:
		n += 8
	}
	if h.Masked {
		n += len(h.Mask)
	}
	return n
}

// AppendTo appends the header as on the wire to dst. Of a value too big for its
// place the low bits are written: three of Rsv, four of Opcode, seven of Length
// in Form7 (where 126 and 127 then announce an extended length that does not
// follow), sixteen in Form16.
func (h Header) AppendTo(dst []byte) []byte {
	b0 := h.Rsv<<shiftRsv&maskRsv | byte(h.Opcode)&maskOpcode
	if h.Fin {
		b0 |= bitFin
	}
	var b1 byte
	if h.Masked {
		b1 = bitMask
	}
	switch h.wireForm() {
	case Form7:
		dst = append(dst, b0, b1|byte(h.Length)&maskLen)
	case Form16:
		dst = append(dst, b0, b1|len16)
		dst = binary.BigEndian.AppendUint16(dst, uint16(h.Length))
	default:
		dst = append(dst, b0, b1|len64)
		dst = binary.BigEndian.AppendUint64(dst, h.Length)
	}
	if h.Masked {
		dst = append(dst, h.Mask[:]...)
	}
	return dst
}

// MarshalText returns the header as on the wire in hexadecimal digits.
func (h Header) MarshalText() ([]byte, error) { return Octets(h.AppendTo(nil)).MarshalText() }

// UnmarshalText reads the digits of a header.
func (h *Header) UnmarshalText(text []byte) error {
	var wire Octets
	if err := wire.UnmarshalText(text); err != nil {
		return err
	}
	header, n := ParseHeader(wire)
	if n == 0 {
		return errors.New("the frame header is cut off")
	}
	*h = header
	return nil
}

// ParseHeader reads the header at the start of b and returns it with its size
// in octets. A size of 0 says that b ends before the header does: call again
// with more. It never fails, for any bits: judging them is the caller's.
func ParseHeader(b []byte) (h Header, n int) {
	if len(b) < 2 {
		return Header{}, 0
	}
	n = 2
	h.Form = Form7
	h.Length = uint64(b[1] & maskLen)
	switch h.Length {
	case len16:
		if len(b) < 4 {
			return Header{}, 0
		}
		n = 4
		h.Form = Form16
		h.Length = uint64(binary.BigEndian.Uint16(b[2:]))
	case len64:
		if len(b) < 10 {
			return Header{}, 0
		}
		n = 10
		h.Form = Form64
		h.Length = binary.BigEndian.Uint64(b[2:])
	}
	if b[1]&bitMask != 0 {
		if len(b) < n+len(h.Mask) {
			return Header{}, 0
		}
		h.Masked = true
		h.Mask = [4]byte(b[n:])
		n += len(h.Mask)
	}
	h.Fin = b[0]&bitFin != 0
	h.Rsv = b[0] & maskRsv >> shiftRsv
	h.Opcode = Opcode(b[0] & maskOpcode)
	return h, n
}
