package deflate

// Encoding is a payload and what makes it special.
type Encoding struct {
	Name    string
	Payload []byte
}

// EmptyMessages returns payloads that all are the empty message, encoded as RFC
// 7692 allows: the shortest first (7.2.3.6), then with other blocks, with BFINAL
// set (7.2.3.4), and with flush points of its own.
func EmptyMessages() []Encoding {
	lit := make([]uint8, 257)
	lit[0], lit[endOfBlock] = 1, 1
	header := NewDynamicHeader(lit, []uint8{0})
	return []Encoding{
		{"stored", new(Emitter).Message()},
		{"fixed", new(Emitter).Fixed(false).EndBlock().Message()},
		{"dynamic", new(Emitter).Dynamic(false, header).EndBlock().Message()},
		{"final fixed", new(Emitter).Fixed(true).EndBlock().Align().Message()},
		{"final dynamic", new(Emitter).Dynamic(true, header).EndBlock().Align().Message()},
		{"final stored", new(Emitter).Stored(true, nil).Message()},
		{"final stored, stripped", new(Emitter).Header(true, blockStored).Bytes()},
		{"two flushes", new(Emitter).Flush().Message()},
		{"many flushes", new(Emitter).Flush().Flush().Flush().Flush().Message()},
	}
}
