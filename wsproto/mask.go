package wsproto

import (
	"encoding/binary"
	"math/bits"
)

// The word loops below take 64 octets a turn: with fewer, the loop's own work
// is as much as the masking.
const maskBlock = 64

// maskWord returns the key as a little-endian word of eight octets, turned so
// that its low octet is the one for payload position pos.
func maskWord(key [4]byte, pos int) uint64 {
	k := bits.RotateLeft32(binary.LittleEndian.Uint32(key[:]), -8*(pos&3))
	return uint64(k)<<32 | uint64(k)
}

// Mask masks or unmasks b in place (RFC 6455 5.3). pos is the offset of b[0]
// within the frame's payload; the offset that follows b is returned, for the
// next call.
func Mask(key [4]byte, pos int, b []byte) int {
	end := pos + len(b)
	k := maskWord(key, pos)
	for len(b) >= maskBlock {
		w := (*[maskBlock]byte)(b)
		binary.LittleEndian.PutUint64(w[0:8], binary.LittleEndian.Uint64(w[0:8])^k)
		binary.LittleEndian.PutUint64(w[8:16], binary.LittleEndian.Uint64(w[8:16])^k)
		binary.LittleEndian.PutUint64(w[16:24], binary.LittleEndian.Uint64(w[16:24])^k)
		binary.LittleEndian.PutUint64(w[24:32], binary.LittleEndian.Uint64(w[24:32])^k)
		binary.LittleEndian.PutUint64(w[32:40], binary.LittleEndian.Uint64(w[32:40])^k)
		binary.LittleEndian.PutUint64(w[40:48], binary.LittleEndian.Uint64(w[40:48])^k)
		binary.LittleEndian.PutUint64(w[48:56], binary.LittleEndian.Uint64(w[48:56])^k)
		binary.LittleEndian.PutUint64(w[56:64], binary.LittleEndian.Uint64(w[56:64])^k)
		b = b[maskBlock:]
	}
	for len(b) >= 8 {
		binary.LittleEndian.PutUint64(b, binary.LittleEndian.Uint64(b)^k)
		b = b[8:]
	}
	for i := range b {
		b[i] ^= byte(k)
		k >>= 8
	}
	return end
}

// MaskCopy is [Mask] from src into dst, for a src that must stay as it is. It
// handles as many octets as the shorter of the two holds, as copy does, and
// returns the payload offset that follows them. dst and src may be the same
// slice; else they must not overlap.
func MaskCopy(dst, src []byte, key [4]byte, pos int) int {
	n := min(len(dst), len(src))
	dst, src = dst[:n], src[:n]
	k := maskWord(key, pos)
	for len(src) >= maskBlock && len(dst) >= maskBlock {
		d, s := (*[maskBlock]byte)(dst), (*[maskBlock]byte)(src)
		binary.LittleEndian.PutUint64(d[0:8], binary.LittleEndian.Uint64(s[0:8])^k)
		binary.LittleEndian.PutUint64(d[8:16], binary.LittleEndian.Uint64(s[8:16])^k)
		binary.LittleEndian.PutUint64(d[16:24], binary.LittleEndian.Uint64(s[16:24])^k)
		binary.LittleEndian.PutUint64(d[24:32], binary.LittleEndian.Uint64(s[24:32])^k)
		binary.LittleEndian.PutUint64(d[32:40], binary.LittleEndian.Uint64(s[32:40])^k)
		binary.LittleEndian.PutUint64(d[40:48], binary.LittleEndian.Uint64(s[40:48])^k)
		binary.LittleEndian.PutUint64(d[48:56], binary.LittleEndian.Uint64(s[48:56])^k)
		binary.LittleEndian.PutUint64(d[56:64], binary.LittleEndian.Uint64(s[56:64])^k)
		dst, src = dst[maskBlock:], src[maskBlock:]
	}
	for len(src) >= 8 && len(dst) >= 8 {
		binary.LittleEndian.PutUint64(dst, binary.LittleEndian.Uint64(src)^k)
		dst, src = dst[8:], src[8:]
	}
	for i := range src {
		dst[i] = src[i] ^ byte(k)
		k >>= 8
	}
	return pos + n
}
