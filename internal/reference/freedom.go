package reference

import (
	"time"

	"github.com/wscheck/wscheck/wsproto"
)

// Freedom is what an endpoint does that RFC 6455 and RFC 7692 allow and few
// endpoints do. No value makes the endpoint break a rule. The zero value is a
// plain and prompt endpoint.
type Freedom struct {
	// Seed makes masking keys, nonces and all that is drawn on the way
	// repeatable. 0 means unpredictable, as RFC 6455 10.3 wants it.
	Seed uint64

	// ReadSize is the most octets that are read at once; 0 means no limit.
	ReadSize int
	// UTF8 is when text is checked (RFC 6455 8.1 leaves it open).
	UTF8 UTF8Check

	// Chop is the number of octets in a write, for the first few thousand of a
	// connection; 0 means no limit.
	Chop int
	// Apart writes every frame by itself, not together with others.
	Apart bool

	// Fragment is the most octets of a message that go into one frame (RFC
	// 6455 5.4); 0 means all. A message of more than 1,024 such fragments goes
	// into 1,024.
	Fragment int
	// EmptyFirst, EmptyBetween and EmptyLast add fragments without payload.
	EmptyFirst, EmptyBetween, EmptyLast bool
	// Writer has a goroutine of its own write, so that the endpoint reads on while
	// a write of its waits.
	Writer bool
	// WritePause is how long the endpoint waits before each of its first writes.
	WritePause time.Duration
	// PingEvery is how often the endpoint pings while nothing comes; 0 means never.
	PingEvery time.Duration
	// Noise is the unsolicited control frames around and within messages.
	Noise Noise

	// Pongs is when pings are answered.
	Pongs PongTiming

	// CloseAfter is the number of messages after whose echo the endpoint
	// starts the closing handshake, with CloseCode, unless that is 0, and
	// CloseReason. 0 means never.
	CloseAfter  int
	CloseCode   wsproto.CloseCode
	CloseReason string
	// CloseReply is how a close frame is answered.
	CloseReply CloseReply
	// Lazy is how long the endpoint waits before it answers a close frame, and again
	// before it ends the connection.
	Lazy time.Duration
	// FailSilently fails connections without a close frame (RFC 6455 7.1.7).
	FailSilently bool
	// HalfClose has a client end its direction of the stream after the closing
	// handshake, before the server does.
	HalfClose bool
	// CloseAtOnce has a server close the socket in both directions, without
	// reading on to the end of the stream. Over TCP that may reset the
	// connection, and the close frame may be lost.
	CloseAtOnce bool

	// Opening is about the opening handshake.
	Opening OpeningFreedom
	// Compression is which messages are compressed, where they may be.
	Compression Compression
	// LooseDeflate inflates what refers to more than was agreed to be kept, as far
	// as that is still known, and what does not end as it must (RFC 7692 7.2.1
	// binds the sender alone).
	LooseDeflate bool
}

// UTF8Check is when an endpoint checks text.
type UTF8Check uint8

// When text is checked.
const (
	UTF8AtOctet   UTF8Check = iota // at every octet, as it arrives
	UTF8AtFrame                    // at the end of each frame
	UTF8AtMessage                  // at the end of the message
)

// PongTiming is when an endpoint answers pings.
type PongTiming uint8

// When pings are answered.
const (
	PongAtOnce PongTiming = iota
	PongLate              // when there is nothing else to do
	PongLatest            // like PongLate, and only the latest (RFC 6455 5.5.3)
)

// CloseReply is how an endpoint answers a close frame.
type CloseReply uint8

// How a close frame is answered.
const (
	ReplyCode   CloseReply = iota // with the same code
	ReplyWhole                    // with the same code and reason
	ReplyNormal                   // with 1000
	ReplyEmpty                    // with no code
)

// Compression is which messages an endpoint compresses where
// permessage-deflate is agreed upon (RFC 7692 6).
type Compression uint8

// Which messages are compressed.
const (
	CompressAll Compression = iota
	CompressSome
	CompressNone
)

// Noise is a set of places for unsolicited control frames (RFC 6455 5.4, 5.5).
type Noise uint8

// The places, each for a ping or an unsolicited pong.
const (
	PingBefore Noise = 1 << iota
	PongBefore
	PingBetween
	PongBetween
	PingAfter
	PongAfter
)
