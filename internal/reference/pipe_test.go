package reference_test

import (
	"errors"
	"io"
	"net"
	"os"
	"sync"
	"time"
)

// pipeLimit is the number of unread octets from which on a pipe takes no more.
const pipeLimit = 1 << 20

// pipeEnd is one end of an in-memory connection. What is written is kept until
// it is read, and nobody waits for a reader.
type pipeEnd struct {
	in, out *stream
}

// stream is one direction of a pipe.
type stream struct {
	mu      sync.Mutex
	changed sync.Cond
	data    []byte
	ended   bool // by the writer
	broken  bool // by the reader, who has gone
	expired bool
	timer   *time.Timer
}

var (
	errBroken = errors.New("pipe: the other end is closed")
	errClosed = errors.New("pipe: closed")
	errFull   = errors.New("pipe: nobody reads")
)

func newPipe() (a, b *pipeEnd) {
	s, t := new(stream), new(stream)
	s.changed.L, t.changed.L = &s.mu, &t.mu
	return &pipeEnd{in: s, out: t}, &pipeEnd{in: t, out: s}
}

func (p *pipeEnd) Read(b []byte) (int, error) {
	s := p.in
	s.mu.Lock()
	defer s.mu.Unlock()
	for len(s.data) == 0 {
		switch {
		case s.broken:
			return 0, errClosed
		case s.ended:
			return 0, io.EOF
		case s.expired:
			return 0, os.ErrDeadlineExceeded
		}
		s.changed.Wait()
	}
	n := copy(b, s.data)
	s.data = s.data[n:]
	return n, nil
}

func (p *pipeEnd) Write(b []byte) (int, error) {
	s := p.out
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ended || s.broken {
		return 0, errBroken
	}
	if len(s.data) > pipeLimit {
		return 0, errFull
	}
	s.data = append(s.data, b...)
	s.changed.Broadcast()
	return len(b), nil
}

// drain returns what is there to read, without waiting, and whether it is all
// there will ever be.
func (p *pipeEnd) drain() ([]byte, bool) {
	s := p.in
	s.mu.Lock()
	defer s.mu.Unlock()
	b := s.data
	s.data = nil
	return b, s.ended
}

func (p *pipeEnd) CloseWrite() error {
	s := p.out
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ended = true
	s.changed.Broadcast()
	return nil
}

func (p *pipeEnd) Close() error {
	p.CloseWrite()
	s := p.in
	s.mu.Lock()
	defer s.mu.Unlock()
	s.broken = true
	if s.timer != nil {
		s.timer.Stop()
	}
	s.changed.Broadcast()
	return nil
}

func (p *pipeEnd) SetDeadline(t time.Time) error { return p.SetReadDeadline(t) }

func (p *pipeEnd) SetReadDeadline(t time.Time) error {
	s := p.in
	s.mu.Lock()
	defer s.mu.Unlock()
	s.expired = false
	if s.timer != nil {
		s.timer.Stop()
	}
	s.timer = time.AfterFunc(time.Until(t), func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.expired = true
		s.changed.Broadcast()
	})
	return nil
}

func (p *pipeEnd) SetWriteDeadline(time.Time) error { return nil }

func (p *pipeEnd) LocalAddr() net.Addr  { return pipeAddr{} }
func (p *pipeEnd) RemoteAddr() net.Addr { return pipeAddr{} }

type pipeAddr struct{}

func (pipeAddr) Network() string { return "pipe" }
func (pipeAddr) String() string  { return "pipe" }
