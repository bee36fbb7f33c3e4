package wsproto_test

import (
	"bytes"
	"encoding/hex"
	"strings"
	"testing"

	"github.com/wscheck/wscheck/wsproto"
)

// masked returns f as a client sends it.
func masked(f wsproto.Frame) wsproto.Frame {
	f.Masked, f.Mask = true, testKey
	return f
}

// The examples of RFC 6455 5.7.
func TestFrameOnTheWire(t *testing.T) {
	hello := []byte("Hello")
	tests := []struct {
		name  string
		frame wsproto.Frame
		wire  string
	}{
		{"unmasked text", wsproto.NewFrame(wsproto.OpText, true, hello), "810548656c6c6f"},
		{"masked text", masked(wsproto.NewFrame(wsproto.OpText, true, hello)), "818537fa213d7f9f4d5158"},
		{"first fragment", wsproto.NewFrame(wsproto.OpText, false, []byte("Hel")), "010348656c"},
		{"last fragment", wsproto.NewFrame(wsproto.OpContinuation, true, []byte("lo")), "80026c6f"},
		{"ping", wsproto.NewFrame(wsproto.OpPing, true, hello), "890548656c6c6f"},
		{"masked pong", masked(wsproto.NewFrame(wsproto.OpPong, true, hello)), "8a8537fa213d7f9f4d5158"},
		{"declares more", wsproto.Frame{Header: wsproto.Header{Length: 9}, Payload: hello}, "000948656c6c6f"},
		{"declares less", wsproto.Frame{Header: wsproto.Header{Length: 1}, Payload: hello}, "000148656c6c6f"},
		{"empty, masked", masked(wsproto.NewFrame(wsproto.OpClose, true, nil)), "888037fa213d"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			payload := bytes.Clone(test.frame.Payload)
			wire := test.frame.AppendTo([]byte("before"))
			if got := hex.EncodeToString(wire[len("before"):]); got != test.wire {
				t.Errorf("got %s, want %s", got, test.wire)
			}
			if got := test.frame.Size(); got != len(test.wire)/2 {
				t.Errorf("Size is %d", got)
			}
			if !bytes.Equal(payload, test.frame.Payload) {
				t.Errorf("the payload was changed to %q", test.frame.Payload)
			}
		})
	}
}

func TestFrameLengthForms(t *testing.T) {
	for size, header := range map[int]string{
		0: "8200", 1: "8201", 125: "827d", 126: "827e007e", 127: "827e007f",
		65535: "827effff", 65536: "827f0000000000010000",
	} {
		wire := wsproto.NewFrame(wsproto.OpBinary, true, make([]byte, size)).AppendTo(nil)
		if got := hex.EncodeToString(wire[:len(wire)-size]); got != header {
			t.Errorf("%d octets: header %s, want %s", size, got, header)
		}
	}
}

func TestFrameString(t *testing.T) {
	frame := func(op wsproto.Opcode, payload string, change ...func(*wsproto.Frame)) wsproto.Frame {
		f := wsproto.NewFrame(op, true, []byte(payload))
		for _, c := range change {
			c(&f)
		}
		return f
	}
	closePayload := func(code wsproto.CloseCode, reason string) string {
		return string(wsproto.AppendClose(nil, code, reason))
	}
	tests := []struct {
		frame wsproto.Frame
		want  string
	}{
		{frame(wsproto.OpText, "Spam"), `TEXT "Spam" [4 octets]`},
		{frame(wsproto.OpText, ""), `TEXT [0 octets]`},
		{frame(wsproto.OpText, "x"), `TEXT "x" [1 octet]`},
		{frame(wsproto.OpText, "é\x00\n\"\xff"), `TEXT "é\x00\n\"\xff" [6 octets]`},
		{frame(wsproto.OpText, strings.Repeat("Spam", 12)), `TEXT "` + strings.Repeat("Spam", 12) + `" [48 octets]`},
		{frame(wsproto.OpText, strings.Repeat("Spam", 16384)), `TEXT "` + strings.Repeat("Spam", 12) + `…" [65536 octets]`},
		{frame(wsproto.OpText, strings.Repeat("a", 47)+"é"), `TEXT "` + strings.Repeat("a", 47) + `…" [49 octets]`},
		{frame(wsproto.OpText, "a"+strings.Repeat("😀", 12)), `TEXT "a` + strings.Repeat("😀", 11) + `…" [49 octets]`},
		{frame(wsproto.OpText, strings.Repeat("\x80", 49)), `TEXT "` + strings.Repeat(`\x80`, 45) + `…" [49 octets]`},
		{frame(wsproto.OpBinary, "\x00\xff"), `BINARY <00ff> [2 octets]`},
		{frame(wsproto.OpBinary, strings.Repeat("\x01", 24)), `BINARY <` + strings.Repeat("01", 24) + `> [24 octets]`},
		{frame(wsproto.OpBinary, strings.Repeat("\x01", 25)), `BINARY <` + strings.Repeat("01", 24) + `…> [25 octets]`},
		{frame(wsproto.OpContinuation, "plain"), `CONT "plain" [5 octets]`},
		{frame(wsproto.OpContinuation, "\x80"), `CONT <80> [1 octet]`},
		{frame(wsproto.OpPing, "are you there?"), `PING "are you there?" [14 octets]`},
		{frame(wsproto.OpPong, "\x00\x01"), `PONG <0001> [2 octets]`},
		{frame(wsproto.OpPing, strings.Repeat("漢", 41)), `PING "` + strings.Repeat("漢", 16) + `…" [123 octets]`},
		{frame(3, "?"), `RSV3 "?" [1 octet]`},
		{frame(wsproto.OpClose, ""), `CLOSE [0 octets]`},
		{frame(wsproto.OpClose, "\x03"), `CLOSE <03> [1 octet]`},
		{frame(wsproto.OpClose, closePayload(1000, "")), `CLOSE 1000 (normal closure) [2 octets]`},
		{frame(wsproto.OpClose, closePayload(1002, "bad \xff")), `CLOSE 1002 (protocol error) "bad \xff" [7 octets]`},
		{frame(wsproto.OpClose, closePayload(999, "")), `CLOSE 999 [2 octets]`},
		{frame(wsproto.OpText, "\xaa\x56", func(f *wsproto.Frame) { f.Rsv = 4 }), `TEXT <aa56> [2 octets, rsv=4]`},
		{frame(wsproto.OpPing, "", func(f *wsproto.Frame) { f.Form = wsproto.Form64 }), `PING [0 octets, 64-bit length]`},
		{frame(wsproto.OpPing, "", func(f *wsproto.Frame) { f.Form = wsproto.Form7 }), `PING [0 octets]`},
		{masked(frame(wsproto.OpText, "Spam", func(f *wsproto.Frame) {
			f.Fin, f.Form, f.Length = false, wsproto.Form16, 5
		})), `TEXT "Spam" [4 octets, masked, continued, 16-bit length, declared 5]`},
		{frame(wsproto.OpBinary, "", func(f *wsproto.Frame) { f.Length = 1 << 63 }), `BINARY [0 octets, declared 9223372036854775808]`},
	}
	for _, test := range tests {
		if got := test.frame.String(); got != test.want {
			t.Errorf("got  %s\nwant %s", got, test.want)
		}
	}
}

// TestHeaderString shows headers without a payload: their length is the declared
// one.
func TestHeaderString(t *testing.T) {
	for want, h := range map[string]wsproto.Header{
		"TEXT [13 octets, masked]":          {Fin: true, Opcode: wsproto.OpText, Length: 13, Masked: true},
		"PING [9 octets, continued]":        {Opcode: wsproto.OpPing, Length: 9},
		"CLOSE [1 octet]":                   {Fin: true, Opcode: wsproto.OpClose, Length: 1},
		"BINARY [0 octets, rsv=4]":          {Fin: true, Opcode: wsproto.OpBinary, Rsv: 4},
		"RSVB [5 octets, 64-bit length]":    {Fin: true, Opcode: 11, Length: 5, Form: wsproto.Form64},
		"CONT [9223372036854775808 octets]": {Fin: true, Length: 1 << 63, Form: wsproto.Form64},
	} {
		if got := h.String(); got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
}
