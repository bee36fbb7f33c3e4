package testee

import (
	"errors"
	"fmt"
	"net"
	"sync"
	"time"

	"github.com/wscheck/wscheck/wsproto"
)

// MaxMessage is the length in octets of the longest message that a [Conn] takes.
const MaxMessage = 16 << 20

// The bounds of waiting on a peer.
const (
	openLimit  = 5 * time.Second  // for the connection and the opening handshake
	writeLimit = 10 * time.Second // for the peer to take what is written
	closeLimit = time.Second      // for the answer to a close frame, and for the end of the stream
)

// ErrClosed is the error of reading from a connection that ended with a closing
// handshake.
var ErrClosed = errors.New("the WebSocket connection is closed")

// Conn is a WebSocket connection for whole messages. One goroutine may call Read; any may
// call Write and Close.
type Conn struct {
	conn net.Conn
	role wsproto.Role
	mask func() [4]byte

	parser wsproto.Parser
	in     [readSize]byte
	incoming

	mu        sync.Mutex // guards what follows, and the writing side of conn
	out       []byte
	sentClose bool
}

// readSize is the size of a connection's read buffer in octets: small, for there
// may be many connections.
const readSize = 2 << 10

// newConn returns the connection for an opening handshake that is done. rest is
// what came after it.
func newConn(conn net.Conn, role wsproto.Role, rest []byte) *Conn {
	c := &Conn{conn: conn, role: role}
	if role == wsproto.Client {
		c.mask = newMask
	}
	c.parser.Feed(rest)
	return c
}

// Read returns the next message: its opcode, text or binary, and its payload,
// which is the caller's. It answers pings and close frames. After an error there
// is nothing more to read, and the connection is closed: [ErrClosed] where both
// sides closed it, a *[ProtocolError] where the peer broke a rule, else what the
// stream ended with.
func (c *Conn) Read() (wsproto.Opcode, []byte, error) {
	for {
		op, payload, err := c.next()
		if err == nil {
			return op, payload, nil
		}
		if errors.Is(err, errMore) {
			var n int
			n, err = c.conn.Read(c.in[:])
			if n > 0 {
				c.parser.Feed(c.in[:n])
				continue
			}
		}
		var broken *ProtocolError
		if errors.As(err, &broken) {
			_ = c.sendClose(broken.Code, broken.Text) // the peer may have gone
		}
		if broken != nil || errors.Is(err, ErrClosed) {
			c.end()
		}
		c.conn.Close()
		return 0, nil, err
	}
}

// end ends the stream: the server ends its direction, and both wait for the end
// of the other (RFC 6455 7.1.1). A connection that is closed with octets unread
// is reset, and the close frame may be lost.
func (c *Conn) end() {
	if half, ok := c.conn.(interface{ CloseWrite() error }); ok && c.role == wsproto.Server && half.CloseWrite() != nil {
		return
	}
	if c.conn.SetReadDeadline(time.Now().Add(closeLimit)) != nil {
		return
	}
	for total := 0; total < MaxMessage; {
		n, err := c.conn.Read(c.in[:])
		if err != nil {
			return
		}
		total += n
	}
}

// next returns the next message of what has arrived, or errMore.
func (c *Conn) next() (wsproto.Opcode, []byte, error) {
	for {
		it, ok := c.parser.Next()
		if !ok {
			return 0, nil, errMore
		}
		done, err := c.take(it, c.role)
		switch {
		case err != nil:
			return 0, nil, err
		case !done:
			continue
		}
		switch it.Header.Opcode {
		case wsproto.OpPing:
			if err := c.send(wsproto.NewFrame(wsproto.OpPong, true, c.control)); err != nil {
				return 0, nil, err
			}
		case wsproto.OpPong:
		case wsproto.OpClose:
			p, _ := wsproto.ParseClose(c.control)
			_ = c.sendClose(p.Code, "") // the peer may have gone
			return 0, nil, ErrClosed
		default:
			op, payload := c.finish()
			return op, payload, nil
		}
	}
}

// Write sends a message in one frame. payload is not changed.
func (c *Conn) Write(op wsproto.Opcode, payload []byte) error {
	return c.send(wsproto.NewFrame(op, true, payload))
}

// Close starts the closing handshake, unless that is done, and returns at once.
// The reader learns of its end, or of its time-out.
func (c *Conn) Close(code wsproto.CloseCode) error {
	err := c.sendClose(code, "")
	return errors.Join(err, c.conn.SetReadDeadline(time.Now().Add(closeLimit)))
}

// Drop ends the connection without a closing handshake.
func (c *Conn) Drop() { c.conn.Close() }

// sendClose sends a close frame, if none was sent. A code of 0 stands for none.
func (c *Conn) sendClose(code wsproto.CloseCode, reason string) error {
	var payload []byte
	if code != 0 {
		payload = wsproto.AppendClose(nil, code, reason)
	}
	err := c.send(wsproto.NewFrame(wsproto.OpClose, true, payload))
	if errors.Is(err, ErrClosed) {
		return nil
	}
	return err
}

// send writes a frame. It returns ErrClosed after a close frame, for nothing may
// follow that (RFC 6455 5.5.1).
func (c *Conn) send(f wsproto.Frame) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.sentClose {
		return ErrClosed
	}
	c.sentClose = f.Opcode == wsproto.OpClose
	if c.mask != nil {
		f.Masked, f.Mask = true, c.mask()
	}
	c.out = f.AppendTo(c.out[:0])
	if err := c.conn.SetWriteDeadline(time.Now().Add(writeLimit)); err != nil {
		return err
	}
	_, err := c.conn.Write(c.out)
	if cap(c.out) > 2*readSize {
		c.out = nil // a long message is rare: its memory is not kept
	}
	return err
}

// ProtocolError is the error of a connection whose peer broke a rule.
type ProtocolError struct {
	Code wsproto.CloseCode // of the close frame to the peer
	Text string
}

// Error returns the rule and the close code in one line.
func (e *ProtocolError) Error() string {
	return fmt.Sprintf("the peer broke RFC 6455: %s (closed with %d)", e.Text, e.Code)
}
