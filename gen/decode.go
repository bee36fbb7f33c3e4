package gen

import (
	"slices"
	"time"
	"unicode/utf8"

	"github.com/wscheck/wscheck/oracle"
	"github.com/wscheck/wscheck/wsproto"
)

// Decode returns the script that a program of our side in a role stands for:
// see doc.go for what it is for. Scripts share what they are made of with each
// other: the octets of their payloads and the fields of their opening
// handshakes are not to be changed in place.
func Decode(role wsproto.Role, program []byte) *oracle.Script {
	s := &oracle.Script{Role: role}
	if len(program) == 0 {
		return s
	}
	s.End = ends[program[0]&3]
	if len(program) > 1 {
		all := beginnings[role]()
		s.Handshake = all[int(program[1])%len(all)]
	}
	decodeExtension(s, int(program[0]>>2))
	steps := program[min(len(program), openingOctets):]
	n := min((len(steps)+stepOctets-1)/stepOctets, maxSteps)
	if n > 0 {
		s.Steps = make([]oracle.Step, n)
	}
	for i := range s.Steps {
		var record record
		copy(record[:], steps[i*stepOctets:])
		if i >= longSteps {
			record.shorten()
		}
		record.decode(role, &s.Steps[i])
	}
	return s
}

// decodeExtension adds an extension to the opening handshake, where there is
// room for one. A handshake that has to be refused is wrong in one thing alone, so
// that the answer shows what it is about.
func decodeExtension(s *oracle.Script, index int) {
	all := agreements[s.Role]()
	e, h := all[index%len(all)], &s.Handshake
	if h.Raw != nil || h.Refused && e.wrong {
		return
	}
	h.Offers = e.Offers
	h.Refused = h.Refused || e.Refused
	h.MayRefuse = !h.Refused && (h.MayRefuse || e.MayRefuse)
}

// record is the octets of a step: kind, head, size, content.
type record [stepOctets]byte

func (r *record) kind() kind      { return kinds[r[0]&15] }
func (r *record) sync() bool      { return r[0]&0x80 != 0 }
func (r *record) head() byte      { return r[1] }
func (r *record) size() int       { return sizes[r[2]&31] }
func (r *record) way() *way       { return &ways[r[2]>>5] }
func (r *record) content() []byte { all := contents(); return all[int(r[3])%len(all)] }

// shorten bounds the size of a step that has one.
func (r *record) shorten() {
	switch r.kind() {
	case kindLiteral, kindRaw, kindAwait, kindPause, kindLeave:
		return
	}
	if r.size() > shortSize {
		r[2] = r[2]&^31 | byte(slices.Index(sizes[:], shortSize))
	}
}

// chop is the size of pieces for a payload of n octets.
func (r *record) chop(n int) int {
	if c := chops[r[0]>>4&7]; c > 0 {
		return max(c, n/maxPieces)
	}
	return 0
}

// sized is the content repeated up to the size.
func (r *record) sized() oracle.Payload {
	n, content := r.size(), r.content()
	if n == 0 || len(content) == 0 {
		return oracle.Payload{}
	}
	return oracle.Payload{Data: content, Len: n}
}

// text is UTF-8 of the size, or less where that would cut a code point; the upper
// half of the contents of messages are any.
func (r *record) text() oracle.Payload {
	if r[3] >= 128 {
		any := *r
		any[3] -= 128
		return any.sized()
	}
	all := texts()
	unit := all[int(r[3])%len(all)]
	n := r.size()
	if len(unit) != utf8.RuneCount(unit) {
		n -= n % len(unit)
	}
	if n == 0 {
		return oracle.Payload{}
	}
	return oracle.Payload{Data: unit, Len: n}
}

// literal is a payload of exactly these octets.
func literal(octets []byte) oracle.Payload {
	if len(octets) == 0 {
		return oracle.Payload{}
	}
	return oracle.Payload{Data: octets}
}

func (r *record) decode(role wsproto.Role, s *oracle.Step) {
	switch r.kind() {
	case kindFrame:
		s.Payload = r.sized()
		r.frame(role, s)
	case kindPlain:
		s.Payload = r.sized()
		r.frame(role, s)
		s.Frame.Rsv = 0
	case kindLiteral:
		s.Payload = literal(r.content())
		r.frame(role, s)
		n := uint64(s.Payload.Size())
		if declared := lengths[r[2]&31](n); declared != n {
			s.Declared, s.HasDeclared = declared, true
		}
	case kindControl:
		s.Frame = wsproto.Header{Fin: true, Opcode: wsproto.OpPing + wsproto.Opcode(r.head()&1)}
		s.Payload = r.sized()
		s.Payload.Len = min(s.Payload.Len, maxControl)
		r.mask(role, s)
	case kindMessage:
		s.Kind, s.Payload = oracle.StepMessage, r.text()
		r.message(role, s, cuts[r.head()>>2])
		s.Plain = r.head()&2 != 0
	case kindEcho:
		s.Kind, s.Payload = oracle.StepEcho, r.text()
		r.message(role, s, cuts[r.head()>>5])
		s.Count = 1 + int(r.head()>>1)%maxCount
		s.Count = min(s.Count, max(1, maxSize/max(1, s.Payload.Size())))
	case kindData:
		s.Kind, s.Payload = oracle.StepFrameData, r.sized()
	case kindRaw:
		if b := int(r[3]) - (256 - numBursts); b >= 0 {
			s.Kind, s.Payload = oracle.StepRaw, oracle.Payload{Data: bursts[role]()[b]}
			break
		}
		// The first octets of a header, legal or not.
		content := r.content()
		octets := append(make([]byte, 0, len(content)+2), r[1], r[2])
		s.Kind, s.Payload = oracle.StepRaw, oracle.Payload{Data: append(octets, content...)}
	case kindClose:
		s.Kind, s.Payload = oracle.StepClose, r.closing()
		return
	case kindAwait:
		s.Kind, s.Until = oracle.StepAwait, oracle.Await(int(r.head())%awaits)
		s.Count, s.Timeout = 1+int(r[2])%maxCount, patience
		return
	case kindPause:
		switch s.Kind = waits[r.head()&7]; s.Kind {
		case oracle.StepPongs:
			s.Count = 1 + int(r[2])%maxCount
		case oracle.StepStopReading, oracle.StepGoOnReading:
		default:
			s.Timeout = r.pause()
		}
		return
	case kindLeave:
		s.Kind = leavings[int(r.head())%len(leavings)]
		return
	}
	s.Chop, s.Sync = r.chop(s.Payload.Size()), r.sync()
}

func (r *record) pause() time.Duration { return pauses[r[2]&3] }

// frame completes a frame whose payload is there: with a form that can hold the
// length, or the payload would be taken for frames.
func (r *record) frame(role wsproto.Role, s *oracle.Step) {
	h, w := r.head(), r.way()
	s.Frame = wsproto.Header{Fin: h&0x80 != 0, Rsv: h >> 4 & 7, Opcode: wsproto.Opcode(h & 15), Form: w.form}
	if w.form == wsproto.Form16 && s.Payload.Size() > 65535 {
		s.Frame.Form = wsproto.FormMinimal
	}
	r.mask(role, s)
}

func (r *record) mask(role wsproto.Role, s *oracle.Step) {
	if s.Masking = r.way().maskingOf(role); s.Masking == oracle.MaskKey {
		s.Frame.Mask = r.way().key
	}
}

// message completes a message, cut so many times.
func (r *record) message(role wsproto.Role, s *oracle.Step, cuts int) {
	s.Frame.Opcode = wsproto.OpText + wsproto.Opcode(r.head()&1)
	r.mask(role, s)
	if n := s.Payload.Size(); n > 0 && cuts > 0 {
		s.Fragment = max(1, n/(1+cuts))
	}
}

// closing is the payload of a close frame: a code, or none, and a reason of at
// most the size.
func (r *record) closing() oracle.Payload {
	code := codes[int(r.head())%len(codes)]
	reason := r.sized()
	n := min(reason.Size(), maxReason)
	if code < 0 && n == 0 {
		return oracle.Payload{}
	}
	octets := make([]byte, 0, n+2)
	if code >= 0 {
		octets = wsproto.AppendClose(octets, wsproto.CloseCode(code), "")
	}
	return oracle.Payload{Data: reason.AppendRange(octets, 0, n)}
}
