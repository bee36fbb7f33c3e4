package gen

import (
	"bytes"
	"reflect"
	"slices"
	"sync"
	"time"

	"github.com/wscheck/wscheck/oracle"
	"github.com/wscheck/wscheck/wsproto"
)

// Encode returns the program whose script comes closest to s: for seeds. What a
// program cannot say is left out, or said by what is next to it; what [Decode]
// made is said exactly.
func Encode(s *oracle.Script) []byte {
	beginning := encodeOpening(s)
	program := make([]byte, 0, openingOctets+len(s.Steps)*stepOctets)
	program = append(program, byte(max(0, slices.Index(ends[:], s.End)))|encodeExtension(s)<<2, beginning)
	for i := range s.Steps {
		if len(program) == openingOctets+maxSteps*stepOctets {
			break
		}
		var r record
		if r.encode(s.Role, &s.Steps[i]) {
			program = append(program, r[:]...)
		}
	}
	return program
}

// encodeExtension returns the index of the extension that the script offers or
// answers, 0 for an unknown one.
func encodeExtension(s *oracle.Script) byte {
	for i, e := range agreements[s.Role]() {
		if slices.Equal(e.Offers, s.Handshake.Offers) {
			return byte(i)
		}
	}
	return 0
}

// encodeOpening returns the index of the opening handshake that the script has, without its
// extension. Where none has it as it is written, it is one that is written another way.
func encodeOpening(s *oracle.Script) byte {
	h := s.Handshake
	all := beginnings[s.Role]()
	like := func(h oracle.Handshake) int {
		h.Offers, h.Refused, h.MayRefuse = nil, false, false
		return slices.IndexFunc(all, func(o oracle.Handshake) bool {
			o.Refused, o.MayRefuse = false, false
			return reflect.DeepEqual(o, h)
		})
	}
	at := like(h)
	if at < 0 {
		h.Chop, h.WithFrames = 0, false
		at = like(h)
	}
	if at < 0 {
		at = like(oracle.Handshake{Chop: chops[4+nearest(chops[4:], h.Chop)], WithFrames: h.WithFrames})
	}
	return byte(max(0, at))
}

// encode writes the record that comes closest to a step, and reports whether
// there is any.
func (r *record) encode(role wsproto.Role, s *oracle.Step) bool {
	switch s.Kind {
	case oracle.StepFrame:
		r.encodeFrame(role, s)
	case oracle.StepMessage:
		r.setKind(kindMessage)
		r.encodeMessage(role, s)
		r[1] |= flag(s.Plain, 2) | byte(r.encodeCuts(s, len(cuts))<<2)
	case oracle.StepEcho:
		r.setKind(kindEcho)
		r.encodeMessage(role, s)
		r[1] |= byte(min(max(1, s.Count), maxCount)-1)<<1 | byte(r.encodeCuts(s, 8)<<5)
	case oracle.StepFrameData:
		r.setKind(kindData)
		r.encodeSized(&s.Payload)
	case oracle.StepRaw:
		r.setKind(kindRaw)
		r.encodeRaw(role, &s.Payload)
	case oracle.StepClose:
		r.setKind(kindClose)
		r.encodeClose(s)
		return true
	case oracle.StepAwait:
		r.setKind(kindAwait)
		r[1], r[2] = byte(s.Until), byte(min(max(1, s.Count), maxCount)-1)
		return true
	case oracle.StepWait, oracle.StepCloseAfter, oracle.StepFailAfter:
		r.setKind(kindPause)
		r[1], r[2] = byte(slices.Index(waits[:], s.Kind)), byte(nearest(pauses[:], s.Timeout))
		return true
	case oracle.StepStopReading, oracle.StepGoOnReading, oracle.StepPongs:
		r.setKind(kindPause)
		r[1], r[2] = byte(slices.Index(waits[:], s.Kind)), byte(min(max(1, s.Count), maxCount)-1)
		return true
	case oracle.StepShutdown, oracle.StepReset, oracle.StepDrop:
		r.setKind(kindLeave)
		r[1] = byte(slices.Index(leavings[:], s.Kind))
		return true
	default:
		return false
	}
	r.encodeWriting(s)
	return true
}

func flag(set bool, bit byte) byte {
	if set {
		return bit
	}
	return 0
}

func (r *record) setKind(k kind) { r[0] = byte(slices.Index(kinds[:], k)) }

// encodeWriting says how the step is written.
func (r *record) encodeWriting(s *oracle.Step) {
	r[0] |= flag(s.Sync, 0x80)
	if s.Chop == 0 {
		return
	}
	best, off := 0, 0
	for i := len(chops) - 1; chops[i] > 0; i-- {
		pieces := record{byte(i << 4)}
		if d := abs(pieces.chop(s.Payload.Size()) - s.Chop); best == 0 || d < off {
			best, off = i, d
		}
	}
	r[0] |= byte(best << 4)
}

func (r *record) encodeFrame(role wsproto.Role, s *oracle.Step) {
	r[1] = flag(s.Frame.Fin, 0x80) | s.Frame.Rsv&7<<4 | byte(s.Frame.Opcode)&15
	content, exact := contentOf(s.Payload.Data)
	if exact && s.Payload.Len == 0 && s.Payload.Size() > 0 || s.HasDeclared {
		r.setKind(kindLiteral)
		r[3] = content
		if s.HasDeclared {
			r[2] = encodeLength(uint64(s.Payload.Size()), s.Declared)
		}
	} else {
		r.encodeSized(&s.Payload)
	}
	r.encodeWay(role, s)
}

// encodeLength returns what comes closest to a length that is declared for n
// octets.
func encodeLength(n, declared uint64) byte {
	best := 0
	distance := func(i int) uint64 {
		l := lengths[i](n)
		return max(l, declared) - min(l, declared)
	}
	for i := range lengths {
		if distance(i) < distance(best) {
			best = i
		}
	}
	return byte(best)
}

// encodeWay says how the header is written, if a way can say it.
func (r *record) encodeWay(role wsproto.Role, s *oracle.Step) {
	best, most := 0, -1
	for i := range ways {
		w := &ways[i]
		alike := 0
		if w.maskingOf(role) == s.Masking {
			alike += 2
			if s.Masking != oracle.MaskKey || w.key == s.Frame.Mask {
				alike += 2
			}
		}
		if w.form == s.Frame.Form {
			alike++
		}
		if alike > most {
			best, most = i, alike
		}
	}
	r[2] |= byte(best << 5)
}

func (r *record) encodeMessage(role wsproto.Role, s *oracle.Step) {
	r[1] = byte(s.Frame.Opcode-wsproto.OpText) & 1
	r.encodeText(&s.Payload)
	r.encodeWay(role, s)
}

// encodeCuts returns which of the first so many cuts gives the fragments of the
// step, or comes the closest.
func (r *record) encodeCuts(s *oracle.Step, among int) int {
	n := s.Payload.Size()
	if s.Fragment == 0 || n == 0 {
		return 0
	}
	best := 1
	distance := func(i int) int { return abs(max(1, n/(1+cuts[i])) - s.Fragment) }
	for i := range among {
		if i > 0 && distance(i) < distance(best) {
			best = i
		}
	}
	return best
}

// encodeSized writes the size and the content of a payload.
func (r *record) encodeSized(p *oracle.Payload) {
	r[2] = byte(nearest(sizes[:], p.Size()))
	r[3], _ = contentOf(p.Data)
}

// encodeText is encodeSized for a message: as a right one, where it is like any.
func (r *record) encodeText(p *oracle.Payload) {
	r.encodeSized(p)
	_, exact := contentOf(p.Data)
	switch {
	case p.Size() == 0:
		return
	case exact && int(r[3]) >= len(texts()) && r[3] < 128:
		r[3] += 128
		return
	}
	text := *r
	text[3] %= byte(len(texts()))
	for i := range sizes {
		text[2] = byte(i)
		if got := text.text(); got.Len == p.Size() && p.Matches(0, got.AppendRange(nil, 0, min(got.Len, len(got.Data)))) {
			*r = text
			return
		}
	}
	if r[3] < 128 {
		r[3] += 128
	}
}

// encodeRaw writes two octets and what content follows them.
func (r *record) encodeRaw(role wsproto.Role, p *oracle.Payload) {
	for i, octets := range bursts[role]() {
		if p.Size() == len(octets) && p.Matches(0, octets) {
			r[3] = byte(256 - numBursts + i)
			return
		}
	}
	octets := p.AppendRange(nil, 0, min(p.Size(), 2+maxContent))
	n := copy(r[1:3], octets)
	r[3], _ = contentOf(octets[n:])
}

// encodeClose writes a code, and the length and content of a reason. What begins
// with a code may as well be a reason without one.
func (r *record) encodeClose(s *oracle.Step) {
	payload := s.Payload.AppendRange(nil, 0, s.Payload.Size())
	if len(payload) == 0 && s.Code != 0 {
		payload = wsproto.AppendClose(nil, s.Code, s.Reason)
	}
	r.encodeSized(&oracle.Payload{Data: payload})
	if got := r.closing(); bytes.Equal(got.Data, payload) {
		return
	}
	if p, ok := wsproto.ParseClose(payload); ok && p.HasCode {
		if at := slices.Index(codes, int(p.Code)); at > 0 {
			r[1] = byte(at)
			r.encodeSized(&oracle.Payload{Data: p.Reason})
		}
	}
}

// nearest returns the index of the number in a table that comes closest to n.
func nearest[T int | time.Duration](table []T, n T) int {
	best := 0
	for i, v := range table {
		if max(v-n, n-v) < max(table[best]-n, n-table[best]) {
			best = i
		}
	}
	return best
}

func abs(n int) int { return max(n, -n) }

// contentIndex finds contents.
var contentIndex = sync.OnceValue(func() map[string]byte {
	index := make(map[string]byte)
	for i, c := range slices.Backward(contents()) {
		index[string(c)] = byte(i)
	}
	return index
})

// maxContent is the length of the longest content in octets.
const maxContent = 1 << 12

// contentOf returns the index of a content, or of the one that begins like the
// octets, or repeats like them, for the longest.
func contentOf(octets []byte) (index byte, exact bool) {
	if i, ok := contentIndex()[string(octets)]; ok {
		return i, true
	}
	head := octets[:min(len(octets), maxControl)]
	best, most := 0, -1
	for i, c := range contents() {
		if len(c) == 0 {
			continue
		}
		n := 0
		for n < len(head) && head[n] == c[n%len(c)] {
			n++
		}
		if n > most {
			best, most = i, n
		}
	}
	if most == 0 && !bytes.ContainsFunc(head, func(r rune) bool { return r > 127 }) {
		return 0, false // text, as it stands
	}
	return byte(best), false
}
