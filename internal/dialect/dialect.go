// Package dialect describes what a peer does with the messages that it is sent.
package dialect

import (
	"slices"

	"github.com/wscheck/wscheck/wsproto"
)

// Dialect says what a peer does with the messages that it is sent. It is plain
// data with a text form, see [Parse]. Two dialects have no text:
// [Echo] and [None].
type Dialect struct {
	Name  string
	About string // one line for people

	// Client is how our side speaks with a server, and Server how it speaks with a
	// client; nil where the dialect does not say.
	Client, Server *Speech
}

// Echo is the dialect of a peer that sends each message back, as it is and
// in order. None is that of a peer about which nothing is known: it may send
// anything at any time, answer or not, and close for reasons of its own.
var (
	Echo = &Dialect{Name: "echo", About: "sends each message back"}
	None = &Dialect{Name: "none", About: "nothing is assumed: pings and the closing prove what can be proved"}
)

// Speech is one side of a dialect.
type Speech struct {
	Target       string          // of the request, where the URL has none; "" for any
	Fields       []wsproto.Field // added to our opening handshake
	Subprotocols []string        // offered, or as a server chosen from

	Ready     []Remark   // what makes a fresh connection ready, in order
	Exchanges []Exchange // messages of ours that are answered
	Fillers   []Message  // messages that the peer takes, and that need no answer
	Wrong     []Message  // messages of the peer's that report that it did not understand one of ours

	// Stream says that the octets of the peer's messages are one stream, whatever
	// the borders of the messages.
	Stream bool

	// Closes are codes, from the first to the last of each pair, with which the
	// peer may close for reasons of its own.
	Closes [][2]wsproto.CloseCode
}

// Remark is one message that makes a connection ready: we say it, or hear it.
type Remark struct {
	Heard bool
	Message
}

// Exchange is a message of ours and the answer to it.
type Exchange struct {
	Ask, Answer Message
}

// Message is the type and the form of messages. A message that we send has at most
// one part of a [Kind] that fills.
type Message struct {
	Opcode wsproto.Opcode // OpContinuation stands for text or binary
	Parts  []Part
}

// Part is a piece of a message.
type Part struct {
	Kind Kind
	Text string // Literal
	Plus int    // Size, Varint: added to the size
}

// Kind is what a piece of a message is.
type Kind uint8

// The kinds of parts.
const (
	Literal Kind = iota // these octets
	Counter             // a number of six digits, another one in each message
	Nonce               // eight small letters, others in each message
	Any                 // any octets, of the peer's
	Octets              // filling: any octets
	Text                // filling: UTF-8 without control characters, quotes and backslashes
	Letters             // filling: small letters and digits
	Blanks              // filling: blanks
	Size                // the size of the filling in octets, in decimal
	Varint              // the same in octets of seven bits, the lowest first, as MQTT has it
	numParts
)

var partNames = [numParts]string{
	Counter: "counter", Nonce: "nonce", Any: "any", Octets: "octets", Text: "text",
	Letters: "letters", Blanks: "blanks", Size: "size", Varint: "varint",
}

// fills reports whether a part of that kind is as long as one likes.
func (k Kind) fills() bool { return k >= Octets && k <= Blanks }

// sizes reports whether a part of that kind is the size of the filling.
func (k Kind) sizes() bool { return k == Size || k == Varint }

// Of returns how our side speaks in a role, or nil where the dialect does not say.
func (d *Dialect) Of(role wsproto.Role) *Speech {
	if role == wsproto.Client {
		return d.Client
	}
	return d.Server
}

// Open reports whether nothing is known of what the peer does with messages.
func (d *Dialect) Open() bool { return d == None }

// Echoes reports whether the peer sends each message back.
func (d *Dialect) Echoes() bool { return d == nil || d == Echo }

// Owns reports whether the peer may close with a code for reasons of its own.
func (s *Speech) Owns(code wsproto.CloseCode) bool {
	for _, span := range s.Closes {
		if code >= span[0] && code <= span[1] {
			return true
		}
	}
	return false
}

// filling returns the index of the part that fills, or -1.
func (m *Message) filling() int {
	for i := range m.Parts {
		if m.Parts[i].Kind.fills() {
			return i
		}
	}
	return -1
}

// Has reports whether the message has a part of that kind.
func (m *Message) Has(kind Kind) bool {
	for i := range m.Parts {
		if m.Parts[i].Kind == kind {
			return true
		}
	}
	return false
}

// Quotes reports whether the message depends on the filling of the question.
func (m *Message) Quotes() bool {
	return slices.ContainsFunc(m.Parts, func(p Part) bool { return p.Kind.fills() || p.Kind.sizes() })
}
