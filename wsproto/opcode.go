package wsproto

import "fmt"

// Opcode is the four-bit opcode of a frame (RFC 6455 5.2 and 11.8). Values
// above 15 do not exist on the wire: [Header.AppendTo] writes the low four bits.
type Opcode uint8

// The opcodes of RFC 6455 11.8. 3 to 7 are reserved for data frames, 11 to 15
// for control frames.
const (
	OpContinuation Opcode = 0
	OpText         Opcode = 1
	OpBinary       Opcode = 2
	OpClose        Opcode = 8
	OpPing         Opcode = 9
	OpPong         Opcode = 10
)

// IsControl reports whether the opcode is one of a control frame, reserved ones
// included (RFC 6455 5.5).
func (o Opcode) IsControl() bool { return o >= 8 }

// IsData reports whether the opcode is one of a data frame, continuation and
// reserved ones included (RFC 6455 5.6).
func (o Opcode) IsData() bool { return o < 8 }

// IsReserved reports whether RFC 6455 gives the opcode no meaning.
func (o Opcode) IsReserved() bool {
	switch o {
	case OpContinuation, OpText, OpBinary, OpClose, OpPing, OpPong:
		return false
	}
	return true
}

// String returns CONT, TEXT, BINARY, CLOSE, PING or PONG, and RSV with a
// hexadecimal digit for a reserved opcode: RSV3 to RSVF.
func (o Opcode) String() string {
	switch o {
	case OpContinuation:
		return "CONT"
	case OpText:
		return "TEXT"
	case OpBinary:
		return "BINARY"
	case OpClose:
		return "CLOSE"
	case OpPing:
		return "PING"
	case OpPong:
		return "PONG"
	}
	return fmt.Sprintf("RSV%X", uint8(o))
}
