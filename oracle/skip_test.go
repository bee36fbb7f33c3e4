package oracle

import (
	"testing"

	"github.com/wscheck/wscheck/wsproto"
)

func TestSkip(t *testing.T) {
	request := wsproto.NewRequest("example.test", "/", "dGhlIHNhbXBsZSBub25jZQ==").AppendTo(nil)
	response := wsproto.NewResponse("dGhlIHNhbXBsZSBub25jZQ==").AppendTo(nil)
	hello := wsproto.NewFrame(wsproto.OpText, true, []byte("hello"))
	masked := hello
	masked.Masked, masked.Mask = true, [4]byte{1, 2, 3, 4}
	bad := wsproto.Frame{Header: wsproto.Header{Fin: true, Rsv: 2, Opcode: wsproto.OpText}}

	j := NewJudge(wsproto.Client, Options{Echo: true})
	sent := func(b []byte) { j.Feed(&Event{Kind: EventSent, Data: b, N: len(b)}) }
	received := func(b []byte) { j.Feed(&Event{Kind: EventReceived, Data: b, N: len(b)}) }
	sent(request)
	received(response)
	if !j.Idle() {
		t.Fatal("not idle after the opening handshake")
	}
	sent(masked.AppendTo(nil))
	if j.Idle() {
		t.Error("idle with an echo to come")
	}
	echo := hello.AppendTo(nil)
	received(echo[:3])
	if j.Idle() {
		t.Error("idle within a frame")
	}
	received(echo[3:])
	if !j.Idle() {
		t.Fatal("not idle after the echo")
	}
	j.Skip(100, 5000, 7000)
	received(bad.AppendTo(nil))
	v := j.Verdict()
	if v.Outcome != Violation || len(v.Findings) == 0 {
		t.Fatalf("%+v, want a violation", v)
	}
	f := v.Findings[0]
	if want := int64(len(response) + len(echo) + 7000); f.Offset != want || f.Event != 105 {
		t.Errorf("event %d, octet %d; want 105, %d", f.Event, f.Offset, want)
	}
}
