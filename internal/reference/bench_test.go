package reference_test

import (
	"fmt"
	"io"
	"testing"
	"testing/synctest"

	"github.com/wscheck/wscheck/internal/reference"
	"github.com/wscheck/wscheck/internal/testpipe"
	"github.com/wscheck/wscheck/wsproto"
)

// BenchmarkEcho echoes a message over TCP on loopback, in frames of a size.
func BenchmarkEcho(b *testing.B) {
	for _, size := range []int{16, 1 << 10, 64 << 10, 1 << 20, 16 << 20} {
		for _, frame := range []int{0, 64, 64 << 10} {
			if frame >= size {
				continue
			}
			b.Run(fmt.Sprintf("size=%d/frame=%d", size, frame), func(b *testing.B) {
				addr, _ := listen(b, reference.Options{})
				conn, r := dial(b, addr)
				message := inFrames(make([]byte, size), frame)
				echo := len(wsproto.NewFrame(wsproto.OpBinary, true, make([]byte, size)).AppendTo(nil))
				b.SetBytes(int64(size))
				for b.Loop() {
					go conn.Write(message)
					if _, err := io.CopyN(io.Discard, r, int64(echo)); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}

// inFrames returns a binary message in masked frames of a size; 0 means one.
func inFrames(payload []byte, size int) (b []byte) {
	if size == 0 {
		return masked(wsproto.OpBinary, true, payload)
	}
	pieces := cut(payload, size)
	for i, piece := range pieces {
		op := wsproto.OpContinuation
		if i == 0 {
			op = wsproto.OpBinary
		}
		b = append(b, masked(op, i == len(pieces)-1, piece)...)
	}
	return b
}

// BenchmarkConversation has whole conversations in process: opening handshake,
// one message, closing handshake.
func BenchmarkConversation(b *testing.B) {
	for _, role := range []wsproto.Role{wsproto.Server, wsproto.Client} {
		b.Run("role="+role.String(), func(b *testing.B) {
			for b.Loop() {
				ours, theirs := testpipe.New(pipeLimit)
				ended := make(chan error, 1)
				go func() {
					if role == wsproto.Server {
						ended <- reference.ServeConn(theirs, reference.Options{})
					} else {
						ended <- reference.Connect(theirs, testURL, reference.Options{})
					}
				}()
				c := &conversation{t: b, role: role, conn: ours}
				opening := request().AppendTo(nil)
				if role == wsproto.Client {
					buf := make([]byte, 4096)
					n, _ := ours.Read(buf)
					opening = c.answer(buf[:n]).AppendTo(nil)
				}
				ours.Write(append(opening, c.words(`t:Spam C:\x03\xe8`)...))
				ours.CloseWrite()
				if err := <-ended; err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// TestBounded checks that what a peer declares costs no memory by itself, and
// that a message beyond the limit is refused where that is known.
func TestBounded(t *testing.T) {
	for _, tt := range []struct{ name, say, want string }{
		{"at the limit", `b*1000`, "b"},
		{"declared", `b^`, closed1002},
		{"beyond the limit", `b*1001`, closed1009},
		{"beyond the limit in fragments", `b-*600 c*401`, closed1009},
		{"at the limit in fragments", `b-*600 c-*400 c b`, "b b"},
		{"a second message", `b*600 b*600`, "b b"},
		{"inflated at the limit", `bz*1000`, "b"},
		{"inflated beyond the limit", `bz*1001`, closed1009},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := start(t, wsproto.Server, reference.Options{MaxMessage: 1000, Deflate: new(reference.Deflate),
					Freedom: reference.Freedom{Compression: reference.CompressNone}})
				c.openDeflate()
				got := frames(c.say(c.words(tt.say)))
				if kinds := kindsOf(got); kinds != tt.want {
					t.Errorf("to %s: got %s, want %s", tt.say, got, tt.want)
				}
				c.hangUp()
			})
		})
	}
}
