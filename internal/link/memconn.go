package link

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// Sizes of a MemConn's buffers, in octets.
const (
	memReceive = 1 << 20 // that the peer may write before we read
	memSend    = 1 << 20 // that we may write ahead of what the peer reads

	// The same while we do not read. The peer's writes are to block soon, and ours
	// not at all, as long as a system's buffers would take them.
	memHaltedReceive = 4 << 10
	memHaltedSend    = 16 << 20
)

// MemConn is a connection in memory. The peer has it as a [net.Conn]; our side
// is a [MemLink]. Both directions are buffered, so that two sides that write at
// the same time do not lock each other up, as they would over [net.Pipe]. Its
// deadlines are on the clock of the bubble that it lives in.
type MemConn struct {
	mu     sync.Mutex
	link   sync.Cond // our side waits for the peer
	reader memWaiter // the peer waits for octets of ours
	writer memWaiter // the peer waits for room

	// From us to the peer.
	segments []segment
	taken    int       // of segments
	unread   int       // octets of segments
	readAt   time.Time // of octets after which others were left
	sentEOF  bool      // we write no more
	gone     bool      // we read no more
	dropped  bool      // we dropped the connection
	halted   bool      // we do not read for a while
	writing  bool      // a write of the peer's is under way: as over TCP, another one waits for it

	// From the peer to us.
	received []byte
	ended    bool // the peer writes no more
	broken   bool // the peer dropped the connection, so that we see a reset
	closed   bool // by the peer
	linger   bool // Close drops the connection

	died   error // why the peer is gone; nil while it is not
	stack  []byte
	watch  *Watch
	born   int64  // on the clock of the bubble, in seconds
	spins  int    // calls after the end
	idle   int    // calls since octets moved last
	parked string // what the peer did that had its calls wait for good; "" for nothing
}

// segment is what was written in one go; a read of the peer's never goes beyond
// the next multiple of chop, where that is positive.
type segment struct {
	data []byte
	chop int
	pos  int
}

// memWaiter is one kind of call that blocks, with its deadline.
type memWaiter struct {
	cond     sync.Cond
	deadline time.Time
	timer    *time.Timer
}

// Watch is what is seen of the peers of memConns from outside of their bubbles.
type Watch struct {
	Progress atomic.Int64 // calls of Read and Write
	Foreign  *atomic.Bool // one was called by a goroutine outside of its bubble
}

func NewMemConn(w *Watch) *MemConn {
	c := &MemConn{watch: w, born: time.Now().Unix()}
	c.link.L, c.reader.cond.L, c.writer.cond.L = &c.mu, &c.mu, &c.mu
	return c
}

// wait waits for a change, or for the deadline. The lock is held.
func (w *memWaiter) wait() {
	if w.deadline.IsZero() {
		w.cond.Wait()
		return
	}
	left := time.Until(w.deadline)
	if w.timer == nil {
		w.timer = time.AfterFunc(left, w.wake)
	} else {
		w.timer.Reset(left)
	}
	w.cond.Wait()
	w.timer.Stop()
}

func (w *memWaiter) wake() {
	w.cond.L.Lock()
	w.cond.Broadcast()
	w.cond.L.Unlock()
}

func (w *memWaiter) expired() bool { return !w.deadline.IsZero() && !time.Now().Before(w.deadline) }

// Bounds of the calls that a peer makes. A peer that makes more will never stop, and
// waits from then on, so that it is found.
const (
	maxSpins = 10_000  // on a connection that is over
	maxIdle  = 1 << 20 // in a row that move no octet; one that polls makes many
)

// ErrForeign is the error of a call from outside of the bubble. It would wake
// goroutines within, which the runtime forbids.
var ErrForeign = errors.New("wscheck: a connection of a bubble was used by a goroutine outside of it: set Config.Live")

// maxAge is far more than a conversation lasts, and far less than the clock of a
// bubble, which begins in the year 2000, lags any other.
const maxAge = 365 * 24 * 60 * 60 // seconds

// foreign reports whether the caller's clock is not that of the bubble.
func (c *MemConn) foreign() bool {
	if time.Now().Unix()-c.born < maxAge {
		return false
	}
	c.watch.Foreign.Store(true)
	return true
}

// call counts a call of the peer's. The lock is held.
func (c *MemConn) call() {
	c.watch.Progress.Add(1)
	if c.idle++; c.idle > maxIdle {
		c.park(fmt.Sprintf("made more than %d calls in a row that moved no octet", maxIdle))
	}
}

// park has a call wait for good.
func (c *MemConn) park(did string) {
	c.parked = did
	c.mu.Unlock()
	defer c.mu.Lock()
	select {}
}

// over is the error of a call that fails, now and ever after.
func (c *MemConn) over(op string, err error) error {
	if c.spins++; c.spins > maxSpins {
		c.park(fmt.Sprintf("made more than %d calls on a connection that was over", maxSpins))
	}
	if err == io.EOF {
		return err
	}
	return &net.OpError{Op: op, Net: "tcp", Source: peerAddr, Addr: ourAddr, Err: err}
}

// Read reads octets of ours, at most up to the end of what was written in one
// go.
func (c *MemConn) Read(p []byte) (int, error) {
	if c.foreign() {
		return 0, ErrForeign
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.call()
	for {
		switch {
		case c.closed:
			return 0, c.over("read", net.ErrClosed)
		case c.reader.expired():
			return 0, c.over("read", os.ErrDeadlineExceeded)
		case c.dropped:
			return 0, c.over("read", syscall.ECONNRESET)
		case len(p) == 0:
			return 0, nil
		case c.unread > 0:
			return c.take(p), nil
		case c.sentEOF:
			return 0, c.over("read", io.EOF)
		}
		c.reader.wait()
	}
}

// take moves octets of the first segment to p.
func (c *MemConn) take(p []byte) int {
	s := &c.segments[c.taken]
	n := len(s.data) - s.pos
	if s.chop > 0 {
		n = min(n, s.chop-s.pos%s.chop)
	}
	n = copy(p, s.data[s.pos:s.pos+n])
	s.pos += n
	c.idle = 0
	full := c.unread > c.sendRoom()
	if c.unread -= n; c.unread > 0 {
		c.readAt = time.Now()
	}
	if s.pos == len(s.data) {
		*s = segment{}
		if c.taken++; c.taken == len(c.segments) {
			c.segments, c.taken = c.segments[:0], 0
		}
	}
	if full && c.unread <= c.sendRoom() {
		c.link.Broadcast()
	}
	return n
}

// ReadAt is when the peer last read octets and left others of what it was sent.
func (c *MemConn) ReadAt() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.readAt
}

// forget drops what the peer has not read.
func (c *MemConn) forget() {
	clear(c.segments)
	c.segments, c.taken, c.unread = c.segments[:0], 0, 0
}

func (c *MemConn) endWrite() {
	c.writing = false
	c.writer.cond.Broadcast()
}

func (c *MemConn) receiveRoom() int {
	if c.halted {
		return memHaltedReceive
	}
	return memReceive
}

func (c *MemConn) sendRoom() int {
	if c.halted {
		return memHaltedSend
	}
	return memSend
}

// Write writes octets to us, and blocks while too many are not read.
func (c *MemConn) Write(p []byte) (n int, err error) {
	if c.foreign() {
		return 0, ErrForeign
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.call()
	for c.writing && !c.closed {
		c.writer.cond.Wait()
	}
	c.writing = true
	defer c.endWrite()
	for {
		switch {
		case c.closed:
			return n, c.over("write", net.ErrClosed)
		case c.writer.expired():
			return n, c.over("write", os.ErrDeadlineExceeded)
		case c.ended || c.gone || c.dropped:
			return n, c.over("write", syscall.EPIPE)
		}
		if k := min(len(p)-n, c.receiveRoom()-len(c.received)); k > 0 {
			c.received = append(c.received, p[n:n+k]...)
			n += k
			c.idle = 0
			c.link.Broadcast()
		}
		if n == len(p) {
			return n, nil
		}
		c.writer.wait()
	}
}

// Close closes both directions. As over TCP, we see a reset where octets of
// ours were not read.
func (c *MemConn) Close() error {
	if c.foreign() {
		return ErrForeign
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return c.over("close", net.ErrClosed)
	}
	c.closed, c.ended = true, true
	c.broken = c.broken || c.linger || c.unread > 0
	c.forget()
	c.wakeAll()
	return nil
}

// CloseWrite ends the direction from the peer to us, as TCP can.
func (c *MemConn) CloseWrite() error {
	if c.foreign() {
		return ErrForeign
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return c.over("close", net.ErrClosed)
	}
	c.ended = true
	c.wakeAll()
	return nil
}

// SetLinger has Close drop the connection if sec is 0, as TCP does.
func (c *MemConn) SetLinger(sec int) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.linger = sec == 0
	return nil
}

func (c *MemConn) wakeAll() {
	c.link.Broadcast()
	c.reader.cond.Broadcast()
	c.writer.cond.Broadcast()
}

// LocalAddr returns an address of the loopback interface, for peers that look
// at its form.
func (c *MemConn) LocalAddr() net.Addr { return peerAddr }

// RemoteAddr returns an address of the loopback interface.
func (c *MemConn) RemoteAddr() net.Addr { return ourAddr }

var (
	peerAddr = &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 80}
	ourAddr  = &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 49152}
)

// SetDeadline sets the deadline of reads and writes.
func (c *MemConn) SetDeadline(t time.Time) error {
	return c.setDeadlines(t, &c.reader, &c.writer)
}

// SetReadDeadline sets the deadline of reads.
func (c *MemConn) SetReadDeadline(t time.Time) error { return c.setDeadlines(t, &c.reader) }

// SetWriteDeadline sets the deadline of writes.
func (c *MemConn) SetWriteDeadline(t time.Time) error { return c.setDeadlines(t, &c.writer) }

func (c *MemConn) setDeadlines(t time.Time, waiters ...*memWaiter) error {
	if c.foreign() {
		return ErrForeign
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.call()
	if c.closed {
		return c.over("set", net.ErrClosed)
	}
	c.spins = 0 // a peer that polls does not spin
	for _, w := range waiters {
		w.deadline = t
		w.cond.Broadcast()
	}
	return nil
}

// Die has our side see that the peer is gone, and where it was.
func (c *MemConn) Die(why error, stack []byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.died, c.stack, c.closed = why, stack, true
	c.wakeAll()
}

// DidWithoutEnd returns what the peer did that had its calls wait for good, "" for
// nothing.
func (c *MemConn) DidWithoutEnd() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.parked
}
