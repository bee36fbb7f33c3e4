package engine

import (
	"errors"
	"fmt"

	"github.com/wscheck/wscheck/internal/catalogue"
	"github.com/wscheck/wscheck/internal/link"
	"github.com/wscheck/wscheck/oracle"
	"github.com/wscheck/wscheck/wsproto"
)

// Carrier makes WebSockets of connections by another way than the upgrade of
// HTTP/1.1: see package http2 beside this one. Its methods may be called by any
// number of goroutines.
type Carrier interface {
	// Carrier returns what the traces of its conversations are over.
	Carrier() oracle.Carrier

	// ALPN returns the name by which TLS agrees on it.
	ALPN() string

	// Open returns the stream of a WebSocket over a connection that nothing was
	// read from or written to. In the role of a client it is one that our side
	// opens. Each frame is given to note as it goes, or comes.
	Open(role wsproto.Role, delivery oracle.Delivery, note func(oracle.Event)) Stream

	// Cases returns the cases about the carrier itself that our side plays in a
	// role.
	Cases(role wsproto.Role) []*catalogue.Case
}

// Stream is the stream of a WebSocket in the connection that carries it, without I/O.
type Stream = link.Stream

// StreamInput is one thing that a [Stream] reports: octets, or its end.
type StreamInput = link.StreamInput

// ErrUncarried begins the errors of a stream that a peer cannot have, because it
// does not have the carrier.
var ErrUncarried = errors.New("not carried")

// Uncarried returns an error for a peer that does not have the carrier.
func Uncarried(why string) error { return fmt.Errorf("%w: %s", ErrUncarried, why) }
