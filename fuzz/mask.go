package fuzz

import (
	"bytes"
	"fmt"

	"github.com/wscheck/wscheck/wsproto"
)

// checkMask holds [wsproto.Mask] and [wsproto.MaskCopy] against RFC 6455 5.3,
// octet by octet, at each position in the key and at an offset in memory. The
// input is the key, the offset, and the payload.
func checkMask(input []byte) error {
	if len(input) < 5 {
		return nil
	}
	key, offset, payload := [4]byte(input), int(input[4]%64), input[5:]
	for pos := range 8 {
		want := bytes.Clone(payload)
		for i := range want {
			want[i] ^= key[(pos+i)%4]
		}
		room := make([]byte, offset+len(payload)+1)
		got := room[offset : offset+len(payload)]
		copy(got, payload)
		next := wsproto.Mask(key, pos, got)
		if !bytes.Equal(got, want) || next%4 != (pos+len(payload))%4 || room[len(room)-1] != 0 {
			return fmt.Errorf("masked from position %d: %x, then position %d; want %x", pos, got, next, want)
		}
		clear(room)
		next = wsproto.MaskCopy(got, payload, key, pos)
		if !bytes.Equal(got, want) || next%4 != (pos+len(payload))%4 || room[len(room)-1] != 0 {
			return fmt.Errorf("masked by copying from position %d: %x, then position %d; want %x", pos, got, next, want)
		}
	}
	return nil
}
