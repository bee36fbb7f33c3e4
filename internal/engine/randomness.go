package engine

import (
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"math/bits"
	"slices"

	"github.com/wscheck/wscheck/internal/plural"
	"github.com/wscheck/wscheck/wsproto"
)

// randomness are the masking keys and the Sec-WebSocket-Keys of a client, over all of its
// connections, as far as it takes to see that they are not random (RFC 6455 4.1 and 5.3). A
// client whose bits are random is called wrong in one of 2^44 runs of four million frames.
type randomness struct {
	requests span
	masks    [16]span            // by opcode
	seen     map[uint32]struct{} // masking keys, of a window
	drawn    int                 // in the window
	again    int                 // of them were there before

	// Of two frames that follow each other on a connection: both keys, that of the first, and that
	// of the second.
	both, first, second span

	weak  string                             // how the masking keys are known not to be random; "" before that
	shows func(frames []wsproto.Header) bool // whether the frames of a connection are of those
}

// vector are up to 128 bits.
type vector [2]uint64

func (v vector) xor(w vector) vector { return vector{v[0] ^ w[0], v[1] ^ w[1]} }

func (v vector) less(w vector) bool { return v[0] < w[0] || v[0] == w[0] && v[1] < w[1] }

// span is the least affine space over the field of two elements that all vectors are in. Each
// bit that is constant, that is another one, or that is an exclusive or of others, makes its
// dimension less by one: keys that have 16 bits twice are in one of 16 dimensions.
type span struct {
	n      int // vectors
	origin vector
	basis  []vector // the highest bit of each is 0 in those after it
}

// add adds a vector of so many bits.
func (s *span) add(v vector, size int) {
	if s.n++; s.n == 1 {
		s.origin = v
	}
	if len(s.basis) == size {
		return
	}
	v = v.xor(s.origin)
	for _, b := range s.basis {
		if w := v.xor(b); w.less(v) {
			v = w
		}
	}
	if v != (vector{}) {
		s.basis = append(s.basis, v)
	}
}

// unlikely is what random vectors do once in 2^64 times.
const unlikely = 64

// weak returns how the vectors are seen to have no more than so many bits that are free, "" where
// they are not. Besides the origin there are m of them. Random ones are in a space of d dimensions
// once in 2^((size-d)(m-d)) times, but for a factor below 4. Some c bits are the same in all of
// them once in 2^(cm) times, and there are less than 2^size choices of bits.
func (s *span) weak(size, free int) string {
	d, m := len(s.basis), s.n-1
	if d > free {
		return ""
	}
	var changed vector
	for _, b := range s.basis {
		changed[0] |= b[0]
		changed[1] |= b[1]
	}
	same := size - bits.OnesCount64(changed[0]) - bits.OnesCount64(changed[1])
	switch {
	case same >= size-free && same*m >= unlikely+size:
		return fmt.Sprintf("%d bits are the same in all of them", same)
	case (size-d)*(m-d) >= unlikely:
		return fmt.Sprintf("%d bits of each give all the others", d)
	}
	return ""
}

// Keys are weak if they have no more free bits than this. A Sec-WebSocket-Key with half of its bits
// is wrong beyond argument; one of letters and digits, which lacks a few, is not. If an octet of the
// masking key is known, whoever wrote the payload chooses a quarter of what is on the wire.
const (
	freeInRequest = 64
	freeInMask    = 24
)

// request takes the Sec-WebSocket-Key of a connection. It returns how the keys of the client are seen not
// to be random, "" where they are not.
func (r *randomness) request(key string) string {
	octets, err := base64.StdEncoding.DecodeString(key)
	if err != nil || len(octets) != 16 {
		return ""
	}
	s := &r.requests
	s.add(vector{binary.BigEndian.Uint64(octets), binary.BigEndian.Uint64(octets[8:])}, 128)
	if how := s.weak(128, freeInRequest); how != "" {
		return fmt.Sprintf("the last of %d keys, %x: %s", s.n, octets, how)
	}
	return ""
}

// window is how many masking keys are compared with each other, and again how many of so many
// may be there before: of n random ones k are once in 2^(k(33-2·lb n))·k! times, which is 2^53
// times and more for k of one more. Keys of 24 bits are found by the last.
const window = 1 << 14

var again = [...]struct{ drawn, may int }{{1 << 8, 2}, {1 << 11, 4}, {window, 7}}

// pairs is how many keys and those after them have to be related by chance once in 2^48 times:
// each relation comes once in 2^112 times, and there are 2^64. Generators that are linear have
// many, and those whose lowest bits count have some. So has a clock, whose highest bits seldom change.
const pairs = 112

// masked takes the headers of the frames that a client has masked on a connection. It returns how its
// masking keys are seen not to be random, "" where they are not.
func (r *randomness) masked(frames []wsproto.Header) string {
	for i := range frames {
		key := maskOf(&frames[i])
		r.mask(frames[i].Opcode, key)
		if i > 0 {
			r.pair(maskOf(&frames[i-1]), key)
		}
	}
	if r.weak == "" || !r.shows(frames) {
		return ""
	}
	return r.weak
}

func maskOf(h *wsproto.Header) uint32 { return binary.BigEndian.Uint32(h.Mask[:]) }

// found keeps the first way in which the masking keys are seen not to be random.
func (r *randomness) found(shows func([]wsproto.Header) bool, format string, args ...any) {
	if r.weak == "" {
		r.weak, r.shows = fmt.Sprintf(format, args...), shows
	}
}

// mask takes the masking key of a frame.
func (r *randomness) mask(op wsproto.Opcode, key uint32) {
	if r.seen == nil || r.drawn == window {
		r.seen, r.drawn, r.again = make(map[uint32]struct{}), 0, 0
	}
	r.drawn++
	if _, ok := r.seen[key]; ok {
		r.again++
		for _, a := range again {
			if r.drawn <= a.drawn && r.again > a.may {
				r.found(func(frames []wsproto.Header) bool { return len(frames) > 0 },
					"%d of %d masking keys came before, the last of them %08x", r.again, r.drawn, key)
			}
		}
	}
	r.seen[key] = struct{}{}
	s := &r.masks[op&15]
	s.add(vector{uint64(key)}, 32)
	if how := s.weak(32, freeInMask); how != "" {
		r.found(func(frames []wsproto.Header) bool {
			return slices.ContainsFunc(frames, func(h wsproto.Header) bool { return h.Opcode == op })
		}, "the last of %d masking keys of %v frames is %08x: %s", s.n, op, key, how)
	}
}

// pair takes the masking keys of two frames that follow each other.
func (r *randomness) pair(first, second uint32) {
	if r.both.n > pairs && len(r.both.basis) == len(r.first.basis)+len(r.second.basis) {
		return
	}
	r.both.add(vector{uint64(first), uint64(second)}, 64)
	r.first.add(vector{uint64(first)}, 32)
	r.second.add(vector{uint64(second)}, 32)
	if related := len(r.first.basis) + len(r.second.basis) - len(r.both.basis); r.both.n > pairs && related > 0 {
		r.found(func(frames []wsproto.Header) bool { return len(frames) > 1 },
			"the last of %d masking keys and those after them are %08x and %08x: %s of the second can be told from the rest",
			r.both.n, first, second, plural.Of(related, "bit"))
	}
}
