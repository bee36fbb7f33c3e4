package engine

import (
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"math/bits"
	"slices"

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

	// Of two frames that follow each other on a connection: both keys, those of the first, those
	// of the second, and how often a bit of the second is not that of the first.
	both, first, second span
	flips               [32]int

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

// weak reports whether no more than so many bits of the vectors are free. Besides the origin
// there are m of them: random ones are in a space of d dimensions once in 2^((size-d)(m-d))
// times, but for a factor below 4, and c bits that somebody chose are constant once in 2^(cm) times,
// where there are less than 2^size choices.
func (s *span) weak(size, free int) bool {
	d, m := len(s.basis), s.n-1
	if d > free {
		return false
	}
	var changed vector
	for _, b := range s.basis {
		changed[0] |= b[0]
		changed[1] |= b[1]
	}
	constant := size - bits.OnesCount64(changed[0]) - bits.OnesCount64(changed[1])
	return (size-d)*(m-d) >= unlikely || constant >= size-free && constant*m >= unlikely+size
}

// How many free bits make keys weak. That half of a Sec-WebSocket-Key is known is beyond argument;
// that letters and digits have a few bits less is not. A masking key of which an octet is known
// leaves a quarter of what is on the wire to whoever wrote the payload.
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
	if !s.weak(128, freeInRequest) {
		return ""
	}
	return fmt.Sprintf("the keys of %d connections, in which no more than %d bits are free, the last of them %x", s.n, len(s.basis), octets)
}

// window is how many masking keys are compared with each other, and again how many of so many
// may be there before: of n random ones k are once in 2^(k(33-2·lb n))·k! times, which is 2^53
// times and more for k of one more. Keys of 24 bits are found by the last.
const window = 1 << 14

var again = [...]struct{ drawn, may int }{{1 << 8, 2}, {1 << 11, 4}, {window, 7}}

// Random keys have a relation between a key and the next, for so many pairs, once in 2^48 times:
// there are 2^64 of them, and each comes about once in 2^112 times. Keys that follow a clock have
// an octet and more that seldom changes from one to the next: random ones once in 2^300 times.
const (
	pairs  = 112
	seldom = pairs / 8
	fixed  = 32 - freeInMask
)

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
					"%d of %d masking keys were there before, the last of them %08x", r.again, r.drawn, key)
			}
		}
	}
	r.seen[key] = struct{}{}
	s := &r.masks[op&15]
	if s.add(vector{uint64(key)}, 32); s.weak(32, freeInMask) {
		r.found(func(frames []wsproto.Header) bool {
			return slices.ContainsFunc(frames, func(h wsproto.Header) bool { return h.Opcode == op })
		}, "%d masking keys of %v frames, in which no more than %d bits are free, the last of them %08x", s.n, op, len(s.basis), key)
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
	alike := 0
	for i := range r.flips {
		r.flips[i] += int((first ^ second) >> i & 1)
		if r.flips[i] <= seldom {
			alike++
		}
	}
	if r.both.n <= pairs {
		return
	}
	shows := func(frames []wsproto.Header) bool { return len(frames) > 1 }
	switch related := len(r.first.basis) + len(r.second.basis) - len(r.both.basis); {
	case related > 0:
		r.found(shows, "%d pairs of masking keys, in which %d bits of the second follow from the rest, the last pair %08x and %08x", r.both.n, related, first, second)
	case r.both.n == pairs+1 && alike >= fixed:
		r.found(shows, "%d pairs of masking keys, in most of which %d bits are the same, the last pair %08x and %08x", r.both.n, alike, first, second)
	}
}
