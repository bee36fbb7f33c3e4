package oracle

import (
	"github.com/wscheck/wscheck/internal/deflate"
	"github.com/wscheck/wscheck/internal/utf8stream"
	"github.com/wscheck/wscheck/wsproto"
)

// stream is one direction of a connection after the opening handshake: octets
// in any chops go in, and what they mean by RFC 6455 5 and RFC 7692 comes out.
// It takes the direction of the peer and our own, which the peer reads.
type stream struct {
	parser   wsproto.Parser
	item     wsproto.Item // the one at hand: here, so that none of them is allocated
	control  [maxControl]byte
	inflater *deflate.Inflater
	inflated []byte // the last piece
	report   deflate.Report
	streamState
}

// streamState is what a [stream] forgets between two conversations at the cost of
// an assignment; the rest of it is large, or memory for use again.
type streamState struct {
	sender wsproto.Role
	ext    *extensions

	// The message under way, from the header of its first frame to the end of
	// its last.
	open       bool
	op         wsproto.Opcode
	compressed bool
	opaque     bool // its content cannot be known
	text       utf8stream.Checker
	badText    bool

	// The frame under way.
	frame frameKind
	held  int // octets in control

	// Where HTTP in the place of a frame is looked for: the header of the frame
	// under way if it may be HTTP, and what it breaks if it is not.
	sniffs  bool
	suspect bool
	first   wsproto.Item
	broken  breaches
	over    bool // it was HTTP, or the body of the request: what follows is not looked at

	inflating bool // the message under way goes through the inflater
	overran   bool // it refers to more than was agreed to be kept
	takeover  bool // its window is kept from message to message
	lost      bool // its window is not the sender's any more
}

// frameKind says what the payload of a frame is for.
type frameKind uint8

const (
	frameIgnored frameKind = iota
	frameData
	frameControl
)

// sink gets what a stream means. Offsets are positions in the stream of the
// handshake and all that follows.
type sink interface {
	// http: instead of a frame there is HTTP. No further call follows.
	http(it *wsproto.Item)
	// header: a frame begins, and breaks these rules.
	header(it *wsproto.Item, broken breaches)
	// begin: so does a message.
	begin(it *wsproto.Item)
	// content: further octets of the message, inflated.
	content(b []byte, it *wsproto.Item)
	// textBroken: the message can no longer be UTF-8, due to the octet at offset.
	textBroken(offset int64)
	// deflateOverrun: the message refers to more than was agreed to be kept.
	deflateOverrun(it *wsproto.Item)
	// deflateBroken: the message is not DEFLATE.
	deflateBroken(err deflate.Error, it *wsproto.Item)
	// finish: the message is complete.
	finish(it *wsproto.Item)
	// controlFrame: a control frame is complete.
	controlFrame(it *wsproto.Item, payload []byte)
	// end: a frame is complete.
	end(it *wsproto.Item)
}

// reset makes the stream ready for another connection and keeps its memory.
func (s *stream) reset(sender wsproto.Role, ext *extensions) {
	s.parser.Reset()
	s.streamState = streamState{sender: sender, ext: ext}
}

// inflatePiece is how many compressed octets are inflated at a time: at about
// 1032 octets for each they make 4 MiB.
const inflatePiece = 4 << 10

// inflateLimit is the longest message that is inflated to be judged.
const inflateLimit = 64 << 20

// start is called when the opening handshake is over, at that offset.
func (s *stream) start(offset int64, agreed deflate.Stream) {
	s.parser.Offset = offset
	if !s.ext.deflate {
		return
	}
	if s.inflater == nil {
		s.inflater = new(deflate.Inflater)
	}
	s.inflater.Reset(agreed, inflateLimit)
	s.takeover = !agreed.NoContextTakeover
}

func (s *stream) feed(b []byte, to sink) {
	s.parser.Feed(b)
	it := &s.item
	for ok := true; !s.over; {
		if *it, ok = s.parser.Next(); !ok {
			return
		}
		switch it.Kind {
		case wsproto.ItemHeader:
			s.header(it, to)
		case wsproto.ItemPayload:
			s.payload(it, to)
		case wsproto.ItemEnd:
			s.end(it, to)
		}
	}
}

func (s *stream) header(it *wsproto.Item, to sink) {
	h := &it.Header
	broken := s.guard(h)
	if s.suspect = s.sniffs && likeHTTP(h, s.sender); s.suspect {
		s.frame, s.held = frameControl, 0
		s.first, s.broken = *it, broken
		return
	}
	to.header(it, broken)
	switch {
	case s.over:
	case h.Opcode.IsReserved():
		s.frame = frameIgnored
	case h.Opcode.IsControl():
		s.frame, s.held = frameControl, 0
	case h.Opcode == wsproto.OpContinuation:
		s.frame = frameIgnored
		if s.open {
			s.frame = frameData
		}
	default:
		s.frame = frameData
		s.begin(h)
		to.begin(it)
	}
}

// likeHTTP reports whether a header is the first two octets of an HTTP response
// of the server's, "HT", or of a request of the client's, "GE".
func likeHTTP(h *wsproto.Header, sender wsproto.Role) bool {
	if h.Fin || h.Masked || h.Rsv != rsv1 || h.Size() != 2 {
		return false
	}
	if sender == wsproto.Server {
		return h.Opcode == 'H'&0xf && h.Length == 'T'
	}
	return h.Opcode == 'G'&0xf && h.Length == 'E'
}

// sniff looks at the payload of a frame that may be HTTP.
func (s *stream) sniff(to sink) {
	goesOn := "TP/1."
	if s.sender == wsproto.Client {
		goesOn = "T /"
	}
	n := min(s.held, len(goesOn))
	switch {
	case string(s.control[:n]) != goesOn[:n]:
		s.suspect = false
		to.header(&s.first, s.broken)
	case n == len(goesOn):
		s.over = true
		to.http(&s.first)
	}
}

func (s *stream) begin(h *wsproto.Header) {
	if s.inflating { // an interleaved message: the one before has no end
		_, _ = s.inflater.End()
		s.lost = s.takeover
	}
	s.open, s.op = true, h.Opcode
	s.compressed = s.ext.deflate && h.Rsv&rsv1 != 0
	s.opaque = s.ext.foreign || s.compressed && s.lost
	s.inflating, s.overran = s.compressed && !s.opaque, false
	s.badText = false
	s.text.Reset()
}

func (s *stream) payload(it *wsproto.Item, to sink) {
	switch s.frame {
	case frameControl:
		s.held += copy(s.control[s.held:], it.Payload)
		if s.suspect {
			s.sniff(to)
		}
	case frameData:
		if s.opaque {
			return
		}
		if !s.compressed {
			s.content(it.Payload, it, to)
			return
		}
		for piece := it.Payload; len(piece) > 0 && !s.opaque; {
			n := min(len(piece), inflatePiece)
			s.inflate(piece[:n], it, to)
			piece = piece[n:]
		}
	}
}

func (s *stream) inflate(piece []byte, it *wsproto.Item, to sink) {
	var err error
	s.inflated, err = s.inflater.Append(s.inflated[:0], piece)
	if len(s.inflated) > 0 {
		s.content(s.inflated, it, to)
	}
	if !s.overran && s.inflater.Overran() {
		s.overran = true
		to.deflateOverrun(it)
	}
	if err != nil {
		s.fail(s.inflater.Report().Err, it, to)
	}
}

// fail gives up the message under way and, where it is needed later, the
// inflater's window.
func (s *stream) fail(err deflate.Error, it *wsproto.Item, to sink) {
	s.opaque = true
	s.lost = s.takeover && err.Fault != deflate.FaultUnfinished
	if err.Fault != deflate.FaultLimit {
		to.deflateBroken(err, it)
	}
}

// content takes octets of a message, checks text (RFC 6455 5.6, 8.1), and hands
// them on.
func (s *stream) content(b []byte, it *wsproto.Item, to sink) {
	if s.op == wsproto.OpText && !s.badText {
		if n, ok := s.text.Write(b); !ok {
			s.badText = true
			if s.compressed {
				to.textBroken(earliest(it))
			} else {
				to.textBroken(it.Offset + int64(n))
			}
		}
	}
	to.content(b, it)
}

// earliest returns where what is wrong in an item of a compressed message may
// first be seen, whatever the pieces in which the frame came: inflating does not show
// which octet it is.
func earliest(it *wsproto.Item) int64 {
	if it.Kind == wsproto.ItemPayload {
		return it.Offset - int64(it.PayloadOffset)
	}
	return it.Offset
}

func (s *stream) end(it *wsproto.Item, to sink) {
	switch s.frame {
	case frameControl:
		to.controlFrame(it, s.control[:s.held])
	case frameData:
		if it.Header.Fin {
			s.finish(it, to)
		}
	}
	to.end(it)
}

func (s *stream) finish(it *wsproto.Item, to sink) {
	if s.inflating {
		s.report, _ = s.inflater.End()
		if s.report.Err.Fault == deflate.FaultUnfinished {
			s.fail(s.report.Err, it, to)
		}
		s.inflating = false
	}
	if s.op == wsproto.OpText && !s.opaque && !s.badText && !s.text.Complete() {
		s.badText = true
		to.textBroken(it.Offset)
	}
	s.open = false
	to.finish(it)
}
