package speed

import (
	"bytes"
	"net"
	"os"
	"sync"
	"time"

	"github.com/wscheck/wscheck/oracle"
	"github.com/wscheck/wscheck/wsproto"
)

const request = "GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
	"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"

// frames returns what a script of a client sends after the request, and a close
// frame.
func frames(s *oracle.Script) (wire []byte) {
	for i := range s.Steps {
		step := &s.Steps[i]
		payload := step.Payload.AppendRange(nil, 0, step.Payload.Size())
		h := step.Frame
		h.Length, h.Masked = uint64(len(payload)), step.Masking != oracle.MaskNever
		if step.HasDeclared {
			h.Length = step.Declared
		}
		switch step.Kind {
		case oracle.StepMessage, oracle.StepEcho:
			h.Fin = true
		case oracle.StepClose:
			h.Fin, h.Opcode = true, wsproto.OpClose
		case oracle.StepRaw:
			wire = append(wire, payload...)
			continue
		case oracle.StepFrame:
		default:
			continue
		}
		wire = wsproto.Frame{Header: h, Payload: payload}.AppendTo(wire)
	}
	end := wsproto.NewFrame(wsproto.OpClose, true, nil)
	end.Masked = true
	return end.AppendTo(wire)
}

// conn is a connection whose other side sends a request and, once it is answered,
// frames and the end of the stream. It reads what comes.
type conn struct {
	mu      sync.Mutex
	wake    sync.Cond
	request bytes.Reader
	frames  bytes.Reader
	written int
	late    bool // the deadline of reads has passed
}

func newConn(s *oracle.Script) *conn {
	c := new(conn)
	c.wake.L = &c.mu
	c.request.Reset([]byte(request))
	c.frames.Reset(frames(s))
	return c
}

func (c *conn) Read(p []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.request.Len() > 0 {
		return c.request.Read(p)
	}
	for c.written == 0 {
		if c.late {
			return 0, os.ErrDeadlineExceeded
		}
		c.wake.Wait()
	}
	return c.frames.Read(p)
}

func (c *conn) Write(p []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.written += len(p)
	c.wake.Broadcast()
	return len(p), nil
}

func (c *conn) SetReadDeadline(t time.Time) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.late = !t.IsZero() && t.Before(time.Now())
	c.wake.Broadcast()
	return nil
}

func (c *conn) SetDeadline(t time.Time) error    { return c.SetReadDeadline(t) }
func (c *conn) SetWriteDeadline(time.Time) error { return nil }
func (c *conn) Close() error                     { return nil }
func (c *conn) LocalAddr() net.Addr              { return new(net.TCPAddr) }
func (c *conn) RemoteAddr() net.Addr             { return new(net.TCPAddr) }
