package fuzzingserver

import (
	"io"
	"net"
	"os"
	"sync"
	"syscall"
	"time"
)

// pipeSize is how many octets a pipe takes before somebody reads them.
const pipeSize = 256 << 10

// pipeEnd is one end of a connection in memory. Like a TCP connection it has a
// buffer in each direction, and each can be ended alone; its deadlines are on the
// clock of the bubble that it lives in.
type pipeEnd struct {
	in, out *flow
	linger  bool // Close resets
}

// flow is one direction of a pipe.
type flow struct {
	mu      sync.Mutex
	changed sync.Cond
	data    []byte
	ended   bool // by the writer
	reset   bool // by either
	gone    bool // the reader is
	read    expiry
	write   expiry
}

// expiry is a deadline.
type expiry struct {
	over  bool
	timer *time.Timer
}

func newPipe() (a, b *pipeEnd) {
	s, t := new(flow), new(flow)
	s.changed.L, t.changed.L = &s.mu, &t.mu
	return &pipeEnd{in: s, out: t}, &pipeEnd{in: t, out: s}
}

func (p *pipeEnd) Read(b []byte) (int, error) {
	f := p.in
	f.mu.Lock()
	defer f.mu.Unlock()
	for {
		switch {
		case f.gone:
			return 0, net.ErrClosed
		case f.reset:
			return 0, syscall.ECONNRESET
		case f.read.over:
			return 0, os.ErrDeadlineExceeded
		case len(f.data) > 0:
			n := copy(b, f.data)
			f.data = f.data[n:]
			f.changed.Broadcast()
			return n, nil
		case f.ended:
			return 0, io.EOF
		}
		f.changed.Wait()
	}
}

func (p *pipeEnd) Write(b []byte) (n int, err error) {
	f := p.out
	f.mu.Lock()
	defer f.mu.Unlock()
	for len(b) > 0 {
		switch room := pipeSize - len(f.data); {
		case f.ended:
			return n, net.ErrClosed
		case f.reset, f.gone:
			return n, syscall.EPIPE
		case f.write.over:
			return n, os.ErrDeadlineExceeded
		case room > 0:
			k := min(room, len(b))
			f.data = append(f.data, b[:k]...)
			b = b[k:]
			n += k
			f.changed.Broadcast()
		default:
			f.changed.Wait()
		}
	}
	return n, nil
}

// change changes a flow and wakes those that wait.
func (f *flow) change(how func()) {
	f.mu.Lock()
	defer f.mu.Unlock()
	how()
	f.changed.Broadcast()
}

func (p *pipeEnd) CloseWrite() error {
	p.out.change(func() { p.out.ended = true })
	return nil
}

// Close ends both directions. As over TCP, the other end sees a reset where
// octets of it were not read.
func (p *pipeEnd) Close() error {
	unread := false
	p.in.change(func() {
		unread = len(p.in.data) > 0 && !p.in.gone
		p.in.gone = true
		p.in.read.stop()
	})
	p.out.change(func() {
		p.out.ended = true
		p.out.reset = p.out.reset || unread || p.linger
		p.out.write.stop()
	})
	return nil
}

func (p *pipeEnd) SetLinger(sec int) error {
	p.linger = sec == 0
	return nil
}

func (e *expiry) stop() {
	if e.timer != nil {
		e.timer.Stop()
		e.timer = nil
	}
}

// expire sets a deadline of a flow.
func (f *flow) expire(e *expiry, t time.Time) error {
	f.change(func() {
		e.stop()
		e.over = false
		if t.IsZero() {
			return
		}
		var timer *time.Timer
		timer = time.AfterFunc(time.Until(t), func() {
			f.change(func() { e.over = e.over || e.timer == timer }) // unless there is a later deadline
		})
		e.timer = timer
	})
	return nil
}

func (p *pipeEnd) SetReadDeadline(t time.Time) error  { return p.in.expire(&p.in.read, t) }
func (p *pipeEnd) SetWriteDeadline(t time.Time) error { return p.out.expire(&p.out.write, t) }

func (p *pipeEnd) SetDeadline(t time.Time) error {
	_ = p.SetReadDeadline(t)
	return p.SetWriteDeadline(t)
}

func (p *pipeEnd) LocalAddr() net.Addr  { return pipeAddr{} }
func (p *pipeEnd) RemoteAddr() net.Addr { return pipeAddr{} }

type pipeAddr struct{}

func (pipeAddr) Network() string { return "pipe" }
func (pipeAddr) String() string  { return "pipe" }
