package data

import "math/bits"

// random is a generator of numbers that no release of Go or of this module may
// change: a Weyl sequence put through the finalizer of SplitMix64. The seed is
// its first state.
type random uint64

func (r *random) next() uint64 {
	*r += 0x9e3779b97f4a7c15
	x := uint64(*r)
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// below returns a number of at least 0 and less than n.
func (r *random) below(n int) int {
	hi, _ := bits.Mul64(r.next(), uint64(n))
	return int(hi)
}

// skewed is [random.below] with small numbers much more likely, as the common
// words of a language are.
func (r *random) skewed(n int) int {
	return r.below(r.below(n) + 1)
}

func (r *random) octets(dst []byte, n int) []byte {
	for range n {
		dst = append(dst, byte(r.next()))
	}
	return dst
}

// pick is any element of the list.
func pick[T any](r *random, list []T) T {
	return list[r.below(len(list))]
}
