package engine

import (
	"encoding/base64"
	"encoding/binary"
	"math/rand/v2"
	"testing"

	"github.com/wscheck/wscheck/internal/testseeds"
	"github.com/wscheck/wscheck/wsproto"
)

// keySource gives the masking keys of one connection after the other.
type keySource func(r *rand.Rand, connection int) func() uint32

// eachKey is a source whose keys do not depend on each other.
func eachKey(key func(r *rand.Rand) uint32) keySource {
	return func(r *rand.Rand, _ int) func() uint32 { return func() uint32 { return key(r) } }
}

// workedOut is a source that makes each key of the one before.
func workedOut(next func(last uint32, r *rand.Rand) uint32) keySource {
	return func(r *rand.Rand, _ int) func() uint32 {
		last := r.Uint32()
		return func() uint32 {
			last = next(last, r)
			return last
		}
	}
}

// seeded is a source with so many sequences.
func seeded(sequences int) keySource {
	return func(_ *rand.Rand, connection int) func() uint32 {
		return rand.New(rand.NewPCG(uint64(connection%sequences), 1)).Uint32
	}
}

// of returns n characters of a set, as a number.
func of(set string, n int, r *rand.Rand) (key uint32) {
	for range n {
		key = key<<8 | uint32(set[r.IntN(len(set))])
	}
	return key
}

const alphanumeric = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

// seenAfter plays connections of four frames each, of two kinds, until the masking keys are
// seen not to be random, and returns how many that takes; 0 where most do not show it.
func seenAfter(source keySource, seed uint64, most int) (connections int, how string) {
	r := rand.New(rand.NewPCG(seed, 2))
	state := new(randomness)
	for n := range most {
		key := source(r, n)
		var frames []wsproto.Header
		for i := range 4 {
			h := wsproto.Header{Opcode: wsproto.OpText, Masked: true}
			if i == 3 {
				h.Opcode = wsproto.OpClose
			}
			binary.BigEndian.PutUint32(h.Mask[:], key())
			frames = append(frames, h)
		}
		if how := state.masked(frames); how != "" {
			return n + 1, how
		}
	}
	return 0, ""
}

// TestWeakMaskingKeys has each kind of source that is not random seen within so many connections.
func TestWeakMaskingKeys(t *testing.T) {
	process := uint32(0)
	for name, c := range map[string]struct {
		source keySource
		within int
	}{
		"a seed":              {seeded(1), 2},
		"eight seeds":         {seeded(8), 9},
		"16 bits twice":       {eachKey(func(r *rand.Rand) uint32 { return r.Uint32() >> 16 * 0x10001 }), 10},
		"an octet four times": {eachKey(func(r *rand.Rand) uint32 { return r.Uint32() >> 24 * 0x1010101 }), 8},
		"24 bits":             {eachKey(func(r *rand.Rand) uint32 { return r.Uint32() &^ 0xff00 }), 10},
		"digits":              {eachKey(func(r *rand.Rand) uint32 { return of("0123456789", 4, r) }), 10},
		"letters":             {eachKey(func(r *rand.Rand) uint32 { return of(alphanumeric[36:], 4, r) }), 12},
		"hexadecimal":         {eachKey(func(r *rand.Rand) uint32 { return of("0123456789abcdef", 4, r) }), 12},
		"an exclusive or": {eachKey(func(r *rand.Rand) uint32 {
			key := r.Uint32() & 0xffffff
			return key<<8 | (key^key>>8^key>>16)&0xff
		}), 20},
		"16 bits, mixed":        {eachKey(func(r *rand.Rand) uint32 { return (r.Uint32N(1<<16) + 1) * 0x9e3779b1 }), 400},
		"24 bits, mixed":        {eachKey(func(r *rand.Rand) uint32 { return (r.Uint32N(1<<24) + 1) * 0x9e3779b1 }), 40_000},
		"a counter of each":     {workedOut(func(last uint32, _ *rand.Rand) uint32 { return last + 0x1234567 }), 60},
		"a counter of all":      {eachKey(func(*rand.Rand) uint32 { process += 0x301; return process }), 60},
		"a congruential source": {workedOut(func(last uint32, _ *rand.Rand) uint32 { return last*1664525 + 1013904223 }), 60},
		"a shift register": {workedOut(func(last uint32, _ *rand.Rand) uint32 {
			last ^= last << 13
			last ^= last >> 17
			return last ^ last<<5
		}), 60},
		"a clock": {workedOut(func(last uint32, r *rand.Rand) uint32 { return last + r.Uint32N(1<<20) }), 60},
	} {
		for seed := range uint64(20) {
			process = 0
			if n, how := seenAfter(c.source, seed, c.within); n == 0 {
				t.Errorf("%s, seed %d: not seen within %d connections", name, seed, c.within)
			} else if seed == 0 {
				t.Logf("%s: after %d connections: %s", name, n, how)
			}
		}
	}
}

// TestRandomMaskingKeys demands that random keys are never seen to be other than that, nor
// those that lack a few bits, in many runs and in a long one.
func TestRandomMaskingKeys(t *testing.T) {
	t.Parallel()
	runs, long := 200, 20_000
	if testseeds.All() {
		runs, long = 500, 100_000
	}
	right := eachKey((*rand.Rand).Uint32)
	for name, source := range map[string]keySource{
		"32 bits":          right,
		"31 bits":          eachKey(func(r *rand.Rand) uint32 { return r.Uint32() >> 1 }),
		"no zeros":         eachKey(func(r *rand.Rand) uint32 { return r.Uint32() | 0x01000000 }),
		"ASCII":            eachKey(func(r *rand.Rand) uint32 { return r.Uint32() & 0x7f7f7f7f }),
		"letters and more": eachKey(func(r *rand.Rand) uint32 { return of(alphanumeric, 4, r) }),
	} {
		for seed := range uint64(runs) {
			if n, how := seenAfter(source, seed, 100); n != 0 {
				t.Errorf("%s, seed %d, connection %d: %s", name, seed, n, how)
			}
		}
	}
	if n, how := seenAfter(right, 1, long); n != 0 {
		t.Errorf("connection %d: %s", n, how)
	}
}

// TestWeakRequestKeys demands that Sec-WebSocket-Keys with half of their bits are found, and that
// those with most of their bits are not.
func TestWeakRequestKeys(t *testing.T) {
	digits := func(set string) func(*rand.Rand, []byte) {
		return func(r *rand.Rand, key []byte) {
			for i := range key {
				key[i] = set[r.IntN(len(set))]
			}
		}
	}
	for name, c := range map[string]struct {
		change func(r *rand.Rand, key []byte)
		within int // 0: never
	}{
		"random":           {func(*rand.Rand, []byte) {}, 0},
		"a UUID":           {func(_ *rand.Rand, key []byte) { key[6], key[8] = key[6]&0xf|0x40, key[8]&0x3f|0x80 }, 0},
		"letters and more": {digits(alphanumeric), 0},
		"hexadecimal":      {digits("0123456789abcdef"), 0},
		"8 octets":         {func(_ *rand.Rand, key []byte) { clear(key[8:]) }, 4},
		"8 octets twice":   {func(_ *rand.Rand, key []byte) { copy(key[8:], key) }, 66},
		"digits":           {digits("0123456789"), 66},
		"a counter":        {func(_ *rand.Rand, key []byte) { clear(key[:14]) }, 3},
	} {
		const connections = 400
		for seed := range uint64(20) {
			r, state := rand.New(rand.NewPCG(seed, 3)), new(randomness)
			seen := 0
			for n := 1; n <= connections && seen == 0; n++ {
				key := binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint64(nil, r.Uint64()), r.Uint64())
				c.change(r, key)
				if state.request(base64.StdEncoding.EncodeToString(key)) != "" {
					seen = n
				}
			}
			if seen > c.within || seen == 0 && c.within > 0 {
				t.Errorf("%s, seed %d: seen after %d connections, want %d", name, seed, seen, c.within)
			}
		}
	}
}
