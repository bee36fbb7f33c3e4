package wsproto_test

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"math"
	"testing"

	"pgregory.net/rapid"

	"github.com/wscheck/wscheck/wsproto"
)

func TestHeaderOnTheWire(t *testing.T) {
	mask := [4]byte{0xde, 0xad, 0xbe, 0xef}
	tests := []struct {
		name    string
		header  wsproto.Header
		wire    string
		minimal bool
	}{
		{"all zero", wsproto.Header{}, "0000", true},
		{"text, final", wsproto.Header{Fin: true, Opcode: wsproto.OpText, Length: 5}, "8105", true},
		{"masked", wsproto.Header{Fin: true, Opcode: wsproto.OpBinary, Masked: true, Mask: mask}, "8280deadbeef", true},
		{"mask without Masked", wsproto.Header{Mask: mask}, "0000", true},
		{"rsv1", wsproto.Header{Rsv: 4}, "4000", true},
		{"rsv2", wsproto.Header{Rsv: 2}, "2000", true},
		{"rsv3", wsproto.Header{Rsv: 1}, "1000", true},
		{"125", wsproto.Header{Length: 125}, "007d", true},
		{"126", wsproto.Header{Length: 126}, "007e007e", true},
		{"127", wsproto.Header{Length: 127}, "007e007f", true},
		{"65535", wsproto.Header{Length: 65535}, "007effff", true},
		{"65536", wsproto.Header{Length: 65536}, "007f0000000000010000", true},
		{"63 bits", wsproto.Header{Length: math.MaxInt64}, "007f7fffffffffffffff", true},
		{"64 bits", wsproto.Header{Length: math.MaxUint64}, "007fffffffffffffffff", true},
		{"longest", wsproto.Header{Fin: true, Rsv: 7, Opcode: 15, Masked: true, Mask: mask, Length: 1 << 63},
			"ffff8000000000000000deadbeef", true},
		{"7-bit form", wsproto.Header{Length: 125, Form: wsproto.Form7}, "007d", true},
		{"0 in 16 bits", wsproto.Header{Form: wsproto.Form16}, "007e0000", false},
		{"125 in 16 bits", wsproto.Header{Length: 125, Form: wsproto.Form16}, "007e007d", false},
		{"126 in 16 bits", wsproto.Header{Length: 126, Form: wsproto.Form16}, "007e007e", true},
		{"0 in 64 bits", wsproto.Header{Form: wsproto.Form64}, "007f0000000000000000", false},
		{"65535 in 64 bits", wsproto.Header{Length: 65535, Form: wsproto.Form64}, "007f000000000000ffff", false},
		{"65536 in 64 bits", wsproto.Header{Length: 65536, Form: wsproto.Form64}, "007f0000000000010000", true},
		{"masked in 64 bits", wsproto.Header{Masked: true, Mask: mask, Form: wsproto.Form64},
			"00ff0000000000000000deadbeef", false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			wire := test.header.AppendTo([]byte("before"))
			if got := hex.EncodeToString(wire[len("before"):]); got != test.wire {
				t.Errorf("written as %s, want %s", got, test.wire)
			}
			if got := test.header.Minimal(); got != test.minimal {
				t.Errorf("Minimal is %v, want %v", got, test.minimal)
			}
			if got := test.header.Size(); got != len(test.wire)/2 {
				t.Errorf("Size is %d, want %d", got, len(test.wire)/2)
			}
			checkHeaderRoundTrip(t, test.header)
		})
	}
}

// checkHeaderRoundTrip writes a header that fits its form, and reads it from every
// number of octets.
func checkHeaderRoundTrip(t rapid.TB, h wsproto.Header) {
	t.Helper()
	wire := h.AppendTo(nil)
	want := h
	if !want.Masked {
		want.Mask = [4]byte{}
	}
	if want.Form == wsproto.FormMinimal {
		want.Form = minimalForm(want.Length)
	}
	for n := range wire {
		if got, size := wsproto.ParseHeader(wire[:n]); size != 0 || got != (wsproto.Header{}) {
			t.Fatalf("of %x, the first %d octets give %+v of size %d", wire, n, got, size)
		}
	}
	for _, more := range []int{0, 1, 20} {
		got, size := wsproto.ParseHeader(append(bytes.Clone(wire), make([]byte, more)...))
		if size != len(wire) || got != want {
			t.Fatalf("%x and %d octets: got %+v of size %d, want %+v", wire, more, got, size, want)
		}
	}
}

// minimalForm is the table of RFC 6455 5.2.
func minimalForm(length uint64) wsproto.LengthForm {
	switch {
	case length <= 125:
		return wsproto.Form7
	case length < 1<<16:
		return wsproto.Form16
	}
	return wsproto.Form64
}

// A length beyond its form loses its high bits, and the parser reads what is left.
func TestHeaderFormTooSmall(t *testing.T) {
	tests := []struct {
		length uint64
		form   wsproto.LengthForm
		wire   string
	}{
		{128, wsproto.Form7, "0000"},
		{300, wsproto.Form7, "002c"},
		{126, wsproto.Form7, "007e"},
		{65536 + 7, wsproto.Form16, "007e0007"},
		{math.MaxUint64, wsproto.Form16, "007effff"},
	}
	for _, test := range tests {
		h := wsproto.Header{Length: test.length, Form: test.form}
		if got := hex.EncodeToString(h.AppendTo(nil)); got != test.wire {
			t.Errorf("%d in the %s form: got %s, want %s", test.length, test.form, got, test.wire)
		}
		if h.Minimal() {
			t.Errorf("%d in the %s form: called minimal", test.length, test.form)
		}
	}
}

// Values too big for their place never spill into another.
func TestHeaderHighBitsAreDropped(t *testing.T) {
	got := wsproto.Header{Rsv: 0xff, Opcode: 0xf3}.AppendTo(nil)
	if want := []byte{0x73, 0x00}; !bytes.Equal(got, want) {
		t.Errorf("got %x, want %x", got, want)
	}
}

// drawHeader draws any header that fits its form.
func drawHeader(t *rapid.T) wsproto.Header {
	h := wsproto.Header{
		Fin:    rapid.Bool().Draw(t, "fin"),
		Rsv:    rapid.Uint8Max(7).Draw(t, "rsv"),
		Opcode: wsproto.Opcode(rapid.Uint8Max(15).Draw(t, "opcode")),
		Masked: rapid.Bool().Draw(t, "masked"),
		Form:   rapid.SampledFrom([]wsproto.LengthForm{wsproto.FormMinimal, wsproto.Form7, wsproto.Form16, wsproto.Form64}).Draw(t, "form"),
	}
	if h.Masked {
		copy(h.Mask[:], rapid.SliceOfN(rapid.Byte(), 4, 4).Draw(t, "mask"))
	}
	limit := uint64(math.MaxUint64)
	switch h.Form {
	case wsproto.Form7:
		limit = 125
	case wsproto.Form16:
		limit = 0xffff
	}
	h.Length = rapid.Uint64Max(limit).Draw(t, "length")
	return h
}

func TestHeaderRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) { checkHeaderRoundTrip(t, drawHeader(t)) })
}

// Every pair of octets begins a header, and what was read is written the same.
func TestHeaderFromAnyOctets(t *testing.T) {
	tail := []byte{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}
	for first := range 256 {
		for second := range 256 {
			b := append([]byte{byte(first), byte(second)}, tail...)
			h, n := wsproto.ParseHeader(b)
			if n < 2 || n > wsproto.MaxHeaderSize || n != h.Size() {
				t.Fatalf("%x: %d octets, Size is %d", b, n, h.Size())
			}
			if got := h.AppendTo(nil); !bytes.Equal(got, b[:n]) {
				t.Fatalf("%x: read as %+v, written as %x", b, h, got)
			}
		}
	}
}

func TestLengthFormString(t *testing.T) {
	for form, want := range map[wsproto.LengthForm]string{
		wsproto.FormMinimal: "minimal", wsproto.Form7: "7-bit", wsproto.Form16: "16-bit", wsproto.Form64: "64-bit",
	} {
		if got := fmt.Sprint(form); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
