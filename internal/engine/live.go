package engine

import (
	"errors"
	"io"
	"net"
	"os"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// Sizes of a live connection's buffers.
const (
	readSize   = 64 << 10
	readAhead  = 4 // reads that may wait to be handled: bounds memory per connection
	writeQueue = 8
)

var readBuffers = sync.Pool{New: func() any { return new([readSize]byte) }}

// liveLink is a link over a socket. One goroutine reads, one writes, and the
// conversation's own never blocks on the network, so that a peer that answers
// while we still write cannot lock both up.
type liveLink struct {
	conn    net.Conn
	pace    *pace
	inputs  chan liveInput
	writes  chan liveWrite
	stop    chan struct{}
	timer   *time.Timer
	release *[readSize]byte // buffer of the input that was given out last
	pending int             // writes handed over and not yet reported
	abrupt  bool            // a connection that the peer has ended is not seen off
	ended   bool            // by the peer
	passing atomic.Bool     // octets were read and are not in inputs yet
	wg      sync.WaitGroup

	// Of the last write; the writing goroutine's.
	wroteAt    time.Time
	wroteApart bool // in a piece of its own
	gaps       int  // that were left between pieces

	mu     sync.Mutex
	halted chan struct{} // closed once we read on; nil while we do
}

type liveInput struct {
	input
	buf *[readSize]byte
}

type liveWrite struct {
	data     []byte
	chop     int
	shutdown bool
}

func newLiveLink(conn net.Conn, p *pace) *liveLink {
	l := &liveLink{
		conn:   conn,
		pace:   p,
		inputs: make(chan liveInput, readAhead),
		writes: make(chan liveWrite, writeQueue),
		stop:   make(chan struct{}),
		timer:  time.NewTimer(time.Hour),
	}
	lag.begin()
	l.wg.Add(2)
	go l.readLoop()
	go l.writeLoop()
	return l
}

// tell passes an input on unless the link was closed.
func (l *liveLink) tell(in liveInput) bool {
	select {
	case l.inputs <- in:
		return true
	case <-l.stop:
		return false
	}
}

func (l *liveLink) readLoop() {
	defer l.wg.Done()
	for {
		buf := readBuffers.Get().(*[readSize]byte)
		n, err := l.conn.Read(buf[:])
		l.passing.Store(true)
		// A deadline is that of a context that has ended, which nothing holds up.
		if !errors.Is(err, os.ErrDeadlineExceeded) && !l.mayRead() {
			return
		}
		if n > 0 {
			if !l.tell(liveInput{input{kind: inputData, data: buf[:n]}, buf}) {
				return
			}
		} else {
			readBuffers.Put(buf)
		}
		if err != nil {
			l.tell(liveInput{input: input{kind: endKind(err), err: err}})
			return
		}
		l.passing.Store(false)
	}
}

// haltedReceive is the size of the receive buffer in octets while we do not read: the
// peer's writes are to block soon.
const haltedReceive = 32 << 10

func (l *liveLink) halt() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.halted == nil {
		l.halted = make(chan struct{})
	}
	if c, ok := underlying(l.conn).(interface{ SetReadBuffer(int) error }); ok {
		_ = c.SetReadBuffer(haltedReceive) // else it takes longer
	}
}

func (l *liveLink) goOn() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.halted != nil {
		close(l.halted)
		l.halted = nil
	}
}

func (l *liveLink) isHalted() <-chan struct{} {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.halted
}

// mayRead waits while we do not read. It reports false where the link was closed.
// What a read that was under way has brought waits too.
func (l *liveLink) mayRead() bool {
	over := l.isHalted()
	if over == nil {
		return true
	}
	select {
	case <-over:
		return true
	case <-l.stop:
		return false
	}
}

// endKind tells an orderly end of the stream from a broken connection.
func endKind(err error) inputKind {
	// A TLS peer that drops TCP without close_notify has ended its stream as
	// far as WebSocket is concerned.
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return inputEOF
	}
	return inputReset
}

func (l *liveLink) writeLoop() {
	defer l.wg.Done()
	var failed error
	for {
		var w liveWrite
		select {
		case w = <-l.writes:
		case <-l.stop:
			return
		}
		if failed == nil {
			failed = l.writeOut(w)
			if failed != nil {
				l.tell(liveInput{input: input{kind: inputFailed, err: failed}})
			}
		}
		if !w.shutdown && !l.tell(liveInput{input: input{kind: inputWritten, at: time.Now()}}) {
			return
		}
	}
}

func (l *liveLink) writeOut(w liveWrite) error {
	if w.shutdown {
		if c, ok := l.conn.(interface{ CloseWrite() error }); ok {
			return c.CloseWrite()
		}
		return nil
	}
	paced := w.chop > 0 && (len(w.data) <= pacedOctets || w.chop >= len(w.data))
	for len(w.data) > 0 {
		n := len(w.data)
		if w.chop > 0 {
			n = min(n, w.chop)
		}
		// What was written apart stays apart from what comes after it, too.
		if paced || l.wroteApart {
			time.Sleep(l.gap() - time.Since(l.wroteAt))
		}
		if _, err := l.conn.Write(w.data[:n]); err != nil {
			return err
		}
		l.wroteAt, l.wroteApart = time.Now(), paced
		w.data = w.data[n:]
	}
	return nil
}

// pacedPieces is how many pieces of a connection are written at the pace of the
// peer. The gaps between thousands would take longer than all else in a run.
const pacedPieces = 128

// gap is the time to the next piece.
func (l *liveLink) gap() time.Duration {
	if l.gaps++; l.gaps > pacedPieces {
		return minPieceGap
	}
	return l.pace.pieceGap()
}

func (l *liveLink) write(b []byte, chop int) { l.hand(liveWrite{data: b, chop: chop}) }

func (l *liveLink) shutdown() { l.hand(liveWrite{shutdown: true}) }

func (l *liveLink) hand(w liveWrite) {
	if !w.shutdown {
		l.pending++
	}
	select {
	case l.writes <- w:
	case <-l.stop:
	}
}

func (l *liveLink) next(deadline time.Time) input {
	if l.release != nil {
		readBuffers.Put(l.release)
		l.release = nil
	}
	for lost := lag.lost(); ; {
		select {
		case in := <-l.inputs:
			return l.take(in)
		default:
		}
		l.timer.Reset(time.Until(deadline))
		select {
		case in := <-l.inputs:
			return l.take(in)
		case <-l.timer.C:
		}
		// Time in which this process did not run is nobody's delay, and what has
		// arrived by now is looked at before anything is concluded.
		if now := lag.lost(); now > lost {
			deadline, lost = deadline.Add(now-lost), now
			if time.Now().Before(deadline) {
				continue
			}
		}
		if in, ok := l.arriving(); ok {
			return l.take(in)
		}
		return input{kind: inputDeadline}
	}
}

// arrivalPoll and arrivalTries bound the wait for octets that the system has for
// us: the records of TLS may be incomplete.
const (
	arrivalPoll  = time.Millisecond
	arrivalTries = 50
)

// arriving returns what the peer has sent by now and our reader has not passed on
// yet, if there is anything.
func (l *liveLink) arriving() (liveInput, bool) {
	for range arrivalTries {
		if l.ended || l.isHalted() != nil || !l.passing.Load() && !readable(l.conn) {
			break
		}
		l.timer.Reset(arrivalPoll)
		select {
		case in := <-l.inputs:
			return in, true
		case <-l.timer.C:
		}
	}
	select {
	case in := <-l.inputs:
		return in, true
	default:
		return liveInput{}, false
	}
}

func (l *liveLink) take(in liveInput) input {
	l.release = in.buf
	switch in.kind {
	case inputWritten:
		l.pending--
	case inputEOF, inputReset:
		l.ended = true
	}
	return in.input
}

func (l *liveLink) reset() {
	noLinger(l.conn)
	l.close(false)
}

// noLinger has a connection reset when it is closed, so that neither system
// keeps anything of it.
func noLinger(conn net.Conn) {
	if c, ok := underlying(conn).(interface{ SetLinger(int) error }); ok {
		_ = c.SetLinger(0) // the close that follows is what matters
	}
}

// underlying returns the connection that TLS is spoken over, or conn itself.
func underlying(conn net.Conn) net.Conn {
	if t, ok := conn.(interface{ NetConn() net.Conn }); ok {
		return t.NetConn()
	}
	return conn
}

// flushWait bounds how long a close waits for octets that a peer does not read.
const flushWait = time.Second

func (l *liveLink) close(flush bool) {
	if flush {
		deadline := time.Now().Add(flushWait)
		_ = l.conn.SetWriteDeadline(deadline)
		for l.pending > 0 {
			if in := l.next(deadline); in.kind == inputDeadline {
				break
			}
		}
	}
	if l.abrupt && l.ended {
		noLinger(l.conn)
	}
	close(l.stop)
	_ = l.conn.Close()
	l.timer.Stop()
	l.wg.Wait()
	lag.end()
}

func (l *liveLink) exact() bool { return false }

// brokenPipe reports whether a write failed because the peer had gone.
func brokenPipe(err error) bool {
	return errors.Is(err, syscall.EPIPE) || errors.Is(err, syscall.ECONNRESET) ||
		errors.Is(err, net.ErrClosed) || errors.Is(err, io.ErrClosedPipe) || errors.Is(err, os.ErrClosed)
}
