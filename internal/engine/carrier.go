package engine

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"

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

// Splitter is a carrier whose connections can have several WebSockets of a client at a
// time, and ordinary requests beside them.
type Splitter interface {
	Carrier

	// Split serves a connection that a client has made until it ends, or ctx does,
	// and closes it. page answers ordinary requests. websocket is called in a
	// goroutine for each WebSocket, which ends when it returns; Split returns after
	// the last of them.
	Split(ctx context.Context, conn net.Conn, page http.Handler, websocket func(Lane))
}

// Lane is one WebSocket of a client's connection.
type Lane struct {
	Request *wsproto.Request // the opening handshake, in the form of HTTP/1.1

	// Conn is the connection as if the WebSocket had it to itself: what
	// [Carrier.Open] has a stream for. Upgraded takes its place: a connection over
	// which the handshake of HTTP/1.1 is made. One of the two is used.
	Conn     net.Conn
	Upgraded func() net.Conn

	// Fell reports whether the client ended the connection while others of its
	// WebSockets were open on it.
	Fell func() bool
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
