package http2

import (
	"encoding/binary"
	"net"
	"os"
	"time"

	"github.com/wscheck/wscheck/internal/h2frame"
)

// lane is the connection of one stream among several.
type lane struct {
	mux    *mux
	id     uint32
	window int64 // for our DATA
	asked  bool  // an ordinary request

	// Of mux.mu.
	in     []byte
	begun  bool // our first SETTINGS are sent
	ended  bool // by us
	gone   bool // reset by the client
	closed bool
	torn   bool // an incomplete frame was written
	fell   bool // the client ended the connection while other WebSockets were open on it
	deadlines
}

// Fell implements [engine.Lane].
func (l *lane) Fell() bool {
	l.mux.mu.Lock()
	defer l.mux.mu.Unlock()
	return l.fell
}

// feed gives the lane octets of the client's. mux.mu is held.
func (l *lane) feed(b []byte) {
	if l.asked || l.closed {
		return
	}
	if l.in = append(l.in, b...); len(l.in) > mostInput {
		l.mux.put(resetFrame(l.id, errorFlow))
		l.gone, l.in = true, nil
	}
	l.mux.cond.Broadcast()
}

// Read reads octets of the connection.
func (l *lane) Read(p []byte) (int, error) {
	m := l.mux
	m.mu.Lock()
	defer m.mu.Unlock()
	for len(l.in) == 0 {
		switch {
		case l.closed:
			return 0, net.ErrClosed
		case l.read.expired():
			return 0, os.ErrDeadlineExceeded
		case m.over:
			return 0, m.err
		}
		m.cond.Wait()
	}
	n := copy(p, l.in)
	l.in = l.in[n:]
	return n, nil
}

// Write writes octets, which end at the end of a frame unless they are wrong.
func (l *lane) Write(p []byte) (int, error) {
	m := l.mux
	m.mu.Lock()
	defer m.mu.Unlock()
	for b := p; len(b) > 0; {
		f, size := parseFrame(b)
		if size == 0 {
			m.out = append(m.out, b...)
			l.torn = true
			m.cond.Broadcast()
			break
		}
		if l.passes(&f) {
			for len(m.out) > mostOutput || f.Type == h2frame.Data && f.Stream == l.id && int64(len(f.Body)) > m.window {
				if err := l.unwritable(); err != nil {
					return len(p) - len(b), err
				}
				m.cond.Wait()
			}
			if f.Type == h2frame.Data {
				m.window -= int64(len(f.Body))
			}
			l.ended = l.ended || f.Stream == l.id && (f.Type == h2frame.Reset || f.Flags&h2frame.FlagEnd != 0 && (f.Type == h2frame.Data || f.Type == h2frame.Headers))
			m.out = append(m.out, b[:size]...)
			m.cond.Broadcast()
		}
		b = b[size:]
	}
	if err := l.unwritable(); err != nil {
		return 0, err
	}
	return len(p), nil
}

func (l *lane) unwritable() error {
	switch {
	case l.closed:
		return net.ErrClosed
	case l.write.expired():
		return os.ErrDeadlineExceeded
	case l.mux.over:
		return l.mux.err
	}
	return nil
}

// passes reports whether a frame of the lane's goes over the connection: what the
// connection does by itself does not.
func (l *lane) passes(f *frame) bool {
	m := l.mux
	ack := f.Flags&h2frame.FlagAck != 0
	switch {
	case f.Type == h2frame.Settings && f.Stream == 0 && len(f.Body)%6 == 0:
		if ack {
			return len(f.Body) > 0
		}
		if !l.begun {
			l.begun = true
			for _, set := range settingsOf(f.Body) {
				if set.id == h2frame.SettingWindow && set.value != largeWindow {
					m.leave() // other streams are to have another window
				}
			}
		}
		m.acks = append(m.acks, l)
	case f.Type == h2frame.Ping && f.Stream == 0 && len(f.Body) == 8:
		if !ack {
			m.pings = append(m.pings, l)
		}
		return !ack
	case f.Type == h2frame.Window && f.Stream == 0 && len(f.Body) == 4:
		n := int64(binary.BigEndian.Uint32(f.Body))
		if n == largeWindow {
			return false // the connection has granted more
		}
		m.granted += n
	}
	return true
}

// Close ends the stream, and not the connection.
func (l *lane) Close() error {
	m := l.mux
	m.mu.Lock()
	defer m.mu.Unlock()
	if l.closed {
		return net.ErrClosed
	}
	l.closed = true
	if !l.gone && !m.over && !l.ended {
		m.put(resetFrame(l.id, errorCancel))
	} else if !l.gone && !m.over && !l.asked {
		m.put(resetFrame(l.id, 0)) // what the client still sends is not read
	}
	delete(m.lanes, l.id)
	if l.torn || m.leaving && len(m.lanes) == 0 {
		m.over, m.err = true, net.ErrClosed
		_ = m.conn.SetReadDeadline(time.Unix(1, 0))
	}
	m.cond.Broadcast()
	return nil
}

// LocalAddr returns that of the connection.
func (l *lane) LocalAddr() net.Addr { return l.mux.conn.LocalAddr() }

// RemoteAddr returns that of the connection.
func (l *lane) RemoteAddr() net.Addr { return l.mux.conn.RemoteAddr() }

// room takes at most n octets of the stream's window, and waits for one.
func (l *lane) room(n int) (int, error) {
	m := l.mux
	m.mu.Lock()
	defer m.mu.Unlock()
	for n > 0 && min(l.window, m.window) <= 0 {
		if l.gone {
			return 0, net.ErrClosed
		}
		if err := l.unwritable(); err != nil {
			return 0, err
		}
		m.cond.Wait()
	}
	n = min(n, h2frame.FirstFrameSize, int(max(0, min(l.window, m.window))))
	l.window -= int64(n)
	return n, nil
}
