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

// readHeader returns the next frame header once it is complete. It fails at the
// first octet that breaks a rule, complete or not.
func (e *endpoint) readHeader() (wsproto.Header, error) {
	for {
		b := e.buffered()
		if v := e.hooks.suspect(e, b); v != nil {
			return wsproto.Header{}, v
		}
		if v := e.checkHeader(b); v != nil {
			return wsproto.Header{}, v
		}
		if h, n := wsproto.ParseHeader(b); n > 0 {
			e.take(n)
			e.hooks.header(e, &h)
			return h, nil
		}
		if err := e.fill(); err != nil {
			return wsproto.Header{}, err
		}
	}
}

// checkHeader checks the octets of a header that are there, perhaps not all of them,
// against RFC 6455 5.1 to 5.5.
func (e *endpoint) checkHeader(b []byte) *Violation {
	if len(b) == 0 {
		return nil
	}
	enforces := func(r rule) bool { return e.hooks.enforce(e, r, b) }
	op, fin := wsproto.Opcode(b[0]&maskOpcode), b[0]&bitFin != 0
	switch {
	case b[0]&bitRSV1 != 0 && !e.mayRSV1(op) && enforces(ruleRSV1):
		return e.violates(ruleRSV1, 0)
	case b[0]&bitRSV2 != 0 && enforces(ruleRSV2):
		return e.violates(ruleRSV2, 0)
	case b[0]&bitRSV3 != 0 && enforces(ruleRSV3):
		return e.violates(ruleRSV3, 0)
	case isReserved(op) && enforces(ruleOpcode):
		return e.violates(ruleOpcode, 0)
	case isControl(op) && !fin && enforces(ruleControlFin):
		return e.violates(ruleControlFin, 0)
	case op == wsproto.OpContinuation && e.opcode == 0 && enforces(ruleOrphan):
		return e.violates(ruleOrphan, 0)
	case (op == wsproto.OpText || op == wsproto.OpBinary) && e.opcode != 0 && enforces(ruleNested):
		return e.violates(ruleNested, 0)
	}
	if len(b) < 2 {
		return nil
	}
	masked, length := b[1]&bitMasked != 0, b[1]&maskLength
	switch {
	case !masked && e.role == wsproto.Server && enforces(ruleUnmasked):
		return e.violates(ruleUnmasked, 1)
	case masked && e.role == wsproto.Client && enforces(ruleMasked):
		return e.violates(ruleMasked, 1)
	case isControl(op) && length > maxControl && enforces(ruleControlLength):
		return e.violates(ruleControlLength, 1)
	case op == wsproto.OpClose && length == 1 && enforces(ruleCloseLength):
		return e.violates(ruleCloseLength, 1)
	}
	switch {
	case length == 126 && len(b) >= 4:
		if binary.BigEndian.Uint16(b[2:]) < 126 && enforces(ruleLength16) {
			return e.violates(ruleLength16, 3)
		}
	case length == 127 && len(b) > 2:
		if b[2]&0x80 != 0 && enforces(ruleLengthTop) {
			return e.violates(ruleLengthTop, 2)
		}
		if len(b) >= 10 && binary.BigEndian.Uint64(b[2:]) < 1<<16 && enforces(ruleLength64) {
			return e.violates(ruleLength64, 9)
		}
	}
	return nil
}

// isControl reports whether an opcode is one of a control frame.
func isControl(op wsproto.Opcode) bool { return op&8 != 0 }

// isReserved reports whether RFC 6455 5.2 reserves an opcode.
func isReserved(op wsproto.Opcode) bool { return op >= 0x3 && op <= 0x7 || op >= 0xb }

// control receives a control frame and answers it (RFC 6455 5.5).
func (e *endpoint) control(h wsproto.Header) error {
	e.payload = e.payload[:0]
	var reason textChecker
	for pos := uint64(0); pos < h.Length; pos = uint64(len(e.payload)) {
		var err error
		if e.payload, err = e.receive(e.payload, h, pos); err != nil {
			return err
		}
		if h.Opcode == wsproto.OpClose {
			if err := e.checkClose(&reason, int(pos)); err != nil {
				return err
			}
		}
	}
	switch h.Opcode {
	case wsproto.OpPing:
		if e.sentClose {
			return nil // nothing may follow a close frame (RFC 6455 5.5.1)
		}
		return e.hooks.pong(e, e.payload)
	case wsproto.OpPong:
		if e.Freedom.EchoPongs && !e.sentClose {
			if err := e.send(wsproto.NewFrame(wsproto.OpPong, true, e.payload)); err != nil {
				return err
			}
		}
		return e.hooks.ponged(e, e.payload)
	}
	if !reason.whole() && e.hooks.enforce(e, ruleReasonCut, e.payload) {
		return e.violates(ruleReasonCut, 0)
	}
	return e.receiveClose(e.payload)
}

// checkClose checks the payload of a close frame from octet number from on: the code
// once it is there (RFC 6455 7.4), then the reason (5.5.1).
func (e *endpoint) checkClose(reason *textChecker, from int) error {
	if len(e.payload) < 2 {
		return nil
	}
	if from < 2 {
		if !mayClose(wsproto.CloseCode(binary.BigEndian.Uint16(e.payload))) && e.hooks.enforce(e, ruleCloseCode, e.payload) {
			return e.violates(ruleCloseCode, 1-len(e.payload))
		}
		from = 2
	}
	fresh := e.payload[from:]
	if n, ok := reason.add(fresh); !ok && e.hooks.enforce(e, ruleReason, e.payload) {
		return e.violates(ruleReason, n-len(fresh))
	}
	return nil
}

// mayClose reports whether a code may be in a close frame: RFC 6455 7.4.1 and 7.4.2,
// and 1012 to 1014 of the registry that 11.7 opened.
func mayClose(code wsproto.CloseCode) bool {
	switch {
	case code >= 1000 && code <= 1003, code >= 1007 && code <= 1014, code >= 3000 && code <= 4999:
		return true
	}
	return false
}

// sendPong answers a ping (RFC 6455 5.5.3).
func (e *endpoint) sendPong(payload []byte) error {
	f := wsproto.NewFrame(wsproto.OpPong, true, payload)
	if e.Freedom.Pongs == PongAtOnce {
		return e.send(f)
	}
	if e.Freedom.Pongs == PongLatest {
		e.late = e.late[:0]
	}
	if e.role == wsproto.Client {
		f.Masked, f.Mask = true, freshKey()
	}
	e.late = f.AppendTo(e.late)
	if len(e.late) > outputSize {
		e.sendLate()
	}
	return nil
}
