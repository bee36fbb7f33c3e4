package http2

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/wscheck/wscheck/internal/engine"
	"github.com/wscheck/wscheck/internal/h2frame"
	"github.com/wscheck/wscheck/oracle"
	"github.com/wscheck/wscheck/wsproto"
)

// largeWindow is the flow-control window that the peer has where the delivery does
// not say: more than it ever waits for.
const largeWindow = 1 << 20

// stream is the stream of one WebSocket and the connection around it.
type stream struct {
	role     wsproto.Role // ours
	delivery oracle.Delivery
	note     func(oracle.Event)
	coder    *coder

	id      uint32 // of the WebSocket's stream; 0 for none yet
	begun   bool   // our first frames are in out
	in      []byte // what of read is not taken yet
	read    []byte
	current frame  // the frame that is taken
	shown   []byte // of the frame that is noted
	out     []byte
	*buffers
	queue   []op
	queued  int  // octets of it
	sends   int  // calls of Send whose octets are in out
	apart   bool // what was put into out last is to be written by itself
	headed  bool // our header list is sent
	text    []byte
	ended   bool // by us
	blocked bool // for room in a window

	prefaced bool // the peer has begun as it has to
	settled  bool // its SETTINGS came
	enabled  bool // they allow extended CONNECT
	window   int64
	all      int64
	initial  int64
	frames   int // the most octets that the peer takes in a frame

	granted int64 // what the peer may still send on the stream
	whole   int64 // on the connection

	block   []byte         // a field block that is open
	pending []oracle.Event // the frames that it came in
	opening frame          // the first of those
	ready   []engine.StreamInput
	over    bool // the peer has ended the stream
	goAway  string

	conduct *conduct // of an endpoint under test; nil: our side, which takes everything
	broken  bool     // the endpoint has ended the connection
}

// buffers are the largest that a stream has had for what comes and what goes.
type buffers struct {
	incoming, outgoing []byte
}

var bufferPool = sync.Pool{New: func() any { return new(buffers) }}

// Sizes of the buffers that a stream makes, unless it has to hold more in one.
const (
	minBuffer = 1 << 10
	maxBuffer = 128 << 10
)

// reserve makes room for n octets in out. What was given out before stays as it is.
func (s *stream) reserve(n int) {
	if cap(s.out)-len(s.out) >= n {
		return
	}
	s.out = append(make([]byte, 0, max(len(s.out)+n, 2*len(s.out), minBuffer, min(2*cap(s.outgoing), maxBuffer))), s.out...)
	if n := cap(s.out); n > cap(s.outgoing) && n <= maxBuffer {
		s.outgoing = s.out[:0]
	}
}

// Release implements [engine.Stream].
func (s *stream) Release() {
	if cap(s.read) <= maxBuffer {
		s.incoming = s.read[:0]
	}
	bufferPool.Put(s.buffers)
	s.buffers, s.out, s.in, s.read = new(buffers), nil, nil, nil
}

// op is what waits to be written.
type op struct {
	data    []byte
	chop    int
	beneath bool
	end     bool
	counts  bool // as a call of Send
}

func newStream(role wsproto.Role, delivery oracle.Delivery, note func(oracle.Event)) *stream {
	s := &stream{
		role: role, delivery: delivery, note: note, coder: newCoder(), prefaced: role == wsproto.Client,
		window: h2frame.FirstWindow, all: h2frame.FirstWindow, initial: h2frame.FirstWindow, frames: h2frame.FirstFrameSize,
		buffers: bufferPool.Get().(*buffers),
	}
	s.out, s.read = s.outgoing[:0], s.incoming[:0]
	if role == wsproto.Server {
		s.coder.enc.SetMaxDynamicTableSize(0) // other streams of the connection would share it
	}
	return s
}

// put appends a frame of ours to what is to be written, and notes it.
func (s *stream) put(f frame, tag string) {
	if c := s.conduct; c != nil && c.mutant != nil && c.mutant.put != nil && !(c.mutant.once && c.once) {
		c.mutant.put(s, f, func(f frame) { s.append(&f) })
		return
	}
	s.append(&f)
	s.noteFrame(oracle.EventFrameSent, &f, tag)
}

func (s *stream) append(f *frame) {
	s.reserve(h2frame.HeadSize + len(f.Body))
	s.out = f.AppendTo(s.out)
}

// noteFrame notes a frame, of DATA what comes before the octets of the stream.
func (s *stream) noteFrame(kind oracle.EventKind, f *frame, tag string) {
	f.Length = max(f.Length, len(f.Body))
	s.shown = f.AppendShown(s.shown[:0])
	s.note(oracle.Event{Kind: kind, Data: s.shown, Tag: tag})
}

// begin puts our first frames.
func (s *stream) begin() {
	if s.begun {
		return
	}
	s.begun = true
	window := largeWindow
	if s.delivery.Window > 0 {
		window = min(s.delivery.Window, h2frame.MaxWindow)
	}
	settings := []setting{{h2frame.SettingConnect, 1}, {h2frame.SettingWindow, uint32(window)}}
	if s.role == wsproto.Client {
		s.reserve(minBuffer)
		s.out = append(s.out, h2frame.Preface...)
		settings[0] = setting{h2frame.SettingPush, 0}
	}
	if s.conduct != nil {
		settings = append(settings, s.conduct.freedom.settings...)
	}
	s.put(settingsFrame(settings...), "")
	s.granted, s.whole = int64(window), h2frame.FirstWindow
	if s.role == wsproto.Server {
		s.grantAll() // a client's connection may have other streams, which are not seen here
	}
}

// Send implements [engine.Stream].
func (s *stream) Send(b []byte, chop int) {
	s.queue = append(s.queue, op{data: b, chop: chop, counts: true})
	s.queued += len(b)
}

// Beneath implements [engine.Stream].
func (s *stream) Beneath(b []byte) {
	s.queue = append(s.queue, op{data: bytes.Clone(b), beneath: true, counts: true})
	s.queued += len(b)
}

// End implements [engine.Stream].
func (s *stream) End() { s.queue = append(s.queue, op{end: true}) }

// Abort implements [engine.Stream].
func (s *stream) Abort() {
	s.drop()
	if s.id != 0 && !(s.ended && s.over) {
		s.put(resetFrame(s.id, errorCancel), "")
	}
	s.ended = true
}

// drop forgets what waits to be written.
func (s *stream) drop() { s.queue, s.queued = nil, 0 }

// Blocked implements [engine.Stream].
func (s *stream) Blocked() bool { return s.blocked }

// Output implements [engine.Stream].
func (s *stream) Output() (octets []byte, sends int) {
	s.begin()
	s.apart = false
	for !s.apart && s.step() {
	}
	octets, sends = s.out[:len(s.out):len(s.out)], s.sends
	s.out, s.sends = s.out[len(s.out):], 0
	return octets, sends
}

// step puts some more of the queue, and reports false where there is nothing or
// where it has to wait.
func (s *stream) step() bool {
	s.blocked = false
	if len(s.queue) == 0 {
		return false
	}
	o := &s.queue[0]
	before := len(o.data)
	put := s.putSome(o)
	s.queued += len(o.data) - before
	if !put {
		return false
	}
	if len(o.data) == 0 {
		if o.counts {
			s.sends++
		}
		s.queue = rest(s.queue)
	}
	return true
}

// putSome puts some of the octets of o, which it takes off them, and reports false where
// it has to wait.
func (s *stream) putSome(o *op) bool {
	switch {
	case o.beneath:
		s.putOctets(o.data)
		o.data = nil
	case o.end:
		if !s.ended && s.headed {
			s.put(frame{Type: h2frame.Data, Flags: h2frame.FlagEnd, Stream: s.id}, "")
		}
		if s.conduct != nil && !s.ended {
			s.endFreely()
		}
		s.ended = true
	case s.ended:
		o.data = nil
	case !s.headed:
		return s.putHead(o)
	default:
		return s.putData(o)
	}
	return true
}

// putOctets puts octets as they are, and notes the frames that they make. They speak
// of the stream as 1: where a client has it at another number, so do they.
func (s *stream) putOctets(b []byte) {
	for len(b) > 0 {
		f, size := parseFrame(b)
		if len(b) >= h2frame.HeadSize && s.id > 1 && f.Stream%2 == 1 {
			f.Stream += s.id - 1
			b = bytes.Clone(b)
			binary.BigEndian.PutUint32(b[5:], f.Stream)
		}
		if size == 0 {
			s.reserve(len(b))
			s.out = append(s.out, b...)
			s.note(oracle.Event{Kind: oracle.EventFrameSent, Data: b, Tag: h2frame.Incomplete})
			return
		}
		s.reserve(size)
		s.out = append(s.out, b[:size]...)
		s.noteFrame(oracle.EventFrameSent, &f, "")
		s.ended = s.ended || f.Type == h2frame.Reset && f.Stream == s.id
		b = b[size:]
	}
}

// putHead puts the header list that begins with the octets of o, once it is whole
// and may be sent.
func (s *stream) putHead(o *op) bool {
	if s.role == wsproto.Client && !s.enabled || s.role == wsproto.Server && s.id == 0 {
		return false
	}
	s.text = append(s.text, o.data...)
	o.data = nil
	list, size, err := headList(s.text, s.role == wsproto.Server)
	if err != nil {
		s.fail(err)
		return true
	}
	if size == 0 {
		return true
	}
	o.data, s.text = s.text[size:], nil
	if s.role == wsproto.Client {
		s.id = 1
	}
	flags := byte(h2frame.FlagHeaders)
	status, _ := list.Get(":status")
	if interim := status != "" && status[0] == '1'; !interim {
		s.headed = true
	}
	if s.conduct != nil {
		s.putFreely(list)
		return true
	}
	block, kind := s.coder.block(list), byte(h2frame.Headers)
	most := s.frames
	if s.delivery.Head > 0 {
		most = min(most, max(s.delivery.Head, len(block)/maxContinuations))
	}
	for len(block) > most {
		s.put(frame{Type: kind, Stream: s.id, Body: block[:most]}, "")
		block, kind = block[most:], h2frame.Continuation
	}
	s.put(frame{Type: kind, Flags: flags, Stream: s.id, Body: block}, h2frame.Lines(list))
	return true
}

// maxContinuations bounds the frames of our header list.
const maxContinuations = 100

// putFreely puts the header list of an endpoint under test.
func (s *stream) putFreely(list wsproto.Fields) {
	c := s.conduct
	if status, n := list.Get(":status"); n > 0 && status == "200" {
		list = having(":status", c.freedom.status)(list)
		if c.freedom.interim {
			block := s.coder.block(wsproto.Fields{{Name: ":status", Value: "103"}, {Name: "link", Value: "</>"}})
			s.put(frame{Type: h2frame.Headers, Flags: h2frame.FlagHeaders, Stream: s.id, Body: block}, "")
		}
	}
	if c.mutant != nil && c.mutant.list != nil {
		list = c.mutant.list(list)
	}
	block := s.coder.block(list)
	split := min(len(block), s.frames)
	if c.freedom.split > 0 {
		split = min(split, c.freedom.split)
	}
	f := frame{Type: h2frame.Headers, Stream: s.id}
	if pad := c.freedom.padHead; pad > 0 {
		f.Flags |= h2frame.FlagPadded
		f.Body = append(f.Body, byte(pad))
	}
	if c.freedom.priority {
		f.Flags |= h2frame.FlagOrder
		f.Body = append(f.Body, 0, 0, 0, 0, 15)
	}
	f.Body = append(f.Body, block[:split]...)
	f.Body = append(f.Body, make([]byte, c.freedom.padHead)...)
	for block = block[split:]; len(block) > 0; block = block[split:] {
		s.put(f, "")
		split = min(split, len(block))
		f = frame{Type: h2frame.Continuation, Stream: s.id, Body: block[:split]}
	}
	f.Flags |= h2frame.FlagHeaders
	s.put(f, "")
	if c.freedom.twice {
		s.put(settingsFrame(setting{h2frame.SettingListSize, 1 << 17}), "")
	}
}

// endFreely puts what an endpoint under test sends after END_STREAM.
func (s *stream) endFreely() {
	c := s.conduct
	if c.freedom.resetEnd && s.role == wsproto.Server {
		s.put(resetFrame(s.id, 0), "")
	}
	if c.freedom.goAway {
		s.put(goAwayFrame(s.id, 0), "")
	}
}

// largest is the longest frame that the endpoint has said it takes.
func (s *stream) largest() int {
	for _, set := range s.conduct.freedom.settings {
		if set.id == h2frame.SettingFrameSize {
			return int(set.value)
		}
	}
	return h2frame.FirstFrameSize
}

// checked has an endpoint under test look at a frame, and reports whether it goes on
// with it.
func (s *stream) checked(f *frame) bool {
	c := s.conduct
	if c == nil {
		return true
	}
	if isAck(f, h2frame.Settings) {
		c.acked++
	}
	if c.mutant != nil && c.mutant.minds != nil && c.mutant.minds(f) {
		s.put(goAwayFrame(s.id, errorProtocol), "")
		s.broken = true
		return false
	}
	fault, v := c.check(s, f)
	switch {
	case fault == "":
		return true
	case s.overlooks(fault):
		return false
	case v.connection:
		s.put(goAwayFrame(s.id, v.code), "")
		s.broken = true
	case v.stream:
		s.put(resetFrame(f.Stream, v.code), "")
		if f.Stream == s.id {
			c.ended, s.ended = true, true
			s.drop()
			s.fail(errFault)
		}
	}
	return false
}

// overlooks reports whether the stream is that of a mutant that does not mind.
func (s *stream) overlooks(fault string) bool {
	return s.conduct != nil && s.conduct.mutant != nil && slices.Contains(s.conduct.mutant.overlooks, fault)
}

// errFault ends the stream of an endpoint under test for what was wrong.
var errFault = errors.New("a frame is wrong")

// refuses has an endpoint under test look at a header list, and reports whether it
// refuses that.
func (s *stream) refuses(list wsproto.Fields) bool {
	if s.conduct == nil {
		return false
	}
	fault := ""
	if s.role == wsproto.Server {
		fault = checkRequest(list)
	} else {
		fault = checkResponse(list)
	}
	if fault == "" || s.overlooks(fault) {
		return false
	}
	if s.role == wsproto.Server && (fault == "protocol" || fault == "no-protocol") {
		s.put(frame{Type: h2frame.Headers, Flags: h2frame.FlagHeaders | h2frame.FlagEnd, Stream: s.id, Body: s.coder.block(wsproto.Fields{{Name: ":status", Value: "501"}})}, "")
	} else {
		s.put(resetFrame(s.id, errorProtocol), "")
	}
	s.ended = true
	s.fail(errFault)
	return true
}

// apartOctets is up to which size the pieces of a chopped write are written apart.
const apartOctets = 4 << 10

// putData puts a DATA frame, as the delivery wants it and the windows allow.
func (s *stream) putData(o *op) bool {
	if len(o.data) == 0 {
		return true
	}
	room := min(s.window, s.all, int64(s.frames))
	if s.conduct != nil {
		if s.conduct.mutant != nil && s.conduct.mutant.greedy {
			room = int64(s.frames)
		}
	}
	if room <= 0 {
		s.blocked = true
		return false
	}
	n := min(int64(len(o.data)), room)
	if o.chop > 0 {
		n = min(n, int64(o.chop))
		s.apart = len(o.data) <= apartOctets
	}
	if s.delivery.Data > 0 {
		n = min(n, int64(s.delivery.Data))
	}
	f := frame{Type: h2frame.Data, Stream: s.id}
	if pad := int64(s.delivery.Pad); pad > 0 && room > pad+1 {
		n = min(n, room-pad-1)
		f.Flags = h2frame.FlagPadded
		f.Body = make([]byte, 0, 1+n+pad)
		f.Body = append(append(append(f.Body, byte(pad)), o.data[:n]...), make([]byte, pad)...)
	} else {
		f.Body = o.data[:n]
	}
	if s.conduct != nil {
		for _, f := range s.conduct.noiseFrames(s.id) {
			s.put(f, "")
		}
	}
	if s.delivery.Empty {
		s.put(frame{Type: h2frame.Data, Stream: s.id}, "")
	}
	if o.chop == 0 {
		s.reserve(min(len(o.data)+len(o.data)/int(n)*h2frame.HeadSize, int(room)))
	}
	s.put(f, "")
	s.window -= int64(len(f.Body))
	s.all -= int64(len(f.Body))
	o.data = o.data[n:]
	return true
}

// Feed implements [engine.Stream].
func (s *stream) Feed(b []byte) {
	s.begin()
	if len(s.in) == 0 && len(s.ready) == 0 {
		s.in = s.read[:0]
	}
	s.in = append(s.in, b...)
	s.read = s.in
}

// rest returns what follows the first of a list, in the same memory where that is all.
func rest[E any](list []E) []E {
	if len(list) == 1 {
		clear(list)
		return list[:0]
	}
	return list[1:]
}

// Next implements [engine.Stream].
func (s *stream) Next() (engine.StreamInput, bool) {
	for len(s.ready) == 0 {
		if !s.take() {
			return engine.StreamInput{}, false
		}
	}
	if s.ready[0].End && s.ready[0].Err == nil {
		for s.take() { // what came with the end is noted before it
		}
	}
	in := s.ready[0]
	s.ready = rest(s.ready)
	return in, true
}

// fail ends the stream with an error.
func (s *stream) fail(err error) {
	if !s.over {
		s.over = true
		s.ready = append(s.ready, engine.StreamInput{End: true, Err: err})
	}
}

// take takes a frame off what came, and reports false where there is none.
func (s *stream) take() bool {
	if s.over && len(s.in) > maxAfter {
		s.in = nil
	}
	if !s.prefaced {
		n := min(len(s.in), len(h2frame.Preface))
		if string(s.in[:n]) != h2frame.Preface[:n] {
			s.in = nil
			s.fail(engine.Uncarried("the client does not speak HTTP/2: it does not begin with the connection preface"))
			return true
		}
		if n < len(h2frame.Preface) {
			return false
		}
		s.in, s.prefaced = s.in[n:], true
	}
	if !s.settled && len(s.in) >= h2frame.HeadSize && (s.in[3] > h2frame.Continuation || s.in[0] != 0) {
		begin := string(s.in[:min(len(s.in), 24)])
		s.in = nil
		if bytes.HasPrefix([]byte(begin), []byte("HTTP/1")) {
			s.fail(engine.Uncarried("it speaks HTTP/1.1 alone, and not HTTP/2: test it without --http2"))
		} else {
			s.fail(engine.Uncarried(fmt.Sprintf("it does not speak HTTP/2: what it sends begins with %+q", begin)))
		}
		return true
	}
	f, size := parseFrame(s.in)
	if s.current = f; size == 0 {
		if s.conduct != nil && f.Length > s.largest() {
			if !s.overlooks("frame-size") {
				s.put(goAwayFrame(s.id, errorSize), "")
				s.broken = true
			}
			s.in = nil
			return false
		}
		if f.Length > maxFrame {
			s.in = nil
			s.current.Length = 0 // nothing of it is kept
			s.noteFrame(oracle.EventFrameReceived, &s.current, "")
			s.fail(fmt.Errorf("a frame of %d octets, longer than SETTINGS_MAX_FRAME_SIZE", f.Length))
			return true
		}
		return false
	}
	s.handle(&s.current)
	s.in = s.in[min(size, len(s.in)):]
	return true
}

// Bounds of what is kept of the peer: the longest frame, and octets after the end.
const (
	maxFrame = 1 << 20
	maxAfter = 4 << 20
)

// handle acts on a frame of the peer's.
func (s *stream) handle(f *frame) {
	if s.broken || !s.checked(f) {
		return
	}
	if f.Type == h2frame.Headers || f.Type == h2frame.Continuation {
		s.handleBlock(f)
		return
	}
	s.noteFrame(oracle.EventFrameReceived, f, "")
	switch f.Type {
	case h2frame.Data:
		s.handleData(f)
	case h2frame.Reset:
		if f.Stream == s.id && s.id != 0 && len(f.Body) >= 4 && !s.over {
			s.fail(fmt.Errorf("RST_STREAM with %s", h2frame.ErrorName(binary.BigEndian.Uint32(f.Body))))
		}
	case h2frame.Settings:
		s.handleSettings(f)
	case h2frame.Ping:
		if f.Flags&h2frame.FlagAck == 0 && len(f.Body) == 8 {
			s.put(frame{Type: h2frame.Ping, Flags: h2frame.FlagAck, Body: bytes.Clone(f.Body)}, "")
		}
	case h2frame.GoAway:
		if len(f.Body) >= 8 {
			last, code := binary.BigEndian.Uint32(f.Body)&h2frame.MaxWindow, binary.BigEndian.Uint32(f.Body[4:])
			s.goAway = h2frame.ErrorName(code)
			if s.role == wsproto.Client && last < s.id || code != 0 { // a client's is of streams that we would open
				s.fail(fmt.Errorf("GOAWAY with %s", s.goAway))
			}
		}
	case h2frame.Window:
		if len(f.Body) >= 4 {
			n := int64(binary.BigEndian.Uint32(f.Body) & h2frame.MaxWindow)
			switch f.Stream {
			case 0:
				s.all = min(s.all+n, h2frame.MaxWindow)
			case s.id:
				s.window = min(s.window+n, h2frame.MaxWindow)
			}
		}
	}
}

func (s *stream) handleSettings(f *frame) {
	if f.Flags&h2frame.FlagAck != 0 {
		if s.role == wsproto.Client && s.settled && !s.enabled {
			s.fail(engine.Uncarried("it speaks HTTP/2 without extended CONNECT: its SETTINGS do not have SETTINGS_ENABLE_CONNECT_PROTOCOL"))
		}
		return
	}
	s.settled = true
	for _, set := range settingsOf(f.Body) {
		switch set.id {
		case h2frame.SettingWindow:
			if set.value <= h2frame.MaxWindow && !s.rigid() {
				s.window += int64(set.value) - s.initial
				s.initial = int64(set.value)
			}
		case h2frame.SettingConnect:
			s.enabled = s.enabled || set.value == 1
		case h2frame.SettingTable:
			if size := min(set.value, tableSize); s.role == wsproto.Client && size != s.coder.enc.MaxDynamicTableSize() {
				s.coder.enc.SetMaxDynamicTableSize(size)
			}
		}
	}
	s.put(frame{Type: h2frame.Settings, Flags: h2frame.FlagAck}, "")
}

// rigid reports whether the stream is that of a mutant that keeps the window it had.
func (s *stream) rigid() bool {
	return s.headed && s.conduct != nil && s.conduct.mutant != nil && s.conduct.mutant.rigid
}

func (s *stream) handleData(f *frame) {
	n := len(f.Body)
	s.whole -= int64(n)
	data := f.Body
	if f.Flags&h2frame.FlagPadded != 0 && n > 0 {
		data = data[1:max(1, n-int(data[0]))]
	}
	mine := f.Stream == s.id && s.id != 0 && !s.over
	if mine {
		s.granted -= int64(n)
		if len(data) > 0 {
			s.ready = append(s.ready, engine.StreamInput{Data: data})
		}
		if f.Flags&h2frame.FlagEnd != 0 && !s.overlooks("closed") {
			s.end()
		}
	}
	s.grant(mine && !s.over)
}

func (s *stream) end() {
	s.over = true
	s.ready = append(s.ready, engine.StreamInput{End: true})
}

// grant gives the peer's windows back what it has used, of large ones once that is
// half of them.
func (s *stream) grant(mine bool) {
	window := int64(largeWindow)
	if s.delivery.Window > 0 {
		window = int64(s.delivery.Window)
	}
	if used := window - s.granted; mine && used > 0 && (window < largeWindow || used > window/2) {
		s.put(windowFrame(s.id, uint32(used)), "")
		s.granted = window
	}
	if s.whole < h2frame.FirstWindow/2 || s.role == wsproto.Server && s.whole < largeWindow/2 {
		s.grantAll()
	}
}

// grantAll gives the peer's window of the connection more room.
func (s *stream) grantAll() {
	s.put(windowFrame(0, largeWindow), "")
	s.whole += largeWindow
}

// handleBlock acts on a frame of a field block, once that is whole.
func (s *stream) handleBlock(f *frame) {
	if f.Type == h2frame.Headers {
		s.opening, s.block, s.pending = *f, nil, nil
	}
	s.block = append(s.block, f.Fragment()...)
	ev := oracle.Event{Kind: oracle.EventFrameReceived, Data: f.AppendShown(nil)}
	if s.pending = append(s.pending, ev); len(s.block) > maxBlock || len(s.pending) > maxBlockFrames {
		s.notePending("")
		s.fail(fmt.Errorf("a field block of more than %d octets, or in very many frames", maxBlock))
		s.block = nil
		return
	}
	if f.Flags&h2frame.FlagHeaders == 0 {
		return
	}
	list, err := s.coder.decode(s.block)
	s.notePending(h2frame.Lines(list))
	if err != nil {
		s.fail(fmt.Errorf("a field block that is not compressed as RFC 7541 says: %w", err))
		return
	}
	s.handleList(list)
}

func (s *stream) notePending(tag string) {
	for i := range s.pending {
		if i == 0 {
			s.pending[i].Tag = tag
		}
		s.note(s.pending[i])
	}
	s.pending = nil
}

// handleList acts on a header list of the peer's.
func (s *stream) handleList(list wsproto.Fields) {
	id := s.opening.Stream
	if s.role == wsproto.Server && s.id == 0 {
		s.id = id
		if s.refuses(list) {
			return
		}
		s.listed(true)
		s.ready = append(s.ready, engine.StreamInput{Data: h2frame.HeadText(list, false)})
	} else if s.role == wsproto.Server && id > s.id {
		s.put(resetFrame(id, errorRefused), "")
		return
	} else if id != s.id || s.over {
		return
	} else if status, n := list.Get(":status"); s.role == wsproto.Client && (n > 0 || s.conduct != nil) {
		if s.refuses(list) {
			return
		}
		s.listed(!strings.HasPrefix(status, "1"))
		s.ready = append(s.ready, engine.StreamInput{Data: h2frame.HeadText(list, true)})
	}
	if s.opening.Flags&h2frame.FlagEnd != 0 {
		s.end()
	}
}

// listed notes that the peer's header list has come, and is the last where so.
func (s *stream) listed(last bool) {
	if s.conduct != nil {
		s.conduct.listed = last
	}
}
