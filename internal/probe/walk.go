package probe

import (
	"errors"
	"fmt"
	"unicode/utf8"

	"github.com/wscheck/wscheck/internal/deflate"
	"github.com/wscheck/wscheck/wsproto"
)

// Event is what a receiver has to report to its user for the octets that it was given.
type Event struct {
	At     int            // octets after the handshake with which it is complete
	Opcode wsproto.Opcode // text, binary, ping, pong or close
	Data   []byte         // of a message, inflated; payload of a ping or pong; reason
	Code   wsproto.CloseCode
	Coded  bool // a close frame: it has a code
}

// maxMessage bounds a message once it is inflated.
const maxMessage = 256 << 10

// ErrInflated says that a message is longer than that.
var ErrInflated = fmt.Errorf("a message inflates to more than %d octets", maxMessage)

// walker puts messages together. What must not be is passed over: whether it may
// be is for the oracle to say.
type walker struct {
	inflater *deflate.Inflater
	events   []Event

	message    []byte
	op         wsproto.Opcode
	open       bool
	compressed bool
	lost       bool // the message under way cannot be known, nor what follows it
	err        error
}

// Events returns what the exchange's octets mean, up to the first close frame, or the
// first message that has no meaning. With ErrInflated come those before the message.
func (t *Exchange) Events() ([]Event, error) {
	w := &walker{}
	if t.Agreed {
		w.inflater = deflate.NewInflater(t.stream(), maxMessage)
	}
	frames := wsproto.Collector{MaxPayload: max(1, len(t.Octets))}
	for _, f := range frames.Feed(t.Octets) {
		if w.frame(&f); w.lost || w.closed() {
			break
		}
	}
	return w.events, w.err
}

// closed reports whether a close frame has come.
func (w *walker) closed() bool {
	return len(w.events) > 0 && w.events[len(w.events)-1].Opcode == wsproto.OpClose
}

// frame takes a frame.
func (w *walker) frame(f *wsproto.Collected) {
	at := int(f.End)
	switch {
	case f.Opcode == wsproto.OpClose:
		p, _ := wsproto.ParseClose(f.Payload)
		w.events = append(w.events, Event{At: at, Opcode: f.Opcode, Code: p.Code, Coded: p.HasCode, Data: p.Reason})
		return
	case f.Opcode == wsproto.OpPing, f.Opcode == wsproto.OpPong:
		w.events = append(w.events, Event{At: at, Opcode: f.Opcode, Data: f.Payload})
		return
	case f.Opcode == wsproto.OpText, f.Opcode == wsproto.OpBinary:
		w.op, w.open, w.message = f.Opcode, true, nil
		w.compressed = w.inflater != nil && f.Rsv&4 != 0
	case f.Opcode != wsproto.OpContinuation || !w.open:
		return
	}
	w.message = append(w.message, f.Payload...)
	if !f.Fin {
		return
	}
	w.open = false
	if w.compressed {
		inflated, _, err := w.inflater.Message(nil, w.message)
		w.message, w.lost = inflated, err != nil
		if errors.Is(err, deflate.FaultLimit) {
			w.err = ErrInflated
		}
	}
	if w.op == wsproto.OpText && !utf8.Valid(w.message) {
		w.lost = true
	}
	if !w.lost {
		w.events = append(w.events, Event{At: at, Opcode: w.op, Data: w.message})
	}
}
