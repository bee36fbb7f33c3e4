package http2

import (
	"bytes"
	"encoding/binary"
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
