package engine

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"slices"
	"time"

	"github.com/wscheck/wscheck/internal/catalogue"
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
}

// Stream is the stream of a WebSocket in the connection that carries it, without
// I/O: octets go in and come out. Its first octets in each direction are the head of
// the opening handshake, in the text form of [wsproto.ConnectProto].
type Stream interface {
	// Send hands over octets of ours, in pieces of chop octets where chop is
	// positive. They are copied.
	Send(b []byte, chop int)

	// Beneath hands over octets for the connection, as they are.
	Beneath(b []byte)

	// End ends our direction after what was handed over, and Abort both at once.
	End()
	Abort()

	// Feed takes octets that were read from the connection. Next returns what they
	// say of the stream, one thing at a time; data is valid until the next call.
	Feed(b []byte)
	Next() (StreamInput, bool)

	// Output returns what is to be written to the connection now, nil for nothing,
	// and how many calls of Send it is the end of.
	Output() (octets []byte, sends int)

	// Blocked reports whether octets wait that the peer has to make room for.
	Blocked() bool
}

// StreamInput is one thing that a stream has to tell: octets, or its end. An end
// with an error is an abort.
type StreamInput struct {
	Data []byte
	End  bool
	Err  error
}

// ErrUncarried begins the errors of a stream that a peer cannot have, because it
// does not have the carrier.
var ErrUncarried = errors.New("not carried")

// Uncarried returns an error for a peer that does not have the carrier.
func Uncarried(why string) error { return fmt.Errorf("%w: %s", ErrUncarried, why) }

// errUnended is the error of a connection that ended before its stream had.
var errUnended = errors.New("the connection ended within the stream")

// carry has the connections of an endpoint carry WebSockets by c; nil is HTTP/1.1.
func (e *endpointURL) carry(c Carrier) *endpointURL {
	if c == nil {
		return e
	}
	carried := *e
	carried.carrier = c
	if e.tls != nil {
		carried.tls = e.tls.Clone()
		carried.tls.NextProtos = []string{c.ALPN()}
	}
	return &carried
}

// over returns what the endpoint's WebSockets are over.
func (e *endpointURL) over() oracle.Carrier {
	if e == nil || e.carrier == nil {
		return oracle.HTTP1
	}
	return e.carrier.Carrier()
}

// scheme is that of an extended CONNECT to the endpoint.
func (e *endpointURL) scheme() string {
	if e.tls != nil {
		return "https"
	}
	return "http"
}

// carriedCases leaves out the cases that the carrier cannot carry.
func carriedCases(c Carrier, cases []*catalogue.Case) []*catalogue.Case {
	by := oracle.HTTP1
	if c != nil {
		by = c.Carrier()
	}
	return slices.DeleteFunc(cases, func(cs *catalogue.Case) bool { return cs.Script.Uncarried(by) != "" })
}

// LeftOut returns how many of the selected cases for peers in a role [Plan] leaves out
// because the carrier of the config cannot carry them.
func LeftOut(peer wsproto.Role, config *Config) int {
	selected, err := config.selected(peer.Peer(), false)
	if err != nil {
		return 0 // Plan has the error
	}
	all := len(selected)
	return all - len(carriedCases(config.Carrier, selected))
}

// carriedLink is a link to a stream that a connection carries.
type carriedLink struct {
	link   // to the connection
	stream Stream

	writes  []int // of the connection that are on their way: how many of the stream's end with each
	written int   // writes of the stream that are to be reported
	at      time.Time
	end     *input // of the connection
}

// carried returns a link to the WebSocket that the connection of l carries.
func carried(l link, s Stream) link { return &carriedLink{link: l, stream: s} }

func (l *carriedLink) write(b []byte, chop int) {
	l.stream.Send(b, chop)
	l.flush()
}

// beneath writes octets to the connection, as they are.
func (l *carriedLink) beneath(b []byte) {
	l.stream.Beneath(b)
	l.flush()
}

// maxUnderWay bounds the writes to the connection that are not reported yet: a link
// may block where there are many.
const maxUnderWay = 2

// flush writes what the stream has for the connection, as much as may be under way.
func (l *carriedLink) flush() {
	for len(l.writes) < maxUnderWay {
		octets, sends := l.stream.Output()
		if len(octets) == 0 {
			l.written += sends
			return
		}
		l.writes = append(l.writes, sends)
		l.link.write(octets, 0)
	}
}

func (l *carriedLink) next(deadline time.Time) input {
	for {
		if l.written > 0 {
			l.written--
			return input{kind: inputWritten, at: l.at}
		}
		if in, ok := l.stream.Next(); ok {
			l.flush()
			switch {
			case in.Err != nil:
				return input{kind: inputReset, err: in.Err}
			case in.End:
				return input{kind: inputEOF}
			}
			return input{kind: inputData, data: in.Data}
		}
		l.flush()
		if l.written > 0 {
			continue
		}
		if l.end != nil {
			return *l.end
		}
		switch in := l.link.next(deadline); in.kind {
		case inputData:
			l.stream.Feed(in.data)
		case inputWritten:
			l.at = in.at
			l.written += l.writes[0]
			l.writes = l.writes[1:]
			l.flush()
		case inputDeadline:
			in.quiet = in.quiet && !l.stream.Blocked()
			return in
		case inputEOF:
			l.end = &input{kind: inputReset, err: errUnended}
		case inputReset:
			l.end = &in
		default:
			return in
		}
	}
}

// flushAll writes all that is left, in one go.
func (l *carriedLink) flushAll() {
	var rest []byte
	for {
		octets, sends := l.stream.Output()
		if len(octets) == 0 {
			break
		}
		rest = append(rest, octets...)
		l.written += sends
	}
	if len(rest) > 0 {
		l.link.write(rest, 0)
	}
}

func (l *carriedLink) shutdown() {
	l.stream.End()
	l.flush()
}

func (l *carriedLink) reset() {
	l.stream.Abort()
	l.flushAll()
	l.link.close(true)
}

func (l *carriedLink) close(flush bool) {
	if flush {
		l.stream.End()
	} else {
		l.stream.Abort()
	}
	l.flushAll()
	l.link.close(true)
}

// memory is the link in memory that l goes over, nil where it is a socket.
func memoryOf(l link) *memLink {
	if c, ok := l.(*carriedLink); ok {
		l = c.link
	}
	m, _ := l.(*memLink)
	return m
}
