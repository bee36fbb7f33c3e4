package testee

import (
	"bytes"
	"errors"
	"io"
	"net"
	"strings"
	"testing"

	"github.com/wscheck/wscheck/wsproto"
)

// converse has a Conn in a role read from a peer that sends octets, and returns
// what it read and wrote.
func converse(t *testing.T, role wsproto.Role, octets []byte) (messages []string, written []wsproto.Frame, err error) {
	t.Helper()
	ours, theirs := pair(t)
	c := newConn(ours, role, nil)
	answer := make(chan []wsproto.Frame)
	go func() {
		_, _ = theirs.Write(octets) // what is read shows it
		_ = theirs.CloseWrite()
		all, _ := io.ReadAll(theirs)
		frames, _ := wsproto.ParseFrames(all)
		answer <- frames
	}()
	for {
		op, payload, err := c.Read()
		if err != nil {
			return messages, <-answer, err
		}
		messages = append(messages, op.String()+" "+string(payload))
	}
}

// pair is a TCP connection with both its ends.
func pair(t *testing.T) (a, b *net.TCPConn) {
	t.Helper()
	ln, err := net.ListenTCP("tcp", &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	b, err = net.DialTCP("tcp", nil, ln.Addr().(*net.TCPAddr))
	if err != nil {
		t.Fatal(err)
	}
	a, err = ln.AcceptTCP()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		a.Close()
		b.Close()
	})
	return a, b
}

// frame is a frame as the peer of a server sends it.
func frame(op wsproto.Opcode, fin bool, payload string) []byte {
	f := wsproto.NewFrame(op, fin, []byte(payload))
	f.Masked, f.Mask = true, [4]byte{1, 2, 3, 4}
	return f.AppendTo(nil)
}

func TestConnReadsMessages(t *testing.T) {
	octets := bytes.Join([][]byte{
		frame(wsproto.OpText, true, "one"),
		frame(wsproto.OpBinary, false, "\x00tw"),
		frame(wsproto.OpPong, true, "unasked"),
		frame(wsproto.OpContinuation, false, ""),
		frame(wsproto.OpContinuation, true, "o"),
		frame(wsproto.OpText, false, "\xe2\x82"),
		frame(wsproto.OpContinuation, true, "\xac"),
		frame(wsproto.OpText, true, ""),
	}, nil)
	messages, _, err := converse(t, wsproto.Server, octets)
	if got, want := strings.Join(messages, ", "), "TEXT one, BINARY \x00two, TEXT €, TEXT "; got != want {
		t.Errorf("read %q, want %q", got, want)
	}
	if err == nil || errors.Is(err, ErrClosed) {
		t.Errorf("error %v, want that of a stream without a close frame", err)
	}
}

func TestConnFailsWhatBreaksARule(t *testing.T) {
	unmasked := wsproto.NewFrame(wsproto.OpText, true, []byte("x")).AppendTo(nil)
	rsv := frame(wsproto.OpText, true, "x")
	rsv[0] |= 0x40
	for _, test := range []struct {
		name   string
		octets []byte
		code   wsproto.CloseCode
	}{
		{"unmasked", unmasked, 1002},
		{"reserved bit", rsv, 1002},
		{"reserved opcode", frame(3, true, ""), 1002},
		{"reserved control opcode", frame(11, true, ""), 1002},
		{"ping in fragments", frame(wsproto.OpPing, false, ""), 1002},
		{"long ping", frame(wsproto.OpPing, true, strings.Repeat("x", 126)), 1002},
		{"long form", []byte{0x81, 0xfe, 0, 1, 0, 0, 0, 0, 'x'}, 1002},
		{"continuation of nothing", frame(wsproto.OpContinuation, true, ""), 1002},
		{"message within a message", append(frame(wsproto.OpText, false, "a"), frame(wsproto.OpText, true, "b")...), 1002},
		{"too long", []byte{0x82, 0xff, 0, 0, 0, 0, 1, 0, 0, 1, 0, 0, 0, 0}, 1009},
		{"bad UTF-8", frame(wsproto.OpText, true, "\xff"), 1007},
		{"cut UTF-8", frame(wsproto.OpText, true, "\xe2\x82"), 1007},
		{"close of one octet", frame(wsproto.OpClose, true, "\x03"), 1002},
		{"close code", frame(wsproto.OpClose, true, "\x03\xec"), 1002},
		{"close reason", frame(wsproto.OpClose, true, "\x03\xe8\xff"), 1007},
	} {
		t.Run(test.name, func(t *testing.T) {
			messages, written, err := converse(t, wsproto.Server, test.octets)
			var broken *ProtocolError
			if !errors.As(err, &broken) || broken.Code != test.code {
				t.Fatalf("error %v, want a protocol error with %d", err, test.code)
			}
			if len(messages) > 0 {
				t.Errorf("%q was read", messages)
			}
			if len(written) != 1 || written[0].Opcode != wsproto.OpClose {
				t.Fatalf("%v was written, want a close frame", written)
			}
			if p, _ := wsproto.ParseClose(written[0].Payload); p.Code != test.code {
				t.Errorf("closed with %d, want %d", p.Code, test.code)
			}
		})
	}
}

func TestConnAnswersControlFrames(t *testing.T) {
	octets := append(frame(wsproto.OpPing, true, "are you there"), frame(wsproto.OpClose, true, "\x0f\xa0bye")...)
	_, written, err := converse(t, wsproto.Server, append(octets, frame(wsproto.OpText, true, "too late")...))
	if !errors.Is(err, ErrClosed) {
		t.Errorf("error %v, want ErrClosed", err)
	}
	if len(written) != 2 || written[0].Opcode != wsproto.OpPong || string(written[0].Payload) != "are you there" {
		t.Fatalf("%v was written, want a pong and a close frame", written)
	}
	if p, _ := wsproto.ParseClose(written[1].Payload); p.Code != 4000 {
		t.Errorf("closed with %d, want the peer's 4000", p.Code)
	}
}

func TestClientMasks(t *testing.T) {
	ping := wsproto.NewFrame(wsproto.OpPing, true, nil).AppendTo(nil)
	closing := wsproto.NewFrame(wsproto.OpClose, true, nil).AppendTo(nil)
	_, written, err := converse(t, wsproto.Client, append(ping, closing...))
	if !errors.Is(err, ErrClosed) || len(written) != 2 {
		t.Fatalf("error %v, %v written", err, written)
	}
	for _, f := range written {
		if !f.Masked {
			t.Errorf("%v is not masked", f)
		}
	}
	if written[0].Mask == written[1].Mask {
		t.Error("two frames have the same masking key")
	}
}
