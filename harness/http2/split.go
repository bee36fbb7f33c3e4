package http2

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"net"
	"net/http"
	"net/url"
	"strings"
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
	fault, v := m.strict.conduct.check(m.strict, f)
	if v.stream {
		m.put(resetFrame(f.Stream, v.code))
	} else if fault == "" && f.Type == h2frame.Data && m.lanes[f.Stream] == nil {
		m.put(resetFrame(f.Stream, errorClosed))
	}
	m.mu.Unlock()
	if v.connection {
		return false, m.fails(m.top, v.code, errors.New(fault))
	}
	return fault == "", nil
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
	l := &lane{mux: m, id: f.Stream, window: m.initial}
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

// Fell implements [engine.Lane].
func (l *lane) Fell() bool {
	l.mux.mu.Lock()
	defer l.mux.mu.Unlock()
	return l.fell
}

// leave has the client make another connection for what comes next. m.mu is held.
func (m *mux) leave() {
	if !m.leaving {
		m.leaving = true
		m.put(goAwayFrame(m.top, 0))
	}
}

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
	read   deadline
	unsent deadline
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
			return 0, errDeadline
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
	case l.unsent.expired():
		return errDeadline
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

// SetDeadline sets the deadline of reads and writes.
func (l *lane) SetDeadline(at time.Time) error {
	_ = l.SetReadDeadline(at)
	return l.SetWriteDeadline(at)
}

// SetReadDeadline sets the deadline of reads.
func (l *lane) SetReadDeadline(at time.Time) error { return l.read.set(&l.mux.mu, &l.mux.cond, at) }

// SetWriteDeadline sets the deadline of writes.
func (l *lane) SetWriteDeadline(at time.Time) error { return l.unsent.set(&l.mux.mu, &l.mux.cond, at) }

// answer answers an ordinary request by the page.
func (m *mux) answer(l *lane, list wsproto.Fields) {
	defer l.Close()
	_ = l.SetWriteDeadline(time.Now().Add(pageLimit))
	w := &response{header: http.Header{}}
	if r := requestOf(list); r == nil {
		w.WriteHeader(http.StatusBadRequest)
	} else {
		r.RemoteAddr = m.conn.RemoteAddr().String()
		m.page.ServeHTTP(w, r.WithContext(context.WithValue(context.Background(), http.LocalAddrContextKey, m.conn.LocalAddr())))
		if r.Method == http.MethodHead {
			w.body.Reset()
		}
	}
	w.WriteHeader(http.StatusOK)
	fields := wsproto.Fields{{Name: ":status", Value: statusText(w.status)}}
	for name, values := range w.header {
		if name = strings.ToLower(name); !isHop(name) {
			for _, value := range values {
				fields = append(fields, wsproto.Field{Name: name, Value: value})
			}
		}
	}
	head := frame{Type: h2frame.Headers, Flags: h2frame.FlagHeaders, Stream: l.id, Body: plainBlock(fields)}
	if _, err := l.Write(head.AppendTo(nil)); err != nil {
		return
	}
	for body := w.body.Bytes(); ; {
		n, err := l.room(len(body))
		if err != nil {
			return
		}
		f := frame{Type: h2frame.Data, Stream: l.id, Body: body[:n]}
		if body = body[n:]; len(body) == 0 {
			f.Flags = h2frame.FlagEnd
		}
		if _, err := l.Write(f.AppendTo(nil)); err != nil || len(body) == 0 {
			return
		}
	}
}

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

// response is the answer to an ordinary request.
type response struct {
	header http.Header
	status int
	body   bytes.Buffer
}

// Header returns the fields.
func (w *response) Header() http.Header { return w.header }

// WriteHeader sets the status, once.
func (w *response) WriteHeader(status int) {
	if w.status == 0 {
		w.status = status
	}
}

// Write appends to the body.
func (w *response) Write(b []byte) (int, error) {
	w.WriteHeader(http.StatusOK)
	return w.body.Write(b)
}

// requestOf returns the request that a header list makes, nil if it makes none.
func requestOf(list wsproto.Fields) *http.Request {
	method, _ := list.Get(":method")
	path, _ := list.Get(":path")
	r := &http.Request{Method: method, Proto: "HTTP/2.0", ProtoMajor: 2, Header: http.Header{}, Body: http.NoBody, RequestURI: path}
	var err error
	if r.URL, err = url.ParseRequestURI(path); err != nil || !wsproto.IsToken(method) {
		return nil
	}
	for _, f := range list {
		if !strings.HasPrefix(f.Name, ":") {
			r.Header.Add(f.Name, f.Value)
		}
	}
	r.Host, _ = list.Get(":authority")
	return r
}
