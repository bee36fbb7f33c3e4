package reference

import (
	"encoding/binary"

	"github.com/wscheck/wscheck/wsproto"
)

// The bits of a frame header (RFC 6455 5.2).
const (
	bitFin     = 0x80
	bitRSV1    = 0x40
	bitRSV2    = 0x20
	bitRSV3    = 0x10
	maskOpcode = 0x0f
	bitMasked  = 0x80
	maskLength = 0x7f
)

// maxControl is the longest payload of a control frame (RFC 6455 5.5).
const maxControl = 125

// The places of the rules that the endpoint enforces.
const (
	secMasking       = "RFC 6455 5.1"
	secFraming       = "RFC 6455 5.2"
	secFragmentation = "RFC 6455 5.4"
	secControl       = "RFC 6455 5.5"
	secClose         = "RFC 6455 5.5.1"
	secCodes         = "RFC 6455 7.4"
	secTooBig        = "RFC 6455 10.4"
	secUTF8          = "RFC 6455 8.1"
)

// readHeader returns the next frame header once it is complete, and fails at
// its first octet that breaks a rule, complete or not.
func (e *endpoint) readHeader() (wsproto.Header, error) {
	for {
		b := e.buffered()
		if v := e.checkHeader(b); v != nil {
			return wsproto.Header{}, v
		}
		if h, n := wsproto.ParseHeader(b); n > 0 {
			if e.is(ignoreMaskBit) && h.Masked && h.Opcode.IsControl() {
				h.Masked, n = false, n-len(h.Mask)
			}
			e.take(n)
			if e.fault != noFault {
				h = e.misread(h)
			}
			return h, nil
		}
		if err := e.fill(); err != nil {
			return wsproto.Header{}, err
		}
	}
}

// checkHeader holds the octets of a header that are there, perhaps not all of
// them, against sections 5.1 to 5.5.
func (e *endpoint) checkHeader(b []byte) *Violation {
	if len(b) == 0 {
		return nil
	}
	if e.fault != noFault {
		if v := e.refusesHeader(b); v != nil {
			return v
		}
	}
	op, fin := wsproto.Opcode(b[0]&maskOpcode), b[0]&bitFin != 0
	switch {
	case b[0]&bitRSV1 != 0 && !e.mayRSV1(op) && !e.takesRSV(acceptRSV1, op):
		return e.violates(0, secFraming, "RSV1 is set")
	case b[0]&bitRSV2 != 0 && !e.takesRSV(acceptRSV2, op):
		return e.violates(0, secFraming, "RSV2 is set")
	case b[0]&bitRSV3 != 0 && !e.takesRSV(acceptRSV3, op):
		return e.violates(0, secFraming, "RSV3 is set")
	case op.IsReserved() && !e.is(acceptOpcode(op)):
		return e.violates(0, secFraming, "opcode is reserved")
	case op.IsControl() && !fin && !e.takesFragmented(op):
		return e.violates(0, secControl, "control frame is fragmented")
	case op == wsproto.OpContinuation && e.opcode == 0 && !e.takesOrphan(b):
		return e.violates(0, secFragmentation, "continuation of no message")
	case op.IsData() && op != wsproto.OpContinuation && e.opcode != 0 && !e.takesNested(op, fin):
		return e.violates(0, secFragmentation, "new message inside a fragmented one")
	}
	if len(b) < 2 {
		return nil
	}
	masked, length := b[1]&bitMasked != 0, b[1]&maskLength
	switch {
	case !masked && e.role == wsproto.Server && !e.takesUnmasked(op, length):
		return e.violates(1, secMasking, "frame of the client is not masked")
	case masked && e.role == wsproto.Client && !e.takesMasked(op):
		return e.violates(1, secMasking, "frame of the server is masked")
	case op.IsControl() && length > maxControl && !e.takesLong(op, b):
		return e.violates(1, secControl, "control frame of more than 125 octets")
	case op == wsproto.OpClose && length == 1 && !e.is(acceptClose1):
		return e.violates(1, secClose, "close payload of one octet")
	}
	switch {
	case length == 126 && len(b) >= 4:
		if binary.BigEndian.Uint16(b[2:]) < 126 && !e.is(acceptNonMinimal16) {
			return e.violates(3, secFraming, "length is not in the shortest form")
		}
	case length == 127 && len(b) > 2:
		if b[2]&0x80 != 0 && !e.is(acceptTopBit) {
			return e.violates(2, secFraming, "most significant bit of the length is set")
		}
		if len(b) >= 10 && binary.BigEndian.Uint64(b[2:]) < 1<<16 && !e.takesNonMinimal64(b) {
			return e.violates(9, secFraming, "length is not in the shortest form")
		}
	}
	return nil
}

// violates returns the violation of a rule by the buffered octet number at,
// which a close code of 1002 answers.
func (e *endpoint) violates(at int, section, text string) *Violation {
	return &Violation{
		Section: section, Text: text, Code: wsproto.CloseProtocolError, Offset: e.consumed + int64(at),
	}
}
