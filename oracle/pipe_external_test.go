package oracle_test

import (
	"errors"
	"io"
	"net"
	"os"
	"sync"
	"time"
)

// pipeEnd is one end of an in-memory connection with unbounded buffers, so that
// a writer waits for nobody.
type pipeEnd struct{ in, out *direction }

// direction is one of the two of a pipe.
type direction struct {
	mu    sync.Mutex
	cond  sync.Cond
	data  []byte
	ended bool // by the writer
	gone  bool // so is the reader
	late  bool // for the reader
	timer *time.Timer
}

var errGone = errors.New("pipe: nobody reads")

func newPipe() (a, b *pipeEnd) {
	x, y := new(direction), new(direction)
	x.cond.L, y.cond.L = &x.mu, &y.mu
	return &pipeEnd{x, y}, &pipeEnd{y, x}
}

func (d *direction) change(f func()) {
	d.mu.Lock()
	defer d.mu.Unlock()
	f()
	d.cond.Broadcast()
}

func (p *pipeEnd) Read(b []byte) (int, error) {
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

func (p *pipeEnd) Write(b []byte) (n int, err error) {
	p.out.change(func() {
		if p.out.ended || p.out.gone {
			err = errGone
			return
		}
		p.out.data = append(p.out.data, b...)
		n = len(b)
	})
	return n, err
}

// drain returns what there is to read, and whether that is all there will be.
func (p *pipeEnd) drain() (data []byte, ended bool) {
	p.in.change(func() {
		data, ended = p.in.data, p.in.ended
		p.in.data = nil
	})
	return data, ended
}

func (p *pipeEnd) CloseWrite() error {
	p.out.change(func() { p.out.ended = true })
	return nil
}

func (p *pipeEnd) Close() error {
	p.in.change(func() {
		p.in.gone = true
		if p.in.timer != nil {
			p.in.timer.Stop()
		}
	})
	return p.CloseWrite()
}

func (p *pipeEnd) SetReadDeadline(t time.Time) error {
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

func (p *pipeEnd) SetDeadline(t time.Time) error    { return p.SetReadDeadline(t) }
func (p *pipeEnd) SetWriteDeadline(time.Time) error { return nil }
func (p *pipeEnd) LocalAddr() net.Addr              { return &net.UnixAddr{} }
func (p *pipeEnd) RemoteAddr() net.Addr             { return &net.UnixAddr{} }
