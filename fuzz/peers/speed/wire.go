package speed

import (
	"bytes"
	"net"
	"os"
	"slices"
	"sync"
	"time"

	"github.com/wscheck/wscheck/internal/wire"
	"github.com/wscheck/wscheck/oracle"
	"github.com/wscheck/wscheck/wsproto"
)

// patience is how long a request is unanswered before the stream ends all the same, on
// the clock of the bubble: it may be none.
const patience = time.Minute

// conn is a connection whose other side sends a request and, once it is answered, what
// follows and the end of the stream. It reads what comes.
type conn struct {
	mu      sync.Mutex
	wake    sync.Cond
	request bytes.Reader
	rest    bytes.Reader
	written int
	late    bool // the deadline of reads has passed
	over    bool // the request was not answered in time
}

// newConn returns the connection of a server that is sent what a script sends. Where the
// script leaves the connection open, a ping and a close frame follow, as our side ends it.
func newConn(s *oracle.Script) (*conn, error) {
	r, err := wire.Render(s, wire.Options{})
	if err != nil {
		return nil, err
	}
	c := new(conn)
	c.wake.L = &c.mu
	c.request.Reset(r.Opening)
	rest := bytes.Join(r.Pieces, nil)
	if s.End == oracle.EndClose && !slices.ContainsFunc(s.Steps, closes) {
		for _, f := range []wsproto.Frame{
			wsproto.NewFrame(wsproto.OpPing, true, []byte("ping")),
			wsproto.NewFrame(wsproto.OpClose, true, wsproto.AppendClose(nil, wsproto.CloseNormal, "")),
		} {
			f.Masked, f.Mask = true, [4]byte{1, 2, 3, 4}
			rest = f.AppendTo(rest)
		}
	}
	c.rest.Reset(rest)
	return c, nil
}

// closes reports whether nothing of ours follows a step.
func closes(s oracle.Step) bool {
	switch s.Kind {
	case oracle.StepClose, oracle.StepShutdown, oracle.StepReset, oracle.StepDrop:
		return true
	}
	return s.Kind == oracle.StepFrame && s.Frame.Opcode == wsproto.OpClose
}

func (c *conn) Read(p []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.request.Len() > 0 {
		return c.request.Read(p)
	}
	if c.written == 0 {
		defer time.AfterFunc(patience, c.giveUp).Stop()
	}
	for c.written == 0 && !c.over {
		if c.late {
			return 0, os.ErrDeadlineExceeded
		}
		c.wake.Wait()
	}
	return c.rest.Read(p)
}

func (c *conn) giveUp() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.over = true
	c.wake.Broadcast()
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
	c.late = !t.IsZero() && !t.After(time.Now())
	c.wake.Broadcast()
	return nil
}

func (c *conn) SetDeadline(t time.Time) error    { return c.SetReadDeadline(t) }
func (c *conn) SetWriteDeadline(time.Time) error { return nil }
func (c *conn) Close() error                     { return nil }
func (c *conn) LocalAddr() net.Addr              { return new(net.TCPAddr) }
func (c *conn) RemoteAddr() net.Addr             { return new(net.TCPAddr) }
