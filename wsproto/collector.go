package wsproto

// defaultMaxPayload is how many octets of a frame's payload a [Collector] keeps
// unless MaxPayload says otherwise.
const defaultMaxPayload = 1 << 20

// Collected is a frame with its place in the stream.
type Collected struct {
	// Frame has the header as it was on the wire. Its payload is a copy, and
	// shorter than Length if octets were elided, or are still to come.
	Frame
	// Offset is the position in the stream of the frame's first octet, End that
	// of the octet after the last one that has come.
	Offset, End int64
	// Elided is the number of octets at the end of the payload that came and
	// were not kept.
	Elided uint64
}

// String is [Frame.String], which counts the elided octets too.
func (c Collected) String() string {
	return describe(c.Header, c.Payload, uint64(len(c.Payload))+c.Elided)
}

// Collector puts the frames of a stream together, for reports and tests: it is a
// [Parser] that keeps payloads, up to a limit. Its zero value is ready for use.
type Collector struct {
	// MaxPayload is how many octets of a frame's payload are kept: 0 means
	// 1 MiB, less than 0 none.
	MaxPayload int

	parser  Parser
	current Collected
}

// Feed takes the octets that arrived next, in any pieces, and returns the
// frames that end with them. b is neither modified nor kept.
func (c *Collector) Feed(b []byte) []Collected {
	var frames []Collected
	c.parser.Feed(b)
	for {
		it, ok := c.parser.Next()
		if !ok {
			return frames
		}
		switch it.Kind {
		case ItemHeader:
			c.current = Collected{Frame: Frame{Header: it.Header}, Offset: it.Offset, End: c.parser.Offset}
		case ItemPayload:
			c.keep(it.Payload)
			c.current.End = c.parser.Offset
		case ItemEnd:
			frames = append(frames, c.current)
			c.current = Collected{}
		}
	}
}

// keep appends as much of b to the payload as the limit allows.
func (c *Collector) keep(b []byte) {
	limit := c.MaxPayload
	if limit == 0 {
		limit = defaultMaxPayload
	}
	n := min(len(b), max(0, limit-len(c.current.Payload)))
	if c.current.Payload == nil && n > 0 {
		// Room for what is here and, where that is known to be little, for all.
		c.current.Payload = make([]byte, 0, int(min(c.current.Length, uint64(max(n, 512)))))
	}
	c.current.Payload = append(c.current.Payload, b[:n]...)
	c.current.Elided += uint64(len(b) - n)
}

// ParseFrames takes b apart into whole frames, whose payloads it copies, and
// returns what is left: an unfinished frame from its first octet on. Each
// payload is kept whole, for b bounds it.
func ParseFrames(b []byte) (frames []Frame, rest []byte) {
	c := Collector{MaxPayload: max(1, len(b))}
	whole := 0
	for _, f := range c.Feed(b) {
		frames = append(frames, f.Frame)
		whole = int(f.End)
	}
	return frames, b[whole:]
}
