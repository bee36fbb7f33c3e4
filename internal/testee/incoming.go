package testee

import (
	"errors"

	"github.com/wscheck/wscheck/internal/utf8stream"
	"github.com/wscheck/wscheck/wsproto"
)

// errMore says that a message has not arrived whole.
var errMore = errors.New("more is needed")

// incoming puts frames together to messages, and holds them against the rules.
type incoming struct {
	opcode  wsproto.Opcode // of the message under way; OpContinuation where there is none
	payload []byte
	utf8    utf8stream.Checker
	control []byte // payload of the control frame under way
}

// take takes a piece of a frame. It reports whether a message or a control frame
// ends with it.
func (in *incoming) take(it wsproto.Item, role wsproto.Role) (done bool, err error) {
	h := it.Header
	switch it.Kind {
	case wsproto.ItemHeader:
		if e := in.checkHeader(h, role); e != nil {
			return false, e
		}
		if h.Opcode.IsControl() {
			in.control = in.control[:0]
		} else if h.Opcode != wsproto.OpContinuation {
			in.opcode = h.Opcode
			in.utf8.Reset()
		}
	case wsproto.ItemPayload:
		if h.Opcode.IsControl() {
			in.control = append(in.control, it.Payload...)
			break
		}
		in.payload = append(in.payload, it.Payload...)
		if in.opcode == wsproto.OpText {
			if _, ok := in.utf8.Write(it.Payload); !ok {
				return false, &ProtocolError{wsproto.CloseInvalidPayload, "text that is not UTF-8 (8.1)"}
			}
		}
	case wsproto.ItemEnd:
		if h.Opcode == wsproto.OpClose {
			return true, in.checkClose()
		}
		if !h.Opcode.IsControl() && h.Fin && in.opcode == wsproto.OpText && !in.utf8.Complete() {
			return false, &ProtocolError{wsproto.CloseInvalidPayload, "text that ends within a code point (8.1)"}
		}
		return h.Opcode.IsControl() || h.Fin, nil
	}
	return false, nil
}

// finish returns the message that is complete.
func (in *incoming) finish() (op wsproto.Opcode, payload []byte) {
	op, payload = in.opcode, in.payload
	in.opcode, in.payload = wsproto.OpContinuation, nil
	return op, payload
}

// checkHeader holds a header against RFC 6455 5.
func (in *incoming) checkHeader(h wsproto.Header, role wsproto.Role) error {
	broken := func(text string) error { return &ProtocolError{wsproto.CloseProtocolError, text} }
	within := in.opcode != wsproto.OpContinuation
	switch {
	case h.Rsv != 0:
		return broken("a reserved bit is set (5.2)")
	case h.Opcode.IsReserved():
		return broken("a reserved opcode (5.2)")
	case h.Masked != (role == wsproto.Server):
		return broken("frames are masked by the client, and by it alone (5.1)")
	case !h.Minimal():
		return broken("a length that is not written in the shortest form (5.2)")
	case h.Opcode.IsControl() && !h.Fin:
		return broken("a control frame in fragments (5.5)")
	case h.Opcode.IsControl() && h.Length > maxControl:
		return broken("a control frame of more than 125 octets (5.5)")
	case h.Opcode.IsControl():
		return nil
	case (h.Opcode == wsproto.OpContinuation) != within:
		return broken("fragments of two messages in each other, or of none (5.4)")
	case h.Length > uint64(MaxMessage-len(in.payload)):
		return &ProtocolError{wsproto.CloseTooBig, "a message that is longer than this endpoint takes"}
	}
	return nil
}

// maxControl is the longest payload of a control frame (RFC 6455 5.5).
const maxControl = 125

// checkClose holds the payload of a close frame against RFC 6455 5.5.1 and 7.4.
func (in *incoming) checkClose() error {
	p, ok := wsproto.ParseClose(in.control)
	switch {
	case !ok:
		return &ProtocolError{wsproto.CloseProtocolError, "a close frame of one octet (5.5.1)"}
	case p.HasCode && !p.Code.Registered():
		return &ProtocolError{wsproto.CloseProtocolError, "a close code that may not be sent (7.4)"}
	}
	var reason utf8stream.Checker
	if _, ok := reason.Write(p.Reason); !ok || !reason.Complete() {
		return &ProtocolError{wsproto.CloseInvalidPayload, "a close reason that is not UTF-8 (5.5.1)"}
	}
	return nil
}
