package probe

import (
	"encoding/binary"

	"github.com/wscheck/wscheck/wsproto"
)

// maxPadding bounds what is added to complete a frame. One that is longer by more
// is made shorter, and stays too long for any short form of the length.
const maxPadding = 1 << 17

// Complete returns the exchange with its last frame and its last message completed:
// zeros for what is missing of a frame, and an empty last fragment. What a peer
// may see coming in the first part of a frame is there in full then. same says
// that nothing was missing.
func (t *Exchange) Complete() (completed *Exchange, same bool) {
	c := *t
	c.Octets = append([]byte(nil), t.Octets...)
	var p wsproto.Parser
	p.Feed(t.Octets)
	open, last := inMessage(&p, false, 0)
	pad := func(n int) {
		zeros := make([]byte, n)
		c.Octets = append(c.Octets, zeros...)
		p.Feed(zeros)
		open, last = inMessage(&p, open, last)
	}
	for len(p.Pending()) > 0 {
		pad(1)
	}
	if h, left, within := p.InFrame(); within {
		if left > maxPadding {
			left = maxPadding
			payload := uint64(len(c.Octets)-last-h.Size()) + left
			binary.BigEndian.PutUint64(c.Octets[last+2:], payload)
		}
		c.Octets = append(c.Octets, make([]byte, left)...)
		if h.Opcode.IsData() && !h.Opcode.IsReserved() {
			open = !h.Fin
		}
	}
	if open {
		f := wsproto.NewFrame(wsproto.OpContinuation, true, nil)
		f.Masked = t.Role == wsproto.Client
		c.Octets = f.AppendTo(c.Octets)
	}
	return &c, len(c.Octets) == len(t.Octets)
}

// inMessage reads what was fed, and reports whether a message is open then, and
// where the last frame begins.
func inMessage(p *wsproto.Parser, open bool, last int) (bool, int) {
	for {
		it, ok := p.Next()
		if !ok {
			return open, last
		}
		last = int(it.FrameOffset)
		if it.Kind == wsproto.ItemEnd && it.Header.Opcode.IsData() && !it.Header.Opcode.IsReserved() {
			open = !it.Header.Fin
		}
	}
}
