package fuzzingserver

import (
	"bytes"
	"io"
	"net"
	"strings"
	"testing"

	"github.com/wscheck/wscheck/wsproto"
)

// opening is a client's opening handshake for a target.
func opening(target string, more ...wsproto.Field) []byte {
	return wsproto.NewRequest("localhost", target, "dGhlIHNhbXBsZSBub25jZQ==", more...).AppendTo(nil)
}

// masked is a frame as a client sends it.
func masked(op wsproto.Opcode, payload string) []byte {
	f := wsproto.NewFrame(op, true, []byte(payload))
	f.Header.Masked, f.Header.Mask = true, [4]byte{1, 2, 3, 4}
	return f.AppendTo(nil)
}

// ask sends octets and returns the response to them and what follows, up to the
// end of the stream. A close frame is answered as soon as it is there.
func ask(t *testing.T, conn net.Conn, send []byte) (*wsproto.Response, []byte) {
	t.Helper()
	defer conn.Close()
	if _, err := conn.Write(send); err != nil {
		t.Fatalf("sending: %v", err)
	}
	var got []byte
	buf := make([]byte, 4096)
	for {
		n, err := conn.Read(buf)
		got = append(got, buf[:n]...)
		if bytes.HasSuffix(got, []byte("\x88\x00")) {
			_, _ = conn.Write(masked(wsproto.OpClose, ""))
		}
		if err != nil {
			break
		}
	}
	resp, size, err := wsproto.ParseResponse(got)
	if err != nil || size == 0 {
		t.Fatalf("no response: %q, %v", got, err)
	}
	return resp, got[size:]
}

// frames is the frames as a server sends them: text messages, and an empty close
// frame.
func frames(messages ...string) string {
	var b []byte
	for _, m := range messages {
		b = wsproto.NewFrame(wsproto.OpText, true, []byte(m)).AppendTo(b)
	}
	return string(b) + "\x88\x00"
}

// wantAnswer checks that a target is answered by these messages and a close.
func (f *fixture) wantAnswer(target string, messages ...string) {
	f.t.Helper()
	resp, rest := ask(f.t, f.dial(), opening(target))
	if resp.Status != 101 {
		f.t.Errorf("%s: status %d: %s", target, resp.Status, rest)
	} else if want := frames(messages...); string(rest) != want {
		f.t.Errorf("%s: got %q, want %q", target, rest, want)
	}
}

// wantRefusal checks that octets are answered by an HTTP status and a line that
// says why.
func (f *fixture) wantRefusal(send []byte, status int, why string) {
	f.t.Helper()
	resp, body := ask(f.t, f.dial(), send)
	line := strings.TrimSuffix(string(body), "\n")
	if resp.Status != status || !strings.Contains(line, why) || strings.Contains(line, "\n") {
		f.t.Errorf("got status %d and %q, want %d and a line with %q", resp.Status, body, status, why)
	}
}

// drain reads to the end of a stream and returns how much there was.
func drain(r io.Reader) int64 {
	n, _ := io.Copy(io.Discard, r)
	return n
}
