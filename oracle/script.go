package oracle

import (
	"bytes"
	"slices"
	"time"

	"github.com/wscheck/wscheck/internal/notation"
	"github.com/wscheck/wscheck/wsproto"
)

// Script says what our side does on one connection. It is plain data: it holds
// no function and no pointer into a running conversation, so that it can be
// compared, printed, stored and shrunk step by step.
type Script struct {
	Role      wsproto.Role // the role that we play; the peer has the other
	Handshake Handshake
	Delivery  Delivery // over HTTP/2
	Steps     []Step
	End       End
}

// Handshake is our part of the opening handshake. Its zero value is a correct
// one: the plain request of RFC 6455 4.1 as a client, the plain answer of 4.2.2
// as a server. Texts and octets may have placeholders for what depends on the
// peer:
//
//	${authority}       the authority of the URL under test
//	${authority-upper} the same with its ASCII letters in upper case
//	${target}          the target of the URL under test
//	${key}             the Sec-WebSocket-Key of the request
//	${accept}          the Sec-WebSocket-Accept that answers the key
//	${accept-lower}    the same with its ASCII letters in lower case
//	${accept-unpadded} the same without the padding of base64
//	${offered-first}   the first subprotocol that the request offers
//	${offered-last}    the last of them
//
// A subprotocol that is one of the last two is left out where the request offers none.
type Handshake struct {
	// Client role.
	Method  string // "" means GET
	Proto   string // "" means HTTP/1.1; the server's status line uses it too
	Target  string // "" means the target of the URL under test
	NoHost  bool
	Host    string // "" means the authority of the URL under test
	Key     string // Sec-WebSocket-Key; "" means a fresh one of 16 octets
	Version string // Sec-WebSocket-Version; "" means 13

	// Before are whole requests that come first on the connection, over HTTP/1.1 alone: each once the
	// one before it is answered, and then the opening handshake. If BegunEarly, the first half of
	// each is in the same write as the one before. Where the server ends the connection instead, the
	// conversation is over.
	Before     []string
	BegunEarly bool

	// Server role.
	Status int    // 0 means 101
	Reason string // "" means Switching Protocols with 101, and no phrase with another status
	Accept string // Sec-WebSocket-Accept; "" means the right one

	// Both.
	Fields       []wsproto.Field // added after the standard ones
	Drop         []string        // names of standard fields to leave out
	Subprotocols []string        // offered (client) or chosen (server)
	Offers       []string        // Sec-WebSocket-Extensions values
	Raw          []byte          // instead of all of the above, these octets
	Chop         int             // written in pieces of so many octets; 0 means at once
	WithFrames   bool            // the first step's octets follow in the same write

	// Refused: the peer must refuse this handshake; no step is taken if it does.
	Refused bool

	// MayRefuse: a peer that conforms may refuse this handshake for reasons of
	// its own, such as a limit: it is then as good as if it had accepted.
	MayRefuse bool
}

// Plain reports whether the octets of the handshake are those of the zero
// value: how they are written, what comes before them, and what the peer has to make of them, may differ.
func (h *Handshake) Plain() bool {
	return h.Method == "" && h.Proto == "" && h.Target == "" && !h.NoHost && h.Host == "" && h.Key == "" && h.Version == "" &&
		h.Status == 0 && h.Reason == "" && h.Accept == "" &&
		len(h.Fields)+len(h.Drop)+len(h.Subprotocols)+len(h.Offers) == 0 && h.Raw == nil
}

// StepKind says what a step does.
type StepKind uint8

// The kinds of step.
const (
	// StepFrame sends one frame: Header bits and length form from Frame, its
	// payload from Payload.
	StepFrame StepKind = iota
	// StepMessage sends Payload as one message of opcode Frame.Opcode, in
	// frames of at most Fragment octets (0: in one frame). Where
	// permessage-deflate is negotiated, the message is compressed unless
	// Plain is set.
	StepMessage
	// StepFrameData sends Payload as further octets of the frame that a
	// StepFrame with a larger declared length began; they continue its mask.
	StepFrameData
	// StepRaw sends Payload as it is.
	StepRaw
	// StepClose starts the closing handshake: a close frame with Code and
	// Reason (no code when Code is 0), or with exactly Payload where that is
	// not empty. A StepFrame of opcode 8 sends a close frame without our side
	// taking it for the start of anything.
	StepClose
	// StepWait gives the peer time: until Timeout, or less where it is known
	// that the peer has nothing more to do. If the connection is still open
	// then, Tag is recorded, where there is one; with a Tag, the script continues
	// only then.
	StepWait
	// StepAwait waits until the peer has sent what Until names, Count times in
	// all since the opening handshake, or until Timeout.
	StepAwait
	// StepEcho sends Count messages like StepMessage and awaits the echo of
	// each before the next; the payload's window moves on by its length each
	// time.
	StepEcho
	// StepFailAfter: Timeout from here on, fail the connection (RFC 6455
	// 7.1.7) if it is still open.
	StepFailAfter
	// StepCloseAfter: Timeout from here on, start a normal close.
	StepCloseAfter
	// StepShutdown shuts down our sending direction (half-close).
	StepShutdown
	// StepReset resets the connection.
	StepReset
	// StepDrop closes the connection in both directions.
	StepDrop
	// StepStopReading has our side take nothing from the connection from here on,
	// so that the peer's writes block once the buffers between are full. It reads
	// again at a StepGoOnReading, at a step that waits for something of the peer's
	// (StepAwait, StepEcho), and when the steps are taken; by itself after
	// a minute, or once octets of ours cannot leave for half a second.
	StepStopReading
	// StepGoOnReading ends that.
	StepGoOnReading
	// StepPongs has each ping of the peer's from here on answered by Count pongs with
	// its payload, in the same write.
	StepPongs
)

var stepNames = [...]string{
	StepFrame: "frame", StepMessage: "message", StepFrameData: "data", StepRaw: "raw",
	StepClose: "close", StepWait: "wait", StepAwait: "await", StepEcho: "echo",
	StepFailAfter: "fail-after", StepCloseAfter: "close-after",
	StepShutdown: "shutdown", StepReset: "reset", StepDrop: "drop",
	StepStopReading: "stop", StepGoOnReading: "go", StepPongs: "pongs",
}

// String returns the word that begins the step in the text form of scripts.
func (k StepKind) String() string { return notation.Name(k, stepNames[:]) }

// Await is what a StepAwait waits for.
type Await uint8

// What can be awaited. The end of the connection ends every wait.
const (
	AwaitMessage Await = iota // complete text or binary messages
	AwaitPong                 // pongs
	AwaitPing                 // pings
	AwaitClose                // a close frame
	AwaitEnd                  // end of stream or reset
	AwaitAnswer               // what the dialect has the peer say: see Judge.Answers
)

var awaitNames = [...]string{"message", "pong", "ping", "close", "end", "answer"}

// String returns the word of the text form.
func (a Await) String() string { return notation.Name(a, awaitNames[:]) }

// Masking says how a frame that we send is masked.
type Masking uint8

// The ways of masking.
const (
	MaskByRole Masking = iota // as RFC 6455 5.1 wants: clients mask with a fresh key, servers do not
	MaskNever
	MaskAlways // with a fresh key
	MaskKey    // with Frame.Mask
)

// Payload is the application data of a step: Data itself, or Data repeated up
// to Len octets, or Len octets of a test data set from Offset on.
type Payload struct {
	Data   []byte
	Len    int    // 0: len(Data)
	Source string // "": Data; else a test data set by name
	Offset int
}

// Size is the number of octets of the payload.
func (p *Payload) Size() int {
	if p.Len > 0 || p.Source != "" {
		return p.Len
	}
	return len(p.Data)
}

// Step is one thing that our side does. Kind says which fields count.
type Step struct {
	Kind    StepKind
	Frame   wsproto.Header // StepFrame: all but Length, Mask by Masking; StepMessage and StepEcho: Opcode
	Masking Masking
	Payload Payload

	// Declared is the payload length that the header of a StepFrame states,
	// where HasDeclared; else it is the payload's.
	Declared    uint64
	HasDeclared bool

	Fragment int  // StepMessage, StepEcho: payload octets in one frame; 0: all
	Plain    bool // StepMessage, StepEcho: never compressed
	Chop     int  // written in pieces of so many octets, each one leaving the machine before the next
	Sync     bool // written apart from what comes before and after it
	Beneath  bool // StepRaw: the octets are frames of HTTP/2, beneath the stream

	Code   wsproto.CloseCode // StepClose
	Reason string            // StepClose

	Until   Await         // StepAwait
	Count   int           // StepAwait, StepEcho, StepPongs
	Timeout time.Duration // StepWait, StepAwait, StepEcho, StepFailAfter, StepCloseAfter
	Tag     string        // StepWait
}

// End says how our side ends a conversation once its steps are taken.
type End uint8

// The ways to end a conversation.
const (
	// EndClose pings, awaits the pong, starts a normal close, awaits the
	// peer's close frame and then the end of the stream. Where the peer has
	// started to close or to fail the connection, it only answers.
	EndClose End = iota
	// EndAwait awaits the end of the connection.
	EndAwait
	// EndNone closes the connection at once.
	EndNone
)

// Matches reports whether got are the octets of the payload from offset on. A
// payload from a test data set matches nothing here: its owner resolves it.
func (p *Payload) Matches(offset int, got []byte) bool {
	if p.Source != "" || offset < 0 || offset+len(got) > p.Size() {
		return false
	}
	if p.Len == 0 {
		return bytes.Equal(p.Data[offset:offset+len(got)], got)
	}
	period := len(p.Data)
	if period == 0 {
		return len(got) == 0
	}
	n := min(period, len(got))
	for i := range n {
		if got[i] != p.Data[(offset+i)%period] {
			return false
		}
	}
	// From the second repetition on, octets equal those one period before.
	return bytes.Equal(got[n:], got[:len(got)-n])
}

// AppendRange appends n octets of the payload from offset on, which have to
// exist. A payload from a test data set has no octets here.
func (p *Payload) AppendRange(dst []byte, offset, n int) []byte {
	if p.Len == 0 {
		return append(dst, p.Data[offset:offset+n]...)
	}
	period := len(p.Data)
	if period == 0 {
		return dst
	}
	dst = slices.Grow(dst, n)
	start, phase := len(dst), offset%period
	dst = append(dst, p.Data[phase:min(period, phase+n)]...)
	dst = append(dst, p.Data[:max(0, min(phase, n-(period-phase)))]...)
	for done := len(dst) - start; done < n; done = len(dst) - start {
		// A whole number of periods is copied each time, so that the phase is
		// kept while the size doubles.
		k := done - done%period
		dst = append(dst, dst[start:start+min(k, n-done)]...)
	}
	return dst
}
