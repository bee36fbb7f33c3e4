package reference

import (
	"time"

	"github.com/wscheck/wscheck/wsproto"
)

// closing is the state of the closing handshake (RFC 6455 7).
type closing struct {
	isOpen    bool // the opening handshake is done
	sentClose bool // nothing more may be sent (RFC 6455 5.5.1)

	failedHalf bool // a mutant failed the connection and goes on

	closeBy time.Time // when to give up waiting for the peer's close frame
}

// canStartClose reports whether the endpoint may send a close frame.
func (e *endpoint) canStartClose() bool { return e.isOpen && !e.sentClose }

// startClose starts the closing handshake (RFC 6455 7.1.2). A code of 0 stands
// for none. What the peer sends before its own close frame is read on, for
// CloseTimeout at most.
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

// sendClose sends a close frame with a code, unless it is 0, and a reason, and
// whatever waits to be sent before it.
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

// answerClose answers the peer's close frame, unless it is an answer itself,
// and ends the conversation (RFC 6455 5.5.1).
func (e *endpoint) answerClose(payload []byte) error {
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
	if e.mutant.close != nil {
		return e.mutant.close(e, p)
	}
	code, reason := p.Code, ""
	switch e.Freedom.CloseReply {
	case ReplyNormal:
		code = wsproto.CloseNormal
	case ReplyEmpty:
		code = 0
	case ReplyWhole:
		reason = string(p.Reason)
	}
	if err := e.sendClose(code, reason); err != nil {
		return err
	}
	return errDone
}

// fail fails the connection (RFC 6455 7.1.7): a close frame, unless the
// endpoint takes the liberty to do without, and then nothing that the peer
// sends is looked at any more.
func (e *endpoint) fail(v *Violation) {
	if e.fault != noFault && e.failFaulty(v) {
		return
	}
	if !e.sentClose && !e.Freedom.FailSilently {
		if e.sendClose(v.Code, v.Text) != nil {
			return
		}
	}
	e.closeTCP()
}

// closeWriter is a connection with two directions that end apart: TCP, TLS and
// Unix sockets all have them.
type closeWriter interface{ CloseWrite() error }

// drainLimit bounds the octets that are read to no purpose but to keep the
// connection from being reset.
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
	if e.is(leaveTCPOpen) {
		return e.linger()
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
			break // the conversation is over: how the stream ends does not matter
		}
	}
	return nil
}
