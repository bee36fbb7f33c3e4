package reference

import (
	"errors"
	"fmt"

	"github.com/wscheck/wscheck/wsproto"
)

// Violation is the error of a connection that the endpoint failed, because the
// peer broke a rule after the opening handshake.
type Violation struct {
	Section string            // the rule's place: "RFC 6455 5.2"
	Text    string            // what the peer did
	Code    wsproto.CloseCode // what the endpoint's close frame carries
	Offset  int64             // octets that the peer had sent before the one at fault
}

// Error returns the violation in one line.
func (v *Violation) Error() string {
	return fmt.Sprintf("reference: %s: %s (octet %d, closed with %d)", v.Section, v.Text, v.Offset, v.Code)
}

// Refusal is the error of a connection that did not get past its opening
// handshake, because the endpoint refused it or was refused.
type Refusal struct {
	Status   int               // of the HTTP response; 0 where none was sent or read
	Problems []wsproto.Problem // what was wrong with the peer's half
}

// Error returns the refusal in one line.
func (r *Refusal) Error() string {
	return fmt.Sprintf("reference: opening handshake refused, status %d: %v", r.Status, r.Problems)
}

// ErrDropped is the error of a connection whose stream ended without a closing
// handshake.
var ErrDropped = errors.New("reference: the peer ended the stream without a close frame")

// errDone ends a conversation: both close frames are on their way, or the
// endpoint has nothing more to do with the connection.
var errDone = errors.New("reference: closed")
