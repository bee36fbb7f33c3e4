// Package testpipe has a connection in memory for tests of one side at a time.
package testpipe

import (
	"errors"
	"io"
	"net"
	"os"
	"sync"
	"time"
)

// End is one end of a connection in memory. A writer never waits.
type End struct{ in, out *direction }

// direction is one of the two of a pipe.
type direction struct {
	mu    sync.Mutex
	cond  sync.Cond
	data  []byte
	ended bool // by the writer
	gone  bool // so is the reader
	late  bool // for the reader
	timer *time.Timer
	limit int
}

// ErrFull is the error of a write where more octets wait to be read than the limit.
var ErrFull = errors.New("pipe: nobody reads")

// New returns the two ends of a connection. A write fails while more than limit octets of
// its direction wait to be read; 0 means no limit.
func New(limit int) (a, b *End) {
	x, y := &direction{limit: limit}, &direction{limit: limit}
	x.cond.L, y.cond.L = &x.mu, &y.mu
	return &End{x, y}, &End{y, x}
}

func (d *direction) change(f func()) {
	d.mu.Lock()
	defer d.mu.Unlock()
	f()
	d.cond.Broadcast()
}

// Read reads what was written at the other end. It waits until there is something, the end, or the deadline.
func (p *End) Read(b []byte) (int, error) {
	d := p.in
	d.mu.Lock()
	defer d.mu.Unlock()
	for len(d.data) == 0 {
		switch {
		case d.gone:
			return 0, net.ErrClosed
		case d.ended:
			return 0, io.EOF
		case d.late:
			return 0, os.ErrDeadlineExceeded
		}
		d.cond.Wait()
	}
	n := copy(b, d.data)
	d.data = d.data[n:]
	return n, nil
}

// Write keeps a copy of b until it is read.
func (p *End) Write(b []byte) (n int, err error) {
	p.out.change(func() {
		switch {
		case p.out.ended || p.out.gone:
			err = net.ErrClosed
		case p.out.limit > 0 && len(p.out.data) > p.out.limit:
			err = ErrFull
		default:
			p.out.data = append(p.out.data, b...)
			n = len(b)
		}
	})
	return n, err
}

// Drain returns what there is to read, and whether that is all there will be.
func (p *End) Drain() (data []byte, ended bool) {
	p.in.change(func() {
		data, ended = p.in.data, p.in.ended
		p.in.data = nil
	})
	return data, ended
}

// CloseWrite ends the direction to the other end.
func (p *End) CloseWrite() error {
	p.out.change(func() { p.out.ended = true })
	return nil
}

// Close ends both directions.
func (p *End) Close() error {
	p.in.change(func() {
		p.in.gone = true
		if p.in.timer != nil {
			p.in.timer.Stop()
		}
	})
	return p.CloseWrite()
}

// SetReadDeadline bounds reads, also one that waits.
func (p *End) SetReadDeadline(t time.Time) error {
	d := p.in
	d.change(func() {
		if d.timer != nil {
			d.timer.Stop()
		}
		d.late, d.timer = false, nil
		if !t.IsZero() && !d.gone {
			d.timer = time.AfterFunc(time.Until(t), func() { d.change(func() { d.late = true }) })
		}
	})
	return nil
}

// SetDeadline is SetReadDeadline, since a write does not wait.
func (p *End) SetDeadline(t time.Time) error { return p.SetReadDeadline(t) }

// SetWriteDeadline does nothing.
func (p *End) SetWriteDeadline(time.Time) error { return nil }

// LocalAddr and RemoteAddr return an address of a network in memory.
func (p *End) LocalAddr() net.Addr  { return &net.UnixAddr{} }
func (p *End) RemoteAddr() net.Addr { return &net.UnixAddr{} }
