package gen

import (
	"bytes"
	"slices"
	"time"

	"github.com/wscheck/wscheck/oracle"
	"github.com/wscheck/wscheck/wsproto"
)

// A program is the binary form of a script: an octet for how the conversation
// begins and ends, and then four octets for each step:
//
//	step     its kind, by the table kinds; the rest is told for frames
//	head     the first octet of a frame header, as on the wire: FIN, RSV, opcode
//	size     bits 0 to 4: the payload's size, by the table sizes
//	         bits 5 and 6: the form of the length
//	         bit 7: masked, or not, against the rule for our role
//	content  bits 0 to 3: the payload, by the table contents
//	         bits 4 to 6: how it is written, by the table chops
//	         bit 7: written by itself
//
// Octets of a step that is cut short are zero, and what goes beyond maxSteps is
// not read, so that every program is a script and an octet belongs to one step.
const stepOctets = 4

// Bounds of a script.
const (
	maxSteps    = 64
	maxPayloads = 1 << 20 // octets of all payloads together; what goes beyond is empty
)

// kinds are the steps by their octet, modulo the number of them. Frames have
// most of the room.
var kinds = [...]oracle.StepKind{
	oracle.StepFrame, oracle.StepFrame, oracle.StepFrame, oracle.StepFrame,
	oracle.StepFrame, oracle.StepFrame, oracle.StepFrame, oracle.StepFrame,
	oracle.StepMessage, oracle.StepMessage, oracle.StepRaw, oracle.StepClose,
	oracle.StepAwait, oracle.StepWait, oracle.StepShutdown, oracle.StepReset,
}

// sizes are those around which implementations change their ways.
var sizes = [32]int{
	0, 1, 2, 3, 4, 5, 7, 8, 13, 16, 64, 100, 123, 124, 125, 126,
	127, 128, 129, 255, 256, 1000, 1024, 4095, 4096, 4097, 16384, 32768, 65534, 65535, 65536, 65537,
}

// contents are payloads, repeated up to the size.
var contents = [16][]byte{
	[]byte("Hello, world! "), {0}, {0xff}, []byte("κόσμε"),
	[]byte("\xf0\x9f\x98\x80"), []byte("\xed\xa0\x80"), []byte("\xc0\xaf"), []byte("\xf4\x90\x80\x80"),
	[]byte("a\xce"), {0x80}, {0x03, 0xe8}, {0x03, 0xea, 'b', 'y', 'e'},
	{0x03, 0xee}, {0x03, 0xe7}, {0x0b, 0xb8, 0xff}, {0xc1, 0x80, 1, 2, 3, 4},
}

// chops are the sizes of the pieces in which a step is written; 0 is all at
// once.
var chops = [8]int{0, 0, 0, 1, 2, 3, 64, 1000}

var ends = [...]oracle.End{oracle.EndClose, oracle.EndClose, oracle.EndAwait, oracle.EndNone}

// Decode returns the script that a program of our side in a role stands for.
func Decode(role wsproto.Role, program []byte) *oracle.Script {
	s := &oracle.Script{Role: role}
	if len(program) == 0 {
		return s
	}
	first := program[0]
	s.End = ends[first&3]
	s.Handshake.WithFrames = first&4 != 0
	if first&8 != 0 {
		s.Handshake.Chop = 1
	}
	room := maxPayloads
	for record := range slices.Chunk(program[1:], stepOctets) {
		if len(s.Steps) == maxSteps {
			break
		}
		var octets [stepOctets]byte
		copy(octets[:], record)
		s.Steps = append(s.Steps, decodeStep(role, octets, &room))
	}
	return s
}

func decodeStep(role wsproto.Role, b [stepOctets]byte, room *int) oracle.Step {
	step := oracle.Step{Kind: kinds[int(b[0])%len(kinds)], Chop: chops[b[3]>>4&7], Sync: b[3]&0x80 != 0}
	size := sizes[b[2]&31]
	if size > *room {
		size = 0
	}
	payload := oracle.Payload{}
	if size > 0 {
		payload = oracle.Payload{Data: contents[b[3]&15], Len: size}
	}
	opcode := wsproto.Opcode(b[1] & 15)
	switch step.Kind {
	case oracle.StepFrame:
		step.Frame = wsproto.Header{
			Fin: b[1]&0x80 != 0, Rsv: b[1] >> 4 & 7, Opcode: opcode, Form: wsproto.LengthForm(b[2] >> 5 & 3),
		}
		if f := step.Frame.Form; f == wsproto.Form7 && size > 125 || f == wsproto.Form16 && size > 65535 {
			step.Frame.Form = wsproto.FormMinimal // else the payload would be taken for frames
		}
		if b[2]&0x80 != 0 {
			step.Masking = oracle.MaskNever
			if role == wsproto.Server {
				step.Masking = oracle.MaskAlways
			}
		}
		step.Payload = payload
	case oracle.StepMessage:
		step.Frame.Opcode = wsproto.OpText + opcode&1
		step.Payload = payload
		if step.Payload.Len > 0 && b[1]&0x80 == 0 {
			step.Fragment = max(1, size/(1+int(b[1]>>4&7)))
		}
	case oracle.StepRaw:
		step.Payload = payload
	case oracle.StepClose:
		step.Chop, step.Sync = 0, false
		if size = min(size, 125); size > 0 {
			step.Payload = oracle.Payload{Data: payload.Data, Len: size}
		}
	case oracle.StepAwait:
		step.Chop, step.Sync = 0, false
		step.Until, step.Count, step.Timeout = oracle.Await(b[1]%5), 1, time.Second
	case oracle.StepWait:
		step.Chop, step.Sync = 0, false
		step.Timeout = time.Second
	default:
		step.Chop, step.Sync = 0, false
	}
	*room -= step.Payload.Size()
	return step
}

// Encode returns the program whose script comes closest to s: for seeds. What a
// program cannot say is left out.
func Encode(s *oracle.Script) []byte {
	first := byte(slices.Index(ends[:], s.End))
	if s.Handshake.WithFrames {
		first |= 4
	}
	if s.Handshake.Chop > 0 {
		first |= 8
	}
	program := []byte{first}
	for i := range s.Steps {
		if len(program) > maxSteps*stepOctets {
			break
		}
		if octets, ok := encodeStep(&s.Steps[i]); ok {
			program = append(program, octets[:]...)
		}
	}
	return program
}

func encodeStep(s *oracle.Step) (b [stepOctets]byte, ok bool) {
	kind := slices.Index(kinds[:], s.Kind)
	if kind < 0 {
		return b, false
	}
	b[0] = byte(kind)
	b[2] = byte(nearest(sizes[:], s.Payload.Size()))
	b[3] = byte(closest(&s.Payload))
	if s.Chop > 0 {
		b[3] |= byte(3+nearest(chops[3:], s.Chop)) << 4
	}
	if s.Sync {
		b[3] |= 0x80
	}
	switch s.Kind {
	case oracle.StepFrame:
		b[1] = byte(s.Frame.Opcode) | s.Frame.Rsv<<4
		if s.Frame.Fin {
			b[1] |= 0x80
		}
		b[2] |= byte(s.Frame.Form) << 5
		if s.Masking == oracle.MaskNever || s.Masking == oracle.MaskAlways {
			b[2] |= 0x80
		}
	case oracle.StepMessage:
		b[1] = byte(s.Frame.Opcode-wsproto.OpText) & 1
		if s.Fragment == 0 {
			b[1] |= 0x80
		} else {
			b[1] |= byte(min(7, max(0, s.Payload.Size()/s.Fragment-1))) << 4
		}
	case oracle.StepAwait:
		b[1] = byte(s.Until)
	}
	return b, true
}

// nearest returns the index of the number in a table that comes closest to n.
func nearest(table []int, n int) int {
	best := 0
	for i, v := range table {
		if abs(v-n) < abs(table[best]-n) {
			best = i
		}
	}
	return best
}

func abs(n int) int { return max(n, -n) }

// closest returns the index of the content that a payload begins with for the
// longest.
func closest(p *oracle.Payload) int {
	if p.Source != "" || p.Size() == 0 {
		return 0
	}
	head := p.AppendRange(nil, 0, min(p.Size(), 16))
	best, most := 0, -1
	for i, c := range contents {
		n := 0
		for n < len(head) && head[n] == c[n%len(c)] {
			n++
		}
		if n > most {
			best, most = i, n
		}
	}
	if most <= 0 && !bytes.ContainsFunc(head, func(r rune) bool { return r > 127 }) {
		return 0
	}
	return best
}
