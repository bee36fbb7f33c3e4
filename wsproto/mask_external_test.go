package wsproto_test

import (
	"bytes"
	"fmt"
	"slices"
	"testing"

	"github.com/wscheck/wscheck/wsproto"
)

// maskLoop is RFC 6455 5.3 to the letter: the reference for Mask and MaskCopy.
func maskLoop(key [4]byte, pos int, b []byte) {
	for i := range b {
		b[i] ^= key[(pos+i)%4]
	}
}

var testKey = [4]byte{0x37, 0xfa, 0x21, 0x3d}

// octets returns n octets that differ from their neighbours.
func octets(n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(i*7 + i>>8)
	}
	return b
}

func TestMaskAgainstLoop(t *testing.T) {
	const guard = 0xa5
	for size := range 301 {
		for offset := range 9 {
			for pos := range 5 {
				buf := octets(offset + size + 1)
				for i := range offset {
					buf[i] = guard
				}
				buf[offset+size] = guard
				want := slices.Clone(buf)
				maskLoop(testKey, pos, want[offset:offset+size])

				dst := slices.Clone(buf)
				end := wsproto.MaskCopy(dst[offset:offset+size], buf[offset:offset+size], testKey, pos)
				if end != pos+size || !bytes.Equal(dst, want) {
					t.Fatalf("MaskCopy, size %d, offset %d, position %d: end %d\n got %x\nwant %x", size, offset, pos, end, dst, want)
				}
				end = wsproto.Mask(testKey, pos, buf[offset:offset+size])
				if end != pos+size || !bytes.Equal(buf, want) {
					t.Fatalf("Mask, size %d, offset %d, position %d: end %d\n got %x\nwant %x", size, offset, pos, end, buf, want)
				}
			}
		}
	}
}

func TestMaskInPieces(t *testing.T) {
	const size = 200
	want := octets(size)
	maskLoop(testKey, 0, want)
	for first := range size + 1 {
		b := octets(size)
		pos := wsproto.Mask(testKey, 0, b[:first])
		if end := wsproto.Mask(testKey, pos, b[first:]); end != size || !bytes.Equal(b, want) {
			t.Fatalf("cut at %d: end %d, got %x, want %x", first, end, b, want)
		}
	}
}

func TestMaskCopyTakesTheShorter(t *testing.T) {
	src := octets(100)
	want := octets(100)
	maskLoop(testKey, 3, want)
	for _, n := range []int{0, 1, 7, 8, 63, 64, 65, 99} {
		dst := make([]byte, n)
		if end := wsproto.MaskCopy(dst, src, testKey, 3); end != 3+n || !bytes.Equal(dst, want[:n]) {
			t.Errorf("dst of %d: end %d, got %x", n, end, dst)
		}
		dst = make([]byte, 100)
		if end := wsproto.MaskCopy(dst, src[:n], testKey, 3); end != 3+n || !bytes.Equal(dst[:n], want[:n]) {
			t.Errorf("src of %d: end %d, got %x", n, end, dst)
		}
		if !bytes.Equal(dst[n:], make([]byte, 100-n)) {
			t.Errorf("src of %d: wrote beyond it", n)
		}
	}
}

func TestMaskCopyOntoItself(t *testing.T) {
	b, want := octets(150), octets(150)
	maskLoop(testKey, 1, want)
	wsproto.MaskCopy(b, b, testKey, 1)
	if !bytes.Equal(b, want) {
		t.Errorf("got %x, want %x", b, want)
	}
}

func BenchmarkMask(b *testing.B) {
	impls := []struct {
		name string
		mask func(dst, src []byte)
	}{
		{"byte", func(_, src []byte) { maskLoop(testKey, 0, src) }},
		{"word", func(_, src []byte) { wsproto.Mask(testKey, 0, src) }},
		{"copy", func(dst, src []byte) { wsproto.MaskCopy(dst, src, testKey, 0) }},
	}
	for _, size := range []int{4, 16, 125, 1024, 16 << 10, 64 << 10} {
		for _, impl := range impls {
			b.Run(fmt.Sprintf("size=%d/impl=%s", size, impl.name), func(b *testing.B) {
				src, dst := octets(size), make([]byte, size)
				b.SetBytes(int64(size))
				for b.Loop() {
					impl.mask(dst, src)
				}
			})
		}
	}
}
