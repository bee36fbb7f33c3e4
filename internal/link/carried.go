package link

import (
	"errors"
	"time"
)

// CarriedLink is a link to a stream that a connection carries.
type CarriedLink struct {
	Link   // to the connection
	stream Stream

	writes  [maxUnderWay]int // of the connection that are on their way: how many of the stream's end with each
	under   int              // how many those are
	written int              // writes of the stream that are to be reported
	at      time.Time
	end     Input // of the connection, once over
	over    bool
}

// Carry returns a link to the WebSocket that the connection of l carries.
func Carry(l Link, s Stream) Link { return &CarriedLink{Link: l, stream: s} }

// Write implements [Link].
func (l *CarriedLink) Write(b []byte, chop int) {
	l.stream.Send(b, chop)
	l.flush()
}

// Beneath writes octets to the connection, as they are.
func (l *CarriedLink) Beneath(b []byte) {
	l.stream.Beneath(b)
	l.flush()
}

// maxUnderWay bounds the writes to the connection that are not reported yet: a link
// may block where there are many.
const maxUnderWay = 2

// flush writes what the stream has for the connection, as much as may be under way.
func (l *CarriedLink) flush() {
	for l.under < maxUnderWay {
		octets, sends := l.stream.Output()
		if len(octets) == 0 {
			l.written += sends
			return
		}
		l.writes[l.under] = sends
		l.under++
		l.Link.Write(octets, 0)
	}
}

// Next implements [Link].
func (l *CarriedLink) Next(deadline time.Time) Input {
	for {
		if l.written > 0 {
			l.written--
			return Input{Kind: Written, At: l.at}
		}
		if in, ok := l.stream.Next(); ok {
			l.flush()
			switch {
			case in.Err != nil:
				return Input{Kind: Reset, Err: in.Err}
			case in.End:
				return Input{Kind: EOF}
			}
			return Input{Kind: Data, Data: in.Data}
		}
		l.flush()
		if l.written > 0 {
			continue
		}
		if l.over {
			return l.end
		}
		switch in := l.Link.Next(deadline); in.Kind {
		case Data:
			l.stream.Feed(in.Data)
		case Written:
			l.at = in.At
			l.written += l.writes[0]
			copy(l.writes[:], l.writes[1:])
			l.under--
			l.flush()
		case TimedOut:
			in.Quiet = in.Quiet && !l.stream.Blocked()
			return in
		case EOF:
			l.end, l.over = Input{Kind: Reset, Err: errUnended}, true
		case Reset:
			l.end, l.over = in, true
		default:
			return in
		}
	}
}

// errUnended is the error of a connection that ended before its stream had.
var errUnended = errors.New("the connection ended within the stream")

// flushAll writes all that is left, in one go.
func (l *CarriedLink) flushAll() {
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
		l.Link.Write(rest, 0)
	}
}

// Shutdown implements [Link].
func (l *CarriedLink) Shutdown() {
	l.stream.End()
	l.flush()
}

// Reset implements [Link].
func (l *CarriedLink) Reset() {
	l.stream.Abort()
	l.flushAll()
	l.Link.Close(true)
}

// Close implements [Link].
func (l *CarriedLink) Close(flush bool) {
	if flush {
		l.stream.End()
	} else {
		l.stream.Abort()
	}
	l.flushAll()
	l.Link.Close(true)
}

// Release lets go of the buffers of a link in memory, once no goroutine of the peer's
// is left.
func Release(l Link) {
	if c, ok := l.(*CarriedLink); ok {
		c.stream.Release()
		l = c.Link
	}
	if m, ok := l.(*MemLink); ok {
		m.release()
	}
}

// Stream is the stream of a WebSocket in the connection that carries it, without
// I/O: octets go in and come out. Its first octets in each direction are the head of
// the opening handshake, in the text form of [wsproto.ConnectProto].
type Stream interface {
	// Send hands over octets of ours, in pieces of chop octets where chop is
	// positive. The caller must not change them until Output has returned the end of
	// the call.
	Send(b []byte, chop int)

	// Beneath hands over octets for the connection, as they are.
	Beneath(b []byte)

	// End ends our direction after what was handed over, and Abort both at once.
	End()
	Abort()

	// Feed takes octets that were read from the connection, and copies them. Next
	// returns what they say of the stream, one thing at a time; data is valid until the
	// next call of either.
	Feed(b []byte)
	Next() (StreamInput, bool)

	// Output returns what is to be written to the connection now, nil for nothing,
	// and how many calls of Send it is the end of.
	Output() (octets []byte, sends int)

	// Blocked reports whether octets wait that the peer has to make room for.
	Blocked() bool

	// Release lets go of what Output has returned, for streams to come. It is the last
	// call.
	Release()
}

// StreamInput is one thing that a stream reports: octets, or its end. An end
// with an error is an abort.
type StreamInput struct {
	Data []byte
	End  bool
	Err  error
}
