package link

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

// Socket is a link over a connection of the system. One goroutine reads, one writes, and the
// conversation's own never blocks on the network, so that a peer that answers
// while we still write cannot lock both up.
type Socket struct {
	conn    net.Conn
	gap     func() time.Duration // between two pieces of a write
	inputs  chan socketInput
	writes  chan socketWrite
	stop    chan struct{}
	timer   *time.Timer
	release *[readSize]byte // buffer of the input that was given out last
	pending int             // writes handed over and not yet reported
	Abrupt  bool            // a connection that the peer has ended is closed with a reset
	ended   bool            // by the peer
	passing atomic.Bool     // octets were read and are not in inputs yet
	reset   atomic.Bool     // the system has reported a reset, but not to our reader
	peeking sync.Mutex      // held by those who may be told of one
	writing sync.Mutex
	wg      sync.WaitGroup

	// Of the last write; the writing goroutine's.
	wroteAt    time.Time
	wroteApart bool // in a piece of its own
	gaps       int  // that were left between pieces

	mu     sync.Mutex
	halted chan struct{} // closed once we read on; nil while we do
}

type socketInput struct {
	Input
	buf *[readSize]byte
}

type socketWrite struct {
	data     []byte
	chop     int
	shutdown bool
}

// NewSocket returns a link over conn. gap returns the time between two pieces of a
// write that is chopped.
func NewSocket(conn net.Conn, gap func() time.Duration) *Socket {
	l := &Socket{
		conn:   conn,
		gap:    gap,
		inputs: make(chan socketInput, readAhead),
		writes: make(chan socketWrite, writeQueue),
		stop:   make(chan struct{}),
		timer:  time.NewTimer(time.Hour),
	}
	lag.begin()
	l.wg.Add(2)
	go l.readLoop()
	go l.writeLoop()
	return l
}

// pass passes an input on unless the link was closed.
func (l *Socket) pass(in socketInput) bool {
	select {
	case l.inputs <- in:
		return true
	case <-l.stop:
		return false
	}
}

func (l *Socket) readLoop() {
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
			if !l.pass(socketInput{Input{Kind: Data, Data: buf[:n]}, buf}) {
				return
			}
		} else {
			readBuffers.Put(buf)
		}
		if err != nil {
			kind := endKind(err)
			if kind == EOF && l.wasReset() {
				kind, err = Reset, syscall.ECONNRESET
			}
			l.pass(socketInput{Input: Input{Kind: kind, Err: err}})
			return
		}
		l.passing.Store(false)
	}
}

// haltedReceive is the size of the receive buffer in octets while we do not read: the
// peer's writes are to block soon.
const haltedReceive = 16 << 10

// resumedReceive is its size once we read on: what waited comes faster than in pieces of
// haltedReceive.
const resumedReceive = 256 << 10

// StopReading implements [Link].
func (l *Socket) StopReading() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.halted == nil {
		l.halted = make(chan struct{})
	}
	l.setReadBuffer(haltedReceive)
}

// setReadBuffer sets the size of the receive buffer. Without it all takes longer.
func (l *Socket) setReadBuffer(octets int) {
	if c, ok := underlying(l.conn).(interface{ SetReadBuffer(int) error }); ok {
		_ = c.SetReadBuffer(octets)
	}
}

// Resume implements [Link].
func (l *Socket) Resume() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.halted != nil {
		l.setReadBuffer(resumedReceive)
		close(l.halted)
		l.halted = nil
	}
}

func (l *Socket) isHalted() <-chan struct{} {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.halted
}

// mayRead waits while we do not read. It reports false where the link was closed.
// What a read that was under way has brought waits too.
func (l *Socket) mayRead() bool {
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

// endKind distinguishes an orderly end of the stream from a broken connection.
func endKind(err error) Kind {
	// A TLS peer that drops TCP without close_notify has ended its stream as
	// far as WebSocket is concerned.
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return EOF
	}
	return Reset
}

// wasReset reports, at the end of the stream, whether the peer has reset the connection. The
// system says so once: if a write of ours was told, a read sees an orderly end, after
// octets that may not be the last that the peer has sent.
func (l *Socket) wasReset() bool {
	if !over(l.conn) {
		return false
	}
	for _, asks := range []*sync.Mutex{&l.peeking, &l.writing} {
		asks.Lock() // whoever was told has noted it then
		defer asks.Unlock()
	}
	return l.reset.Load()
}

// isReadable is readable for the connection.
func (l *Socket) isReadable() bool {
	l.peeking.Lock()
	defer l.peeking.Unlock()
	yes, reset := readable(l.conn)
	if reset {
		l.reset.Store(true)
	}
	return yes
}

// write writes octets at once.
func (l *Socket) write(b []byte) error {
	l.writing.Lock()
	defer l.writing.Unlock()
	_, err := l.conn.Write(b)
	if errors.Is(err, syscall.ECONNRESET) {
		l.reset.Store(true)
	}
	return err
}

func (l *Socket) writeLoop() {
	defer l.wg.Done()
	var failed error
	for {
		var w socketWrite
		select {
		case w = <-l.writes:
		case <-l.stop:
			return
		}
		if failed == nil {
			failed = l.writeOut(w)
			if failed != nil {
				l.pass(socketInput{Input: Input{Kind: Failed, Err: failed}})
			}
		}
		if !w.shutdown && !l.pass(socketInput{Input: Input{Kind: Written, At: time.Now()}}) {
			return
		}
	}
}

// Chopped writes of at most pacedOctets leave a gap between their pieces: a peer that
// does its work in several tasks gets round to what it has read before it reads on.
const pacedOctets = 1 << 10

func (l *Socket) writeOut(w socketWrite) error {
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
			time.Sleep(l.nextGap() - time.Since(l.wroteAt))
		}
		if err := l.write(w.data[:n]); err != nil {
			return err
		}
		l.wroteAt, l.wroteApart = time.Now(), paced
		w.data = w.data[n:]
	}
	return nil
}

// pacedPieces is how many pieces of a connection are written at the speed of the
// peer. The gaps between thousands would take longer than all else in a run.
const pacedPieces = 128

// MinGap is the least time between two pieces.
const MinGap = 250 * time.Microsecond

func (l *Socket) nextGap() time.Duration {
	if l.gaps++; l.gaps > pacedPieces {
		return MinGap
	}
	return l.gap()
}

// Write implements [Link].
func (l *Socket) Write(b []byte, chop int) { l.hand(socketWrite{data: b, chop: chop}) }

// Shutdown implements [Link].
func (l *Socket) Shutdown() { l.hand(socketWrite{shutdown: true}) }

func (l *Socket) hand(w socketWrite) {
	if !w.shutdown {
		l.pending++
	}
	select {
	case l.writes <- w:
	case <-l.stop:
	}
}

// Next implements [Link].
func (l *Socket) Next(deadline time.Time) Input {
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
		// Time in which this process did not run is not the peer's delay, and what has
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
		return Input{Kind: TimedOut, Underway: underway(l.conn)}
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
func (l *Socket) arriving() (socketInput, bool) {
	for range arrivalTries {
		if l.ended || l.isHalted() != nil || !l.passing.Load() && !l.isReadable() {
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
		return socketInput{}, false
	}
}

func (l *Socket) take(in socketInput) Input {
	l.release = in.buf
	switch in.Kind {
	case Written:
		l.pending--
	case EOF, Reset:
		l.ended = true
	}
	return in.Input
}

// Reset implements [Link].
func (l *Socket) Reset() {
	NoLinger(l.conn)
	l.Close(false)
}

// flushWait bounds how long a close waits for octets that a peer does not read.
const flushWait = time.Second

// Close implements [Link].
func (l *Socket) Close(flush bool) {
	if flush {
		deadline := time.Now().Add(flushWait)
		_ = l.conn.SetWriteDeadline(deadline)
		for l.pending > 0 {
			if in := l.Next(deadline); in.Kind == TimedOut {
				break
			}
		}
	}
	if l.Abrupt && l.ended {
		NoLinger(l.conn)
	}
	close(l.stop)
	_ = l.conn.Close()
	l.timer.Stop()
	l.wg.Wait()
	lag.end()
}

// Exact implements [Link].
func (l *Socket) Exact() bool { return false }
