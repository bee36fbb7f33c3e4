// Package wire renders scripts: it says which octets a script sends, in which
// pieces, when there is no answer.
package wire

import (
	"errors"
	"fmt"
	"slices"

	"github.com/wscheck/wscheck/internal/head"
	"github.com/wscheck/wscheck/oracle"
	"github.com/wscheck/wscheck/wsproto"
)

// Rendering is what our side of a script sends.
type Rendering struct {
	Before  []byte   // other requests that come first
	Opening []byte   // our half of the opening handshake
	Pieces  [][]byte // all that follows, in the pieces in which it is written
}

// Octets returns all of it.
func (r *Rendering) Octets() []byte {
	all := slices.Concat(r.Before, r.Opening)
	for _, p := range r.Pieces {
		all = append(all, p...)
	}
	return all
}

// Options say what a script leaves open. The zero value renders frames that no
// opening handshake of ours agreed to compress.
type Options struct {
	// Compress makes the payload of a StepMessage; nil sends it as it is.
	Compress func(payload []byte) []byte

	// Data returns octets of a test data set; nil knows none.
	Data func(source string, offset, n int) []byte
}

// What stands in for what a script leaves to the connection.
var (
	blanks = head.Blanks{Authority: "localhost", Target: "/", Key: "dGhlIHNhbXBsZSBub25jZQ=="}
	mask   = [4]byte{0x37, 0xfa, 0x21, 0x3d} // where RFC 6455 5.3 wants a fresh one
)

// Bounds of a rendering.
const (
	MaxOctets = 64 << 20
	MaxPieces = 1 << 20
)

var (
	// ErrTooLong says that a script sends more than that.
	ErrTooLong = fmt.Errorf("the script sends more than %d octets or %d pieces", MaxOctets, MaxPieces)
	// ErrData says that a script sends octets of a test data set, which is not
	// at hand.
	ErrData = errors.New("the script sends octets of a test data set")
)

// Render renders a script as if the peer accepted the handshake and sent nothing: waits take
// no time, what is awaited has come, and our side ends the connection without a close frame.
// The result is the same each time.
func Render(s *oracle.Script, o Options) (*Rendering, error) {
	r := &renderer{role: s.Role, options: o}
	if s.Role == wsproto.Client {
		for _, request := range s.Handshake.Before {
			r.out.Before = append(r.out.Before, head.Before(request, &blanks)...)
		}
		r.out.Opening = head.Request(&s.Handshake, &blanks)
	} else {
		r.out.Opening = head.Response(&s.Handshake, &blanks)
	}
	r.left = MaxOctets - len(r.out.Before) - len(r.out.Opening)
	for i := range s.Steps {
		if r.step(&s.Steps[i]); r.err != nil {
			return nil, r.err
		}
		if r.over {
			break
		}
	}
	r.flush()
	return &r.out, r.err
}

// renderer is a script being rendered.
type renderer struct {
	role    wsproto.Role
	options Options
	out     Rendering
	piece   []byte // octets that are written together with what follows them
	left    int
	err     error
	over    bool // nothing can be sent any more

	// The frame that a StepFrame left open.
	masked bool
	key    [4]byte
	pos    int
}

func (r *renderer) step(s *oracle.Step) {
	switch s.Kind {
	case oracle.StepFrame:
		r.frame(s)
	case oracle.StepFrameData:
		b := r.payload(&s.Payload, s.Payload.Offset)
		if r.masked {
			r.pos = wsproto.Mask(r.key, r.pos, b)
		}
		r.write(b, s.Chop, s.Sync)
	case oracle.StepRaw:
		r.write(r.payload(&s.Payload, s.Payload.Offset), s.Chop, s.Sync)
	case oracle.StepMessage:
		r.message(s, s.Payload.Offset)
	case oracle.StepEcho:
		for i := range s.Count {
			if r.err != nil {
				return
			}
			r.message(s, s.Payload.Offset+i*s.Payload.Len)
			r.flush()
		}
	case oracle.StepClose:
		payload := r.payload(&s.Payload, s.Payload.Offset)
		if len(payload) == 0 && s.Code != 0 {
			payload = wsproto.AppendClose(nil, s.Code, s.Reason)
		}
		f := wsproto.NewFrame(wsproto.OpClose, true, payload)
		r.mask(&f.Header, oracle.MaskByRole)
		r.write(f.AppendTo(nil), 0, false)
	case oracle.StepWait, oracle.StepAwait:
		r.flush()
	case oracle.StepShutdown, oracle.StepReset, oracle.StepDrop:
		r.over = true
	}
}

func (r *renderer) frame(s *oracle.Step) {
	f := wsproto.Frame{Header: s.Frame, Payload: r.payload(&s.Payload, s.Payload.Offset)}
	f.Length = uint64(len(f.Payload))
	if s.HasDeclared {
		f.Length = s.Declared
	}
	r.mask(&f.Header, s.Masking)
	r.masked, r.key, r.pos = f.Masked, f.Mask, len(f.Payload)
	r.write(f.AppendTo(nil), s.Chop, s.Sync)
}

// rsv1 marks the first frame of a compressed message (RFC 7692 6).
const rsv1 = 4

func (r *renderer) message(s *oracle.Step, offset int) {
	payload := r.payload(&s.Payload, offset)
	op, rsv := s.Frame.Opcode, s.Frame.Rsv
	if r.options.Compress != nil && !s.Plain {
		payload = r.options.Compress(payload)
		rsv |= rsv1
	}
	size := len(payload)
	if s.Fragment > 0 {
		size = s.Fragment
	}
	for fin := false; !fin && r.err == nil; {
		n := min(size, len(payload))
		fin = n == len(payload)
		f := wsproto.NewFrame(op, fin, payload[:n])
		f.Rsv = rsv
		r.mask(&f.Header, s.Masking)
		r.write(f.AppendTo(nil), s.Chop, s.Sync)
		payload = payload[n:]
		op, rsv = wsproto.OpContinuation, s.Frame.Rsv
	}
}

// mask says how a frame is masked.
func (r *renderer) mask(h *wsproto.Header, m oracle.Masking) {
	switch m {
	case oracle.MaskKey:
		h.Masked = true
		return
	case oracle.MaskAlways:
		h.Masked = true
	case oracle.MaskNever:
		h.Masked = false
	default:
		h.Masked = r.role == wsproto.Client
	}
	h.Mask = mask
}

// payload returns a copy of the octets of a payload.
func (r *renderer) payload(p *oracle.Payload, offset int) []byte {
	n := p.Size()
	switch {
	case n > r.left:
		r.err = ErrTooLong
		return nil
	case p.Source == "":
		return p.AppendRange(make([]byte, 0, n), 0, n)
	case r.options.Data == nil:
		r.err = ErrData
		return nil
	}
	return append([]byte(nil), r.options.Data(p.Source, offset, n)...)
}

// write writes octets: in pieces of so many, or by themselves, or together with
// what is beside them.
func (r *renderer) write(b []byte, chop int, sync bool) {
	if r.left -= len(b); r.left < 0 {
		r.err = ErrTooLong
		return
	}
	if chop <= 0 && !sync {
		r.piece = append(r.piece, b...)
		return
	}
	r.flush()
	if chop <= 0 {
		chop = max(1, len(b))
	}
	if len(r.out.Pieces)+len(b)/chop > MaxPieces {
		r.err = ErrTooLong
		return
	}
	r.out.Pieces = slices.AppendSeq(r.out.Pieces, slices.Chunk(b, chop))
}

func (r *renderer) flush() {
	if len(r.piece) > 0 {
		if len(r.out.Pieces) > MaxPieces {
			r.err = ErrTooLong
			return
		}
		r.out.Pieces = append(r.out.Pieces, r.piece)
		r.piece = nil
	}
}
