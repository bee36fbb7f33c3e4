package reference

import (
	"encoding/binary"

	"github.com/wscheck/wscheck/internal/utf8stream"
	"github.com/wscheck/wscheck/wsproto"
)

// control receives a control frame and answers it (RFC 6455 5.5).
func (e *endpoint) control(h wsproto.Header) error {
	e.payload = e.payload[:0]
	var reason utf8stream.Checker
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
	if e.mutant != &conforming {
		if done, err := e.endFaultyControl(h, &reason); done || err != nil {
			return err
		}
	}
	switch h.Opcode {
	case wsproto.OpPing:
		return e.pong(e.payload)
	case wsproto.OpClose:
		if !reason.Complete() && !e.is(answerBadReason) {
			return &Violation{
				Section: secClose, Text: "close reason is not UTF-8",
				Code: wsproto.CloseInvalidPayload, Offset: e.consumed,
			}
		}
		return e.answerClose(e.payload)
	}
	return nil
}

// checkClose checks the payload of a close frame from octet number from on: the
// code as soon as it is there (RFC 6455 7.4), then the reason (5.5.1).
func (e *endpoint) checkClose(reason *utf8stream.Checker, from int) error {
	if len(e.payload) < 2 {
		return nil
	}
	if from < 2 {
		code := wsproto.CloseCode(binary.BigEndian.Uint16(e.payload))
		if !code.Registered() && !e.is(acceptCode(code)) {
			v := e.violates(0, secCodes, "close code must not be sent")
			v.Offset -= int64(len(e.payload) - 1)
			return v
		}
		from = 2
	}
	fresh := e.payload[from:]
	if n, ok := reason.Write(fresh); !ok && !e.is(skipBadReason) && !e.is(answerBadReason) {
		return &Violation{
			Section: secClose, Text: "close reason is not UTF-8",
			Code: wsproto.CloseInvalidPayload, Offset: e.consumed - int64(len(fresh)-n),
		}
	}
	return nil
}

// pong answers a ping (RFC 6455 5.5.3), unless the endpoint has sent its close
// frame, after which nothing may follow (5.5.1).
func (e *endpoint) pong(payload []byte) error {
	if e.sentClose {
		return nil
	}
	if e.mutant.pong != nil {
		return e.mutant.pong(e, payload)
	}
	f := wsproto.NewFrame(wsproto.OpPong, true, payload)
	if e.Freedom.Pongs == PongAtOnce {
		return e.send(f)
	}
	if e.Freedom.Pongs == PongLatest {
		e.late = e.late[:0]
	}
	if e.role == wsproto.Client {
		f.Masked, f.Mask = true, e.rand.key()
	}
	e.late = f.AppendTo(e.late)
	if len(e.late) > outputSize {
		e.sendLate()
	}
	return nil
}

// sendLate sends the pongs that were put off.
func (e *endpoint) sendLate() {
	e.out = append(e.out, e.late...)
	e.late = e.late[:0]
}
