package wsproto

// maxChunk bounds a masked payload item, and with it the parser's only buffer
// that grows.
const maxChunk = 32 << 10

// ItemKind says what an [Item] is.
type ItemKind uint8

// The items of a frame, in their order. Every frame has one header and, if all
// of it came, one end; in between come as many payload items as its octets took
// to arrive, none for an empty payload.
const (
	ItemHeader ItemKind = iota
	ItemPayload
	ItemEnd
)

// String returns "header", "payload" or "end".
func (k ItemKind) String() string {
	switch k {
	case ItemHeader:
		return "header"
	case ItemPayload:
		return "payload"
	case ItemEnd:
		return "end"
	}
	return "unknown"
}

// Item is a piece of a stream of frames, as [Parser.Next] gives it.
type Item struct {
	Kind ItemKind
	// Header is that of the frame to which the item belongs.
	Header Header
	// Payload holds the octets of an ItemPayload, unmasked. It is valid until
	// the next call of Next or Feed.
	Payload []byte
	// Offset is the position in the stream of the item's first octet: for an
	// ItemEnd, of the one that follows the frame.
	Offset int64
	// FrameOffset is the position in the stream of the frame's first octet.
	FrameOffset int64
	// PayloadOffset is the position within the frame's payload of Payload[0];
	// for an ItemEnd, the length of the payload.
	PayloadOffset uint64
}

// Parser takes a stream of frames apart as it arrives, in any pieces. It
// never fails and judges nothing; a declared length of 2^64-1 costs it nothing,
// for it keeps no payload, only up to 13 octets of an unfinished header. Its
// zero value is ready for use. Call Feed with the octets that arrived, then
// Next until it returns false, and again.
type Parser struct {
	// Offset is the position in the stream of the next octet to be given out in
	// an item. It may be set before the first Feed, to count from, say, the
	// start of the opening handshake.
	Offset int64

	in      []byte // fed, and not given out yet
	header  [MaxHeaderSize]byte
	pending int // octets of an unfinished header in header

	inFrame     bool
	frame       Header
	frameOffset int64
	done        uint64 // payload octets of the frame given out

	scratch []byte // the last masked chunk, unmasked
}

// Reset makes the parser as good as new, for another stream, and keeps its
// buffer.
func (p *Parser) Reset() { *p = Parser{scratch: p.scratch} }

// Feed hands over the octets that arrived next. b is not modified and must not
// be changed until [Parser.Next] has returned false. Octets that Next has not
// given out yet are kept, at the cost of a copy.
func (p *Parser) Feed(b []byte) {
	if len(p.in) == 0 {
		p.in = b
		return
	}
	// Clipped, so that the copy never lands in the caller's memory.
	p.in = append(p.in[:len(p.in):len(p.in)], b...)
}

// Next gives the next item. ok is false when the fed octets hold no more: feed
// more.
func (p *Parser) Next() (it Item, ok bool) {
	if p.inFrame {
		ok = p.nextPayload(&it)
		return it, ok
	}
	var n int
	if p.pending == 0 {
		p.frame, n = ParseHeader(p.in)
		if n == 0 {
			p.pending = copy(p.header[:], p.in)
			p.in = nil
			return it, false
		}
		p.in = p.in[n:]
	} else {
		have := p.pending + copy(p.header[p.pending:], p.in)
		p.frame, n = ParseHeader(p.header[:have])
		if n == 0 {
			p.pending = have
			p.in = nil
			return it, false
		}
		p.in = p.in[n-p.pending:]
		p.pending = 0
	}
	p.inFrame = true
	p.done = 0
	p.frameOffset = p.Offset
	p.Offset += int64(n)
	it.Header, it.Offset, it.FrameOffset = p.frame, p.frameOffset, p.frameOffset
	return it, true
}

// nextPayload makes the item one of a frame whose header was given out. An item is
// large: it is filled in place, not copied.
func (p *Parser) nextPayload(it *Item) (ok bool) {
	remaining := p.frame.Length - p.done
	if remaining > 0 && len(p.in) == 0 {
		return false
	}
	it.Kind, it.Header = ItemEnd, p.frame
	it.Offset, it.FrameOffset, it.PayloadOffset = p.Offset, p.frameOffset, p.done
	if remaining == 0 {
		p.inFrame = false
		return true
	}
	n := len(p.in)
	if p.frame.Masked {
		n = min(n, maxChunk)
	}
	if remaining < uint64(n) {
		n = int(remaining)
	}
	it.Kind = ItemPayload
	it.Payload = p.in[:n:n]
	if p.frame.Masked {
		it.Payload = p.unmask(it.Payload)
	}
	p.in = p.in[n:]
	p.done += uint64(n)
	p.Offset += int64(n)
	return true
}

// unmask returns b, which starts at payload position done, unmasked in scratch.
func (p *Parser) unmask(b []byte) []byte {
	if cap(p.scratch) < len(b) {
		p.scratch = make([]byte, min(maxChunk, max(len(b), 2*cap(p.scratch), 256)))
	}
	dst := p.scratch[:len(b)]
	MaskCopy(dst, b, p.frame.Mask, int(p.done&3))
	return dst
}

// Pending returns the octets of an unfinished header: at most 13.
// They are valid until the next call of Next or Feed.
func (p *Parser) Pending() []byte { return p.header[:p.pending] }

// InFrame reports whether the stream so far ends within a frame, its header
// being complete; if so, with that header and the number of payload octets
// still to be given out.
func (p *Parser) InFrame() (h Header, remaining uint64, ok bool) {
	if !p.inFrame {
		return Header{}, 0, false
	}
	return p.frame, p.frame.Length - p.done, true
}
