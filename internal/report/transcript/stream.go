package transcript

import (
	"bytes"
	"strconv"
	"strings"

	"github.com/wscheck/wscheck/wsproto"
)

// Stream takes one direction of a trace apart: the opening handshake, then
// frames. Octets may be missing from it, as a bounded trace keeps the head of a
// long event only; what is missing within a payload does no harm, what is
// missing elsewhere makes the rest of the stream undecodable.
type Stream struct {
	response bool // the handshake of this direction is the server's
	http2    bool // it is one of HTTP/2
	before   int  // octets of HTTP that come before the handshake
	phase    streamPhase
	Head     []byte // the opening handshake, with any interim responses

	header  []byte // of the frame under way, unfinished
	frame   *Frame
	Opcodes map[wsproto.Opcode]int // number of frames begun
	frames  int                    // their sum
}

type streamPhase uint8

const (
	PhaseHTTP   streamPhase = iota // the opening handshake
	PhaseFrames                    // frames
	phaseBody                      // what follows a handshake that was refused
	phaseLost                      // not decoded: octets are missing where a header could be, or too many frames
)

// Frame is what has come of a frame of a stream.
type Frame struct {
	wsproto.Collected
	number int    // 0 for the first frame of its direction
	size   uint64 // payload octets that came
}

// Total is the declared size of the frame with its header, or the
// largest that an int holds.
func (f *Frame) Total() int {
	const most = 1<<62 - 1
	return int(min(f.Header.Length, most)) + f.Header.Size()
}

// maxFrames bounds the frames that are decoded in one direction.
const maxFrames = 4096

// keptFrame is how many payload octets a streamFrame keeps.
const keptFrame = 256

// maxHead bounds the opening handshake that a stream keeps.
const maxHead = 64 << 10

// Piece is a part of one event that belongs together.
type Piece struct {
	Phase  streamPhase
	Frame  *Frame // phaseFrames; nil for octets of a header that is not complete
	Octets int
	First  bool // the frame's first octet is in it
	Last   bool // the frame's last octet is in it
}

// feed takes the n octets of the next event and returns the pieces that they make.
// data has the first of them.
func (s *Stream) feed(data []byte, n int) []Piece {
	var pieces []Piece
	for n > 0 {
		p, used := s.next(data, n)
		if last := len(pieces) - 1; last >= 0 && pieces[last].Phase == p.Phase && p.Phase != PhaseFrames {
			pieces[last].Octets += p.Octets
		} else {
			pieces = append(pieces, p)
		}
		data, n = data[min(used, len(data)):], n-used
	}
	return pieces
}

// next takes at least one octet off the front.
func (s *Stream) next(data []byte, n int) (p Piece, used int) {
	if s.before > 0 {
		used = min(n, s.before)
		s.before -= used
		return Piece{Phase: PhaseHTTP, Octets: used}, used
	}
	switch s.phase {
	case PhaseHTTP:
		return s.nextHTTP(data, n)
	case PhaseFrames:
		return s.nextFrame(data, n)
	}
	return Piece{Phase: s.phase, Octets: n}, n
}

func (s *Stream) nextHTTP(data []byte, n int) (Piece, int) {
	before := len(s.Head)
	s.Head = append(s.Head, data[:min(len(data), maxHead-before)]...)
	start := bytes.LastIndex(s.Head[:before], endOfHead) + 1
	if start > 0 {
		start += len(endOfHead) - 1
	}
	// The end can straddle this event and the one before.
	from := max(start, before-len(endOfHead)+1)
	end := bytes.Index(s.Head[from:], endOfHead)
	if end < 0 {
		switch {
		case s.response && !couldBeHTTP(s.Head[start:]):
			s.phase = phaseBody
		case len(data) < n || len(s.Head) == maxHead:
			s.phase = phaseLost
		}
		return Piece{Phase: PhaseHTTP, Octets: n}, n
	}
	end += from + len(endOfHead)
	head := s.Head[start:end]
	s.Head = s.Head[:end]
	switch status := statusOf(head); {
	case !s.response || status == 101 || s.http2 && status/100 == 2:
		s.phase = PhaseFrames
	case status/100 != 1:
		s.phase = phaseBody
	}
	return Piece{Phase: PhaseHTTP, Octets: end - before}, end - before
}

// endOfHead ends the header fields of an HTTP message.
var endOfHead = []byte("\r\n\r\n")

// couldBeHTTP reports whether b is, or can become, an HTTP response.
func couldBeHTTP(b []byte) bool {
	const version = "HTTP/"
	n := min(len(b), len(version))
	return string(b[:n]) == version[:n]
}

// statusOf returns the status code of an HTTP response, 0 where there is none.
func statusOf(head []byte) int {
	line, _, _ := strings.Cut(string(head), "\r\n")
	_, rest, _ := strings.Cut(line, " ")
	if len(rest) < 3 || len(rest) > 3 && rest[3] != ' ' {
		return 0
	}
	status, _ := strconv.ParseUint(rest[:3], 10, 16)
	return int(status)
}

func (s *Stream) nextFrame(data []byte, n int) (Piece, int) {
	if s.frame != nil {
		return s.nextPayload(data, n, 0)
	}
	if s.frames == maxFrames {
		s.phase = phaseLost
		return Piece{Phase: phaseLost, Octets: n}, n
	}
	begins := len(s.header) == 0
	used := 0
	for used < len(data) {
		s.header = append(s.header, data[used])
		used++
		h, size := wsproto.ParseHeader(s.header)
		if size == 0 {
			continue
		}
		s.header = s.header[:0]
		s.frame = &Frame{number: s.frames, Collected: wsproto.Collected{Frame: wsproto.Frame{Header: h}}}
		s.frames++
		s.Opcodes[h.Opcode]++
		p, used := s.nextPayload(data[used:], n-used, used)
		p.First = begins
		return p, used
	}
	if used < n {
		s.phase = phaseLost
		return Piece{Phase: phaseLost, Octets: n}, n
	}
	return Piece{Phase: PhaseFrames, Octets: used, First: begins}, used
}

// nextPayload takes what there is of the frame's payload; header octets of this
// event came before it.
func (s *Stream) nextPayload(data []byte, n, header int) (Piece, int) {
	f := s.frame
	take := int(min(f.Header.Length-f.size, uint64(n)))
	if room := keptFrame - len(f.Payload); room > 0 && uint64(len(f.Payload)) == f.size {
		kept := data[:min(take, len(data), room)]
		at := len(f.Payload)
		f.Payload = append(f.Payload, kept...)
		if f.Header.Masked {
			wsproto.Mask(f.Header.Mask, at, f.Payload[at:])
		}
	}
	f.size += uint64(take)
	f.Elided = f.size - uint64(len(f.Payload))
	p := Piece{Phase: PhaseFrames, Frame: f, Octets: header + take, Last: f.size == f.Header.Length}
	if p.Last {
		s.frame = nil
	}
	return p, header + take
}
