package engine

import (
	"sync"
	"testing/synctest"
	"time"
)

// memLink is our side of a [memConn], for a conversation in a bubble. Whatever
// our side sees, the peer has done all that it could do by then.
type memLink struct {
	conn    *memConn
	written int    // writes that are to be reported
	given   []byte // the input that was given out last
	timer   *time.Timer
	buffers *memBuffers // where the buffers came from

	// turn holds a value for the one conversation of several in a bubble that is
	// not waiting for its peer: only one of them may ask whether all is at rest.
	turn chan struct{}
}

// memBuffers are the two that a memLink takes in turns, and room for what we send.
type memBuffers struct {
	given, received []byte
	segments        []segment
}

var memBufferPool = sync.Pool{New: func() any { return new(memBuffers) }}

// newMemLink is called before the peer has c.
func newMemLink(c *memConn) *memLink {
	b := memBufferPool.Get().(*memBuffers)
	c.received, c.segments = b.received[:0], b.segments[:0]
	return &memLink{conn: c, given: b.given[:0], buffers: b}
}

// release lets go of the buffers, once no goroutine of the peer's is left.
func (l *memLink) release() {
	clear(l.conn.segments[:cap(l.conn.segments)])
	*l.buffers = memBuffers{given: l.given, received: l.conn.received, segments: l.conn.segments}
	memBufferPool.Put(l.buffers)
	l.given, l.buffers, l.conn.received, l.conn.segments = nil, nil, nil, nil
}

func (l *memLink) write(b []byte, chop int) {
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

func (l *memLink) next(deadline time.Time) input {
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
		if left <= 0 {
			return input{kind: inputDeadline, quiet: l.conn.unread == 0}
		}
		l.wait(left)
	}
}

func (l *memLink) writeDone() (input, bool) {
	if l.written == 0 || l.conn.unread > l.conn.sendRoom() {
		return input{}, false
	}
	l.written--
	return input{kind: inputWritten}, true
}

// pending returns what there is of the peer, in the order in which it came.
func (l *memLink) pending() (input, bool) {
	switch {
	case l.conn.halted && l.conn.died == nil:
	case len(l.conn.received) > 0:
		// The buffer that was given out before takes what comes now.
		l.given, l.conn.received = l.conn.received, l.given[:0]
		l.conn.writer.cond.Broadcast()
		return input{kind: inputData, data: l.given}, true
	case l.conn.died != nil:
		return input{kind: inputDied, err: l.conn.died, data: l.conn.died.stack}, true
	case l.conn.broken:
		return input{kind: inputReset}, true
	case l.conn.ended:
		return input{kind: inputEOF}, true
	}
	return input{}, false
}

// wait waits for something of the peer's, for a time.
func (l *memLink) wait(limit time.Duration) {
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

func (l *memLink) wake() {
	l.conn.mu.Lock()
	l.conn.link.Broadcast()
	l.conn.mu.Unlock()
}

func (l *memLink) shutdown() {
	l.conn.mu.Lock()
	defer l.conn.mu.Unlock()
	l.conn.sentEOF = true
	l.conn.reader.cond.Broadcast()
}

func (l *memLink) reset() { l.end(true) }

// close leaves what was written for the peer to read: in memory nothing has to
// be waited for.
func (l *memLink) close(bool) { l.end(false) }

func (l *memLink) end(reset bool) {
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

func (l *memLink) halt() { l.setHalted(true) }
func (l *memLink) goOn() { l.setHalted(false) }

func (l *memLink) setHalted(halted bool) {
	l.conn.mu.Lock()
	defer l.conn.mu.Unlock()
	l.conn.halted = halted
	l.conn.writer.cond.Broadcast()
}

func (l *memLink) exact() bool { return true }
