package wsproto

import (
	"encoding/hex"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

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

// maxShown is how many octets of a payload String shows.
const maxShown = 48

// String returns the frame in one line, elided, as every report and failure
// shows it:
//
//	TEXT "Spam…" [65536 octets, masked, continued, rsv=4, 64-bit length, declared 5]
//
// Text is quoted, with control characters and invalid UTF-8 escaped; what is
// not text is in hexadecimal digits between angle brackets; a close frame shows
// its code and reason. In the brackets stand the octets that the payload has,
// and then only what is out of the ordinary: a declared length unlike that, and
// a length form that is not the minimal one.
func (f Frame) String() string { return describe(f.Header, f.Payload, uint64(len(f.Payload))) }

// String returns the header in one line as [Frame.String] shows it, without a
// payload: the octets in the brackets are those that it declares.
//
//	TEXT [13 octets, masked]
func (h Header) String() string { return describe(h, nil, h.Length) }

// describe is Frame.String for a payload of the given size when only the
// first octets are at hand.
func describe(h Header, payload []byte, size uint64) string {
	var s strings.Builder
	s.WriteString(h.Opcode.String())
	if text := showPayload(h, payload, uint64(len(payload)) < size); text != "" {
		s.WriteByte(' ')
		s.WriteString(text)
	}
	if size == 1 {
		s.WriteString(" [1 octet")
	} else {
		fmt.Fprintf(&s, " [%d octets", size)
	}
	if h.Masked {
		s.WriteString(", masked")
	}
	if !h.Fin {
		s.WriteString(", continued")
	}
	if h.Rsv != 0 {
		fmt.Fprintf(&s, ", rsv=%d", h.Rsv)
	}
	if !h.Minimal() {
		fmt.Fprintf(&s, ", %s length", h.Form)
	}
	if h.Length != size {
		fmt.Fprintf(&s, ", declared %d", h.Length)
	}
	s.WriteByte(']')
	return s.String()
}

// showPayload returns the payload for people to read, or "" if it is empty.
// more says that octets follow which are not at hand.
func showPayload(h Header, payload []byte, more bool) string {
	switch {
	case h.Rsv != 0 && h.Opcode.IsData():
		// An extension has a hand in it: deflated data would be noise as text.
		return showOctets(payload, more)
	case h.Opcode == OpText:
		return showText(payload, more)
	case h.Opcode == OpBinary:
		return showOctets(payload, more)
	case h.Opcode == OpClose:
		c, ok := ParseClose(payload)
		switch {
		case !ok:
			return showOctets(payload, more)
		case !c.HasCode:
			return ""
		case len(c.Reason) == 0 && !more:
			return c.Code.String()
		}
		return c.Code.String() + " " + showText(c.Reason, more)
	case isPrintable(payload):
		return showText(payload, more)
	}
	return showOctets(payload, more)
}

// showText quotes b as Go does, cut at a code point.
func showText(b []byte, more bool) string {
	if len(b) == 0 {
		return ""
	}
	if len(b) > maxShown {
		more = true
		cut := maxShown
		// Three octets back is the start of any code point that was cut.
		for range utf8.UTFMax - 1 {
			if utf8.RuneStart(b[cut]) {
				break
			}
			cut--
		}
		b = b[:cut]
	}
	quoted := strconv.Quote(string(b))
	if more {
		return quoted[:len(quoted)-1] + `…"`
	}
	return quoted
}

// showOctets writes b in hexadecimal digits.
func showOctets(b []byte, more bool) string {
	if len(b) == 0 {
		return ""
	}
	if len(b) > maxShown/2 {
		b, more = b[:maxShown/2], true
	}
	if more {
		return "<" + hex.EncodeToString(b) + "…>"
	}
	return "<" + hex.EncodeToString(b) + ">"
}

// isPrintable reports whether what String would show of b reads as text.
func isPrintable(b []byte) bool {
	cut := len(b) > maxShown+utf8.UTFMax
	if cut {
		b = b[:maxShown+utf8.UTFMax]
	}
	for len(b) > 0 {
		r, n := utf8.DecodeRune(b)
		if r == utf8.RuneError && n == 1 {
			return cut && !utf8.FullRune(b)
		}
		if !strconv.IsPrint(r) {
			return false
		}
		b = b[n:]
	}
	return true
}
