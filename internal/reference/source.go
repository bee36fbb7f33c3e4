package reference

import (
	crand "crypto/rand"
	"encoding/binary"
	"math/rand/v2"
)

// source draws what an endpoint leaves to chance: a cipher's stream, keyed by the system unless
// a seed is given.
type source struct {
	seed    uint64 // 0: keyed by the system
	chacha8 *rand.ChaCha8
}

// uint32 returns the next 32 bits.
func (s *source) uint32() uint32 {
	if s.chacha8 == nil {
		var key [32]byte
		if s.seed != 0 {
			binary.LittleEndian.PutUint64(key[:], s.seed)
		} else {
			crand.Read(key[:])
		}
		s.chacha8 = rand.NewChaCha8(key)
	}
	return uint32(s.chacha8.Uint64() >> 32)
}

// secrets fills what has to be random on each connection, whatever the seed is. A test of
// this package makes it repeatable.
var secrets = crand.Read

// freshKey returns a masking key (RFC 6455 5.3).
func freshKey() (key [4]byte) {
	_, _ = secrets(key[:])
	return key
}

// nonce returns the 16 octets of a Sec-WebSocket-Key (RFC 6455 4.1).
func nonce() (nonce [16]byte) {
	_, _ = secrets(nonce[:])
	return nonce
}

// chance returns true once in n times.
func (s *source) chance(n uint32) bool { return s.uint32()%n == 0 }
