package reference

import (
	"time"

	"github.com/wscheck/wscheck/wsproto"
)

// closing is the state of the closing handshake (RFC 6455 7).
type closing struct {
	isOpen    bool      // the opening handshake is done
	sentClose bool      // nothing more may be sent (RFC 6455 5.5.1)
	closeBy   time.Time // when the endpoint stops waiting for the peer's close frame
}

// canStartClose reports whether the endpoint may send a close frame.
func (e *endpoint) canStartClose() bool { return e.isOpen && !e.sentClose }

// startClose starts the closing handshake (RFC 6455 7.1.2). A code of 0 means no
// code. What the peer sends before its own close frame is still read, for at most
// CloseTimeout.
func (e *endpoint) startClose(code wsproto.CloseCode, reason string) error {
	if err := e.sendClose(code, reason); err != nil {
		return err
	}
	if err := e.flush(); err != nil {
		return err
	}
	e.closeBy = time.Now().Add(e.CloseTimeout)
	return e.conn.SetReadDeadline(e.closeBy)
}

// sendClose sends the pongs that were put off and a close frame with a code, unless
// it is 0, and a reason.
func (e *endpoint) sendClose(code wsproto.CloseCode, reason string) error {
	e.sendLate()
	var payload []byte
	if code != 0 {
		payload = wsproto.AppendClose(nil, code, reason)
	}
	err := e.send(wsproto.NewFrame(wsproto.OpClose, true, payload))
	e.sentClose = true
	return err
}

// receiveClose answers the peer's close frame, unless it is an answer itself, and
// ends the exchange (RFC 6455 5.5.1).
func (e *endpoint) receiveClose(payload []byte) error {
	if e.sentClose {
		return errDone
	}
	if e.Freedom.Lazy > 0 {
		if err := e.settle(); err != nil {
			return err
		}
		time.Sleep(e.Freedom.Lazy)
	}
	p, _ := wsproto.ParseClose(payload)
	return e.hooks.close(e, p)
}

// replyClose answers a close frame as Freedom says.
func (e *endpoint) replyClose(p wsproto.ClosePayload) error {
	code, reason := p.Code, ""
	switch e.Freedom.CloseReply {
	case ReplyNormal:
		code = wsproto.CloseNormal
	case ReplyEmpty:
		code = 0
	case ReplyWhole:
		reason = string(p.Reason)
	}
	return e.endWith(code, reason)
}

// endWith answers a close frame with a code and a reason, and ends the exchange.
func (e *endpoint) endWith(code wsproto.CloseCode, reason string) error {
	if err := e.sendClose(code, reason); err != nil {
		return err
	}
	return errDone
}

// fail fails the connection (RFC 6455 7.1.7): a close frame, unless the endpoint is
// free to send none, and then nothing that the peer sends is looked at.
func (e *endpoint) fail(v *Violation) {
	if !e.sentClose && !e.Freedom.FailSilently {
		if e.sendClose(v.Code, v.Text) != nil {
			return
		}
	}
	e.hooks.closeTCP(e)
}

// closeWriter is a connection whose two directions end separately: TCP, TLS and
// Unix sockets.
type closeWriter interface{ CloseWrite() error }

// drainLimit is the most octets that are read only so that the connection is not
// reset.
const drainLimit = 16 << 20

// closeTCP ends the connection (RFC 6455 7.1.1). The server ends its direction
// first, the client waits for that. Then all that the peer still sends is read
// until its end, within CloseTimeout: a socket closed while octets in it are
// unread is reset, and the reset may overtake the close frame.
func (e *endpoint) closeTCP() error {
	if err := e.settle(); err != nil {
		return err
	}
	if err := e.drainWriter(); err != nil {
		return err
	}
	if e.Freedom.Lazy > 0 {
		time.Sleep(e.Freedom.Lazy)
	}
	if e.role == wsproto.Server || e.Freedom.HalfClose {
		c, ok := e.conn.(closeWriter)
		if !ok || e.Freedom.CloseAtOnce {
			return nil
		}
		if err := c.CloseWrite(); err != nil {
			return err
		}
	}
	if err := e.conn.SetReadDeadline(time.Now().Add(e.CloseTimeout)); err != nil {
		return err
	}
	for n := 0; n < drainLimit; {
		m, err := e.conn.Read(e.in)
		n += m
		if err != nil {
			break // how the stream ends does not matter any more
		}
	}
	return nil
}
