package oracle

import "github.com/wscheck/wscheck/internal/dialect"

// Dialect says what a peer does with the messages that it is sent. It is plain
// data with a text form, see [ParseDialect]. Two dialects have no text:
// [DialectEcho] and [DialectNone].
type Dialect = dialect.Dialect

// DialectEcho is the dialect of a peer that sends each message back, as it is and
// in order. DialectNone is that of a peer of which nothing is known: it may send
// anything at any time, answer or not, and close for reasons of its own.
var (
	DialectEcho = dialect.Echo
	DialectNone = dialect.None
)

// ParseDialect reads the text form of a dialect, as its String method writes it. As
// in scripts, blanks, empty lines and comments count for nothing, and a line that
// begins with a literal continues the line before. An error is a [*SyntaxError].
//
//	wscheck dialect 1
//	dialect "nats"
//	as client
//	stream
//	hear "INFO " any "\r\n"
//	say BINARY "CONNECT {\"verbose\":false}\r\n"
//	ask BINARY "PING\r\n"
//	answer "PONG\r\n"
//	filler BINARY "PUB wscheck " size "\r\n" octets "\r\n"
//	wrong "-ERR " any
//	close 1008
func ParseDialect(text string) (*Dialect, error) { return dialect.Parse(text) }
