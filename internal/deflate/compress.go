package deflate

import (
	"slices"
	"sync"
)

const (
	// segment is how many octets the compressor takes in at a time.
	segment = 1 << 16
	// maxTokens is the number of tokens that a block holds.
	maxTokens = 1 << 14
)

// Compressor compresses the messages of one direction of a connection as RFC
// 7692 7.2.1 wants. No distance is ever longer than the window, whatever its
// size, or reaches into a message before where the context is not taken over.
//
// The same messages in the same order give the same octets, on every machine and
// with every version of Go. Memory is taken as messages need it. One that is not
// made by [NewCompressor] has to be [Compressor.Reset] first.
type Compressor struct {
	noTakeover bool
	within     bool // a message has begun

	finder finder
	blocks blockWriter
	tokens []token
	spare  []byte // of [Squeezed]
}

// NewCompressor returns a compressor for one direction of a connection. It
// panics at a window that cannot be (see [Stream.Window]).
func NewCompressor(s Stream) *Compressor {
	c := new(Compressor)
	c.Reset(s)
	return c
}

// Reset makes the compressor as [NewCompressor] returns it, for another
// connection. It keeps the memory.
func (c *Compressor) Reset(s Stream) {
	c.noTakeover = s.NoContextTakeover
	c.within = false
	c.finder.init(s.Window())
}

// Message compresses a message, or the last part of one, and appends the payload
// to dst: blocks, then an empty stored block less its last four octets.
func (c *Compressor) Message(dst, message []byte) []byte {
	c.begin(dst)
	c.write(message)
	c.blocks.flushStripped()
	c.within = false
	return c.take()
}

// Part compresses a part of a message other than the last, and appends to dst a
// piece of payload that makes the part known to the receiver: blocks, then an
// empty stored block (RFC 7692 7.2.1). Its length may be that of a fragment.
func (c *Compressor) Part(dst, part []byte) []byte {
	c.begin(dst)
	c.write(part)
	c.blocks.flushStripped()
	c.blocks.out = append(c.blocks.out, flushTail[:]...)
	return c.take()
}

func (c *Compressor) begin(dst []byte) {
	if !c.within && c.noTakeover {
		c.finder.forget()
	}
	c.within = true
	c.blocks.out = dst
}

// forget ends the message, and empties the window.
func (c *Compressor) forget() {
	c.finder.forget()
	c.within = false
}

// take returns what was written. The caller's memory is not kept.
func (c *Compressor) take() []byte {
	out := c.blocks.out
	c.blocks.out = nil
	return out
}

// write appends the octets as blocks.
func (c *Compressor) write(octets []byte) {
	f := &c.finder
	for part := range slices.Chunk(octets, segment) {
		f.load(part)
		for at := f.at; at < len(f.buf); at = f.at {
			c.tokens = f.find(c.tokens[:0])
			c.blocks.block(c.tokens, f.buf[at:f.at])
		}
	}
}

// idle are compressors that [Squeezed] has done with. Their memory serves the next messages.
var idle = sync.Pool{New: func() any { return new(Compressor) }}

// Squeezed returns the payload of a message that is legal whatever was agreed on: it refers to
// nothing but the last 256 octets of the message itself.
func Squeezed(message string) []byte {
	c := idle.Get().(*Compressor)
	defer idle.Put(c)
	c.Reset(Stream{WindowBits: MinWindowBits, NoContextTakeover: true})
	c.spare = c.Message(c.spare[:0], []byte(message))
	return slices.Clone(c.spare)
}
