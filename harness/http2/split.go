package http2

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/wscheck/wscheck/internal/engine"
	"github.com/wscheck/wscheck/internal/h2frame"
	"github.com/wscheck/wscheck/wsproto"
)

// Bounds of what a connection with several streams takes.
const (
	mostStreams = 100
	mostInput   = 4 << 20 // octets of a stream that wait to be read
	mostOutput  = 1 << 20 // octets that wait to be written
	allGranted  = 1 << 29 // octets of DATA that the client may send on the connection
	pageLimit   = 30 * time.Second
)

// mux is the server's side of a connection with several streams. It answers
// requests, and gives each WebSocket a lane of its own: a connection on which that
// seems to be alone.
type mux struct {
	conn      net.Conn
	page      http.Handler
	websocket func(*lane, wsproto.Fields)
	strict    *stream // by whose conduct frames are looked at that may be wrong; nil for a page's connection
	wg        sync.WaitGroup

	mu       sync.Mutex
	cond     sync.Cond
	coder    *coder
	out      []byte
	lanes    map[uint32]*lane
	acks     []*lane // whose SETTINGS wait for an acknowledgement; nil is the connection's own
	pings    []*lane
	settings []byte // payloads of the client's SETTINGS
	top      uint32 // the client's highest stream
	window   int64  // for our DATA on the connection
	initial  int64  // for our DATA on a new stream
	granted  int64  // for the client's DATA on the connection
	leaving  bool   // GOAWAY is sent
	err      error
	over     bool
}

// Split implements [engine.Splitter].
func (carrier) Split(ctx context.Context, conn net.Conn, page http.Handler, websocket func(engine.Lane)) {
	m := newMux(conn)
	m.page = page
	m.websocket = func(l *lane, list wsproto.Fields) {
		req, _, err := wsproto.ParseRequest(upgradeOf(list))
		if err == nil && req != nil {
			websocket(engine.Lane{Request: req, Conn: l, Fell: l.Fell, Upgraded: func() net.Conn { return newTunnel(l, wsproto.Server, Options{}) }})
		}
		l.Close()
	}
	m.run(ctx)
}

// serveMany is [Serve] for all the WebSockets that a client opens on a connection.
func serveMany(ctx context.Context, conn net.Conn, server func(net.Conn)) {
	m := newMux(conn)
	m.strict = &stream{role: wsproto.Server, granted: h2frame.MaxWindow, conduct: &conduct{role: wsproto.Server, acked: 1}}
	m.websocket = func(l *lane, _ wsproto.Fields) { Serve(l, Options{}, server) }
	m.run(ctx)
}

func newMux(conn net.Conn) *mux {
	m := &mux{conn: conn, coder: newCoder(), lanes: map[uint32]*lane{}, window: h2frame.FirstWindow, initial: h2frame.FirstWindow, granted: h2frame.FirstWindow}
	m.coder.enc.SetMaxDynamicTableSize(0)
	m.cond.L = &m.mu
	return m
}

// run serves the connection until it ends, or ctx does.
func (m *mux) run(ctx context.Context) {
	stop := context.AfterFunc(ctx, func() { m.end(ctx.Err()) })
	defer stop()
	m.wg.Go(m.write)
	m.mu.Lock()
	m.put(settingsFrame(setting{h2frame.SettingConnect, 1}, setting{h2frame.SettingWindow, largeWindow}, setting{h2frame.SettingStreams, mostStreams}))
	m.acks = append(m.acks, nil)
	m.grant()
	m.mu.Unlock()
	m.end(m.read())
	m.wg.Wait()
}

// put has a frame written. m.mu is held.
func (m *mux) put(f frame) {
	m.out = f.AppendTo(m.out)
	m.cond.Broadcast()
}

// grant gives the client room for DATA on the connection. m.mu is held.
func (m *mux) grant() {
	if m.granted < allGranted {
		m.put(windowFrame(0, allGranted))
		m.granted += allGranted
	}
}

func (m *mux) end(err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if !m.over {
		m.fall()
		m.err, m.over = err, true
		if m.err == nil {
			m.err = net.ErrClosed
		}
		_ = m.conn.SetWriteDeadline(time.Now().Add(drainLimit))
		_ = m.conn.SetReadDeadline(time.Unix(1, 0))
	}
	m.cond.Broadcast()
}

func (m *mux) write() {
	m.mu.Lock()
	defer m.mu.Unlock()
	for {
		for len(m.out) == 0 && !m.over {
			m.cond.Wait()
		}
		if len(m.out) == 0 {
			m.conn.Close()
			return
		}
		b := m.out
		m.out = nil
		m.mu.Unlock()
		_, err := m.conn.Write(b)
		m.mu.Lock()
		if err != nil {
			m.out, m.over, m.err = nil, true, err
			_ = m.conn.SetReadDeadline(time.Unix(1, 0))
		}
		m.cond.Broadcast()
	}
}

var errNoPreface = errors.New("the client does not begin with the connection preface")

// read reads the connection until it ends.
func (m *mux) read() error {
	_ = m.conn.SetReadDeadline(time.Now().Add(beginLimit))
	var in, block []byte
	var opening frame
	blocks := 0
	buf := make([]byte, 16<<10)
	prefaced := false
	for {
		n, err := m.conn.Read(buf)
		if in = append(in, buf[:n]...); err != nil {
			return err
		}
		if !prefaced {
			if len(in) < len(h2frame.Preface) {
				continue
			}
			if string(in[:len(h2frame.Preface)]) != h2frame.Preface {
				return errNoPreface
			}
			in, prefaced = in[len(h2frame.Preface):], true
			_ = m.conn.SetReadDeadline(time.Time{})
		}
		for {
			f, size := parseFrame(in)
			if size == 0 {
				if f.Length > maxFrame || m.strict != nil && f.Length > h2frame.FirstFrameSize {
					return m.fails(0, errorSize, errors.New("a frame is too long"))
				}
				break
			}
			if ok, err := m.checks(&f); err != nil {
				return err
			} else if !ok {
				in = in[size:]
				continue
			}
			switch f.Type {
			case h2frame.Headers, h2frame.Continuation:
				if f.Type == h2frame.Headers {
					opening, block, blocks = f, nil, 0
				}
				block = append(block, f.Fragment()...)
				if blocks++; len(block) > maxBlock || blocks > maxBlockFrames {
					return errors.New("a field block is too long")
				}
				if f.Flags&h2frame.FlagHeaders == 0 {
					break
				}
				list, err := m.coder.decode(block)
				if err != nil {
					return m.fails(0, errorCompression, err)
				}
				m.headers(&opening, list)
			default:
				m.take(&f, in[:size])
			}
			in = in[size:]
		}
		in = bytes.Clone(in)
	}
}

// checks looks at a frame as an endpoint under test does, and reports whether it counts.
func (m *mux) checks(f *frame) (ok bool, err error) {
	if m.strict == nil {
		return true, nil
	}
	m.mu.Lock()
	m.strict.whole, m.strict.all = m.granted, m.window
	wrong := m.strict.conduct.check(m.strict, f)
	if wrong.stream {
		m.put(resetFrame(f.Stream, wrong.code))
	} else if wrong.name == "" && f.Type == h2frame.Data && m.lanes[f.Stream] == nil {
		m.put(resetFrame(f.Stream, errorClosed))
	}
	m.mu.Unlock()
	if wrong.name != "" && !wrong.stream {
		return false, m.fails(m.top, wrong.code, errors.New(wrong.name))
	}
	return wrong.name == "", nil
}

// fails sends the client the reason why the connection ends, and returns err.
func (m *mux) fails(last, code uint32, err error) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.strict != nil {
		m.put(goAwayFrame(last, code))
	}
	return err
}

// headers takes a header list of the client's.
func (m *mux) headers(f *frame, list wsproto.Fields) {
	m.mu.Lock()
	defer m.mu.Unlock()
	whole := frame{Type: h2frame.Headers, Flags: h2frame.FlagHeaders | f.Flags&h2frame.FlagEnd, Stream: f.Stream, Body: plainBlock(list)}
	if l := m.lanes[f.Stream]; l != nil {
		l.feed(whole.AppendTo(nil))
		return
	}
	if f.Stream%2 == 0 || f.Stream <= m.top {
		return
	}
	m.top = f.Stream
	if m.leaving || m.over || len(m.lanes) >= mostStreams {
		m.put(resetFrame(f.Stream, errorRefused))
		return
	}
	l := &lane{mux: m, id: f.Stream, window: m.initial, deadlines: deadlines{on: &m.cond}}
	m.lanes[l.id] = l
	if _, n := list.Get(":protocol"); n == 0 && m.strict == nil {
		l.asked = true
		m.wg.Go(func() { m.answer(l, list) })
		return
	}
	// The lane begins as a connection would that the WebSocket has to itself.
	l.feed([]byte(h2frame.Preface))
	l.feed(frame{Type: h2frame.Settings, Body: m.settings}.AppendTo(nil))
	if room := m.roomOfLane(); room > h2frame.FirstWindow {
		l.feed(windowFrame(0, uint32(room-h2frame.FirstWindow)).AppendTo(nil))
	}
	l.feed(whole.AppendTo(nil))
	m.wg.Go(func() { m.websocket(l, list) })
}

// roomOfLane is the window of the connection that a new lane sees. An endpoint under test would
// take the room that other lanes have used, and get back, for more than there may be: its
// lanes have all of it, and wait for that of the connection. m.mu is held.
func (m *mux) roomOfLane() int64 {
	if m.strict != nil {
		return h2frame.MaxWindow
	}
	return min(m.window, h2frame.MaxWindow)
}

// plainBlock compresses a header list without a reference to others.
func plainBlock(list wsproto.Fields) []byte {
	c := newCoder()
	c.enc.SetMaxDynamicTableSize(0)
	return c.block(list)
}

// take takes another frame of the client's, whose octets are b.
func (m *mux) take(f *frame, b []byte) {
	m.mu.Lock()
	defer m.mu.Unlock()
	l := m.lanes[f.Stream]
	switch f.Type {
	case h2frame.Data:
		m.granted -= int64(len(f.Body))
		m.grant()
	case h2frame.Settings:
		m.takeSettings(f, b)
		return
	case h2frame.Ping:
		if f.Flags&h2frame.FlagAck == 0 {
			m.put(frame{Type: h2frame.Ping, Flags: h2frame.FlagAck, Body: bytes.Clone(f.Body)})
		} else if len(m.pings) > 0 {
			l = m.pings[0]
			m.pings = m.pings[1:]
		}
	case h2frame.GoAway:
		if len(f.Body) >= 8 && binary.BigEndian.Uint32(f.Body[4:]) != 0 {
			m.fall()
		}
	case h2frame.Window:
		if len(f.Body) == 4 {
			n := int64(binary.BigEndian.Uint32(f.Body) & h2frame.MaxWindow)
			if f.Stream == 0 {
				m.window = min(m.window+n, h2frame.MaxWindow)
			} else if l != nil {
				l.window = min(l.window+n, h2frame.MaxWindow)
			}
			m.cond.Broadcast()
		}
	}
	switch {
	case l != nil:
		l.feed(b)
	case f.Type == h2frame.Window && m.strict != nil:
	case f.Stream == 0 || f.Type > h2frame.Continuation:
		m.feedAll(b)
	}
	if l != nil && f.Type == h2frame.Reset {
		l.gone = true
	}
}

func (m *mux) takeSettings(f *frame, b []byte) {
	if f.Flags&h2frame.FlagAck != 0 {
		if len(m.acks) == 0 {
			m.feedAll(b)
			return
		}
		if l := m.acks[0]; l != nil {
			l.feed(b)
		}
		m.acks = m.acks[1:]
		return
	}
	if m.settings = append(m.settings, f.Body...); len(m.settings) > 600 {
		m.settings = m.settings[6:]
	}
	for _, set := range settingsOf(f.Body) {
		if set.id == h2frame.SettingWindow && set.value <= h2frame.MaxWindow {
			for _, l := range m.lanes {
				l.window += int64(set.value) - m.initial
			}
			m.initial = int64(set.value)
		}
	}
	m.put(frame{Type: h2frame.Settings, Flags: h2frame.FlagAck})
	m.feedAll(b)
}

func (m *mux) feedAll(b []byte) {
	for _, l := range m.lanes {
		l.feed(b)
	}
}

// fall is called when the client ends the connection. m.mu is held.
func (m *mux) fall() {
	var open []*lane
	for _, l := range m.lanes {
		if !l.asked {
			open = append(open, l)
		}
	}
	for _, l := range open {
		l.fell = l.fell || len(open) > 1
	}
}

// leave has the client make another connection for what comes next. m.mu is held.
func (m *mux) leave() {
	if !m.leaving {
		m.leaving = true
		m.put(goAwayFrame(m.top, 0))
	}
}
