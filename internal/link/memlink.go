package link

import (
	"sync"
	"testing/synctest"
	"time"
)

// MemLink is our side of a [MemConn], for a conversation in a bubble. Whatever
// our side sees, the peer has done all that it could do by then.
type MemLink struct {
	conn    *MemConn
	written int       // writes that are to be reported
	readAt  time.Time // of the reading that was reported last
	given   []byte    // the input that was given out last
	timer   *time.Timer
	buffers *memBuffers // where the buffers came from

	// turn holds a value for the one conversation of several in a bubble that is
	// not waiting for its peer: only one of them may ask whether all is at rest.
	turn chan struct{}
}

// memBuffers are the two that a MemLink takes in turns, and room for what we send.
type memBuffers struct {
	given, received []byte
	segments        []segment
}

var memBufferPool = sync.Pool{New: func() any { return new(memBuffers) }}

// NewMemLink is called before the peer has c.
func NewMemLink(c *MemConn) *MemLink {
	b := memBufferPool.Get().(*memBuffers)
	c.received, c.segments = b.received[:0], b.segments[:0]
	return &MemLink{conn: c, given: b.given[:0], buffers: b}
}

// TakeTurns has the links of several conversations in a bubble wait for their peers
// one at a time. turn holds a value while none of them is at work.
func (l *MemLink) TakeTurns(turn chan struct{}) { l.turn = turn }

func (l *MemLink) release() {
	clear(l.conn.segments) // beyond its length it is clear: see take and forget
	*l.buffers = memBuffers{given: l.given, received: l.conn.received, segments: l.conn.segments}
	memBufferPool.Put(l.buffers)
	l.given, l.buffers, l.conn.received, l.conn.segments = nil, nil, nil, nil
}

// Write implements [Link].
func (l *MemLink) Write(b []byte, chop int) {
	l.conn.mu.Lock()
	defer l.conn.mu.Unlock()
	l.written++
	if l.conn.closed || l.conn.dropped || len(b) == 0 {
		return // as with TCP, which takes octets and finds nobody to bring them to
	}
	l.conn.segments = append(l.conn.segments, segment{data: b, chop: chop})
	l.conn.unread += len(b)
	l.conn.reader.cond.Broadcast()
}

// Next implements [Link].
func (l *MemLink) Next(deadline time.Time) Input {
	l.conn.mu.Lock()
	defer l.conn.mu.Unlock()
	for {
		if in, ok := l.writeDone(); ok {
			return in
		}
		l.conn.mu.Unlock()
		synctest.Wait()
		l.conn.mu.Lock()
		if in, ok := l.pending(); ok {
			return in
		}
		if in, ok := l.writeDone(); ok {
			return in
		}
		left := time.Until(deadline)
		if left <= 0 && l.conn.readAt.After(l.readAt) {
			l.readAt = l.conn.readAt
			return Input{Kind: Reading, At: l.readAt}
		}
		if left <= 0 {
			return Input{Kind: TimedOut, Quiet: l.conn.unread == 0}
		}
		l.wait(left)
	}
}

func (l *MemLink) writeDone() (Input, bool) {
	if l.written == 0 || l.conn.unread > l.conn.sendRoom() {
		return Input{}, false
	}
	l.written--
	return Input{Kind: Written}, true
}

// pending returns what there is of the peer, in the order in which it came.
func (l *MemLink) pending() (Input, bool) {
	switch {
	case l.conn.halted && l.conn.died == nil:
	case len(l.conn.received) > 0:
		// The buffer that was given out before takes what comes now.
		l.given, l.conn.received = l.conn.received, l.given[:0]
		l.conn.writer.cond.Broadcast()
		return Input{Kind: Data, Data: l.given}, true
	case l.conn.died != nil:
		return Input{Kind: Died, Err: l.conn.died, Data: l.conn.stack}, true
	case l.conn.broken:
		return Input{Kind: Reset}, true
	case l.conn.ended:
		return Input{Kind: EOF}, true
	}
	return Input{}, false
}

// wait waits for something of the peer's, for a time.
func (l *MemLink) wait(limit time.Duration) {
	if l.timer == nil {
		l.timer = time.AfterFunc(limit, l.wake)
	} else {
		l.timer.Reset(limit)
	}
	if l.turn != nil {
		<-l.turn
	}
	l.conn.link.Wait()
	l.timer.Stop()
	if l.turn != nil {
		l.conn.mu.Unlock()
		l.turn <- struct{}{}
		l.conn.mu.Lock()
	}
}

func (l *MemLink) wake() {
	l.conn.mu.Lock()
	l.conn.link.Broadcast()
	l.conn.mu.Unlock()
}

// Shutdown implements [Link].
func (l *MemLink) Shutdown() {
	l.conn.mu.Lock()
	defer l.conn.mu.Unlock()
	l.conn.sentEOF = true
	l.conn.reader.cond.Broadcast()
}

// Reset implements [Link].
func (l *MemLink) Reset() { l.end(true) }

// Close leaves what was written for the peer to read: in memory nothing has to
// be waited for.
func (l *MemLink) Close(bool) { l.end(false) }

func (l *MemLink) end(reset bool) {
	l.conn.mu.Lock()
	defer l.conn.mu.Unlock()
	l.conn.sentEOF, l.conn.gone = true, true
	if reset {
		l.conn.dropped = true
		l.conn.forget()
	}
	if l.timer != nil {
		l.timer.Stop()
	}
	l.conn.wakeAll()
}

// StopReading implements [Link].
func (l *MemLink) StopReading() { l.setHalted(true) }

// Resume implements [Link].
func (l *MemLink) Resume() { l.setHalted(false) }

func (l *MemLink) setHalted(halted bool) {
	l.conn.mu.Lock()
	defer l.conn.mu.Unlock()
	l.conn.halted = halted
	l.conn.writer.cond.Broadcast()
}

// Exact implements [Link].
func (l *MemLink) Exact() bool { return true }
