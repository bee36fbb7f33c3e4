package peers

import (
	"compress/flate"
	"context"
	"errors"
	"io"
	"net"
	"time"

	"github.com/gobwas/httphead"
	"github.com/gobwas/ws"
	"github.com/gobwas/ws/wsutil"

	"github.com/wscheck/wscheck/internal/engine"
)

// gobwasLibrary adapts github.com/gobwas/ws by its zero-copy upgrader, which works on the connection itself, and the
// streaming reader and writer of wsutil. Compression is in gobwas_deflate.go.
func gobwasLibrary(deflate bool) Library {
	lib := describe("gobwas", "github.com/gobwas/ws", deflate)
	lib.Server = func(conn net.Conn) {
		defer conn.Close()
		var upgrader ws.Upgrader
		if deflate {
			upgrader.Negotiate = gobwasExtension().Negotiate
		}
		handshake, err := upgrader.Upgrade(conn)
		if err != nil {
			return // Upgrade has answered the request
		}
		_ = gobwasEcho(conn, conn, ws.StateServerSide, handshake.Extensions)
	}
	lib.Client = func(ctx context.Context, dial engine.Dial, url string) error {
		raw, release, err := connect(ctx, dial, url)
		if err != nil {
			return err
		}
		defer release()
		dialer := ws.Dialer{
			NetDial: func(context.Context, string, string) (net.Conn, error) { return raw, nil },
		}
		if deflate {
			dialer.Extensions = []httphead.Option{gobwasExtension().Parameters.Option()}
		}
		conn, early, handshake, err := dialer.Dial(ctx, url)
		if err != nil {
			return endOf(ctx, err)
		}
		var source io.Reader = conn
		if early != nil { // frames came together with the response
			defer ws.PutReader(early)
			source = early
		}
		err = gobwasEcho(conn, source, ws.StateClientSide, handshake.Extensions)
		if _, closed := err.(wsutil.ClosedError); closed {
			return nil
		}
		return endOf(ctx, err)
	}
	return lib
}

// gobwasConn is one connection after its opening handshake.
type gobwasConn struct {
	net.Conn
	side     ws.State // ws.StateServerSide or ws.StateClientSide
	rd       *wsutil.Reader
	wr       *wsutil.Writer
	control  wsutil.FrameHandlerFunc // answers a control frame; its error ends the connection
	answered bool                    // control has sent a close frame
}

// gobwasEcho sends back each message that comes from source until the connection ends, and fails the connection where
// that is why. The error is a wsutil.ClosedError after a close frame, which the library has answered.
func gobwasEcho(conn net.Conn, source io.Reader, side ws.State, extensions []httphead.Option) error {
	c := &gobwasConn{Conn: conn, side: side, wr: wsutil.NewWriter(conn, side, 0)}
	answer := wsutil.ControlFrameHandler(conn, side)
	c.control = func(h ws.Header, r io.Reader) error {
		err := answer(h, r)
		c.answered = c.answered || err != nil
		return err
	}
	c.rd = &wsutil.Reader{
		Source:         source,
		State:          side,
		CheckUTF8:      true,
		MaxMessageSize: maxMessage,
		OnIntermediate: c.control,
	}
	echo := c.echo
	if len(extensions) > 0 {
		message, err := c.enableDeflate(extensions)
		if err != nil {
			return err
		}
		echo = func(op ws.OpCode) error { return c.echoDeflate(op, message) }
	}
	err := c.loop(echo)
	if code := gobwasCloseCode(err); code != 0 && !c.answered {
		c.fail(code)
	}
	return err
}

// loop answers control frames and calls echo for each message, whose first frame has been opened.
func (c *gobwasConn) loop(echo func(ws.OpCode) error) error {
	for {
		h, err := c.rd.NextFrame()
		if err != nil {
			return err
		}
		if h.OpCode.IsControl() {
			err = c.control(h, c.rd)
		} else {
			err = echo(h.OpCode)
		}
		if err != nil {
			return err
		}
	}
}

// echo copies the message being read into one of that opcode.
func (c *gobwasConn) echo(op ws.OpCode) error {
	c.wr.ResetOp(op)
	if _, err := io.Copy(c.wr, c.rd); err != nil {
		return err
	}
	return c.wr.Flush()
}

// gobwasCloseCode returns the close code for a connection that failed with err, or 0 if the peer is gone.
func gobwasCloseCode(err error) ws.StatusCode {
	if violation := ws.ProtocolError(""); errors.As(err, &violation) {
		return ws.StatusProtocolError
	}
	if corrupt := flate.CorruptInputError(0); errors.As(err, &corrupt) {
		return ws.StatusInvalidFramePayloadData
	}
	switch {
	case errors.Is(err, wsutil.ErrInvalidUTF8):
		return ws.StatusInvalidFramePayloadData
	case errors.Is(err, wsutil.ErrMessageTooLarge):
		return ws.StatusMessageTooBig
	}
	return 0
}

// fail does what the library leaves to its user (RFC 6455 section 7.1.7), in the way of its example: it sends a close
// frame, shuts down the sending side and reads on for a moment. A connection closed with octets unread is reset, and
// a reset can overtake the last echo.
func (c *gobwasConn) fail(code ws.StatusCode) {
	frame := ws.NewCloseFrame(ws.NewCloseFrameBody(code, ""))
	if c.side.ClientSide() {
		frame = ws.MaskFrameInPlace(frame)
	}
	if ws.WriteFrame(c, frame) != nil {
		return
	}
	if half, ok := c.Conn.(interface{ CloseWrite() error }); ok {
		_ = half.CloseWrite()
	}
	_ = c.SetReadDeadline(time.Now().Add(500 * time.Millisecond))
	_, _ = io.Copy(io.Discard, c.Conn)
}
