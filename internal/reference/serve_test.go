package reference_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/wscheck/wscheck/internal/reference"
	"github.com/wscheck/wscheck/wsproto"
)

// listen serves on a loopback port until the test ends. stop has it stop, and
// waits for its result.
func listen(t testing.TB, o reference.Options) (addr string, stop func() error) {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	result := make(chan error, 1)
	go func() { result <- reference.Serve(ctx, ln, o) }()
	t.Cleanup(cancel)
	return ln.Addr().String(), func() error {
		cancel()
		return <-result
	}
}

// dial makes the opening handshake over TCP.
func dial(t testing.TB, addr string) (*net.TCPConn, *bufio.Reader) {
	t.Helper()
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	if _, err := conn.Write(request().AppendTo(nil)); err != nil {
		t.Fatal(err)
	}
	r := bufio.NewReaderSize(conn, 64<<10)
	for {
		line, err := r.ReadString('\n')
		if err != nil {
			t.Fatal(err)
		}
		if line == "\r\n" {
			return conn.(*net.TCPConn), r
		}
	}
}

// masked returns a frame of a client.
func masked(op wsproto.Opcode, fin bool, payload []byte) []byte {
	f := wsproto.NewFrame(op, fin, payload)
	f.Masked, f.Mask = true, [4]byte{1, 2, 3, 4}
	return f.AppendTo(nil)
}

// TestServeTCP checks that over TCP the close frame of a failed connection
// arrives although the server has not read all that was sent.
func TestServeTCP(t *testing.T) {
	addr, stop := listen(t, reference.Options{})
	conn, r := dial(t, addr)
	pending := masked(wsproto.OpText, true, []byte("Spam"))
	pending = append(pending, masked(3, true, nil)...)
	pending = append(pending, masked(wsproto.OpBinary, true, make([]byte, 1<<20))...)
	if _, err := conn.Write(pending); err != nil {
		t.Fatal(err)
	}
	got, err := io.ReadAll(r)
	if err != nil {
		t.Errorf("reading to the end: %v", err)
	}
	if got := closed(t, got); got != `t:Spam `+closed1002 {
		t.Errorf("got %s", got)
	}
	conn.Close()
	if err := stop(); err != nil {
		t.Errorf("Serve: %v", err)
	}
}

// TestServeStops checks that a stopped server says goodbye on every connection
// and waits for the answers.
func TestServeStops(t *testing.T) {
	results := make(chan error, 2)
	addr, stop := listen(t, reference.Options{Ended: func(err error) { results <- err }})
	idle, r := dial(t, addr)
	stopped := make(chan error, 1)
	go func() { stopped <- stop() }()
	got := make([]byte, 4)
	if _, err := io.ReadFull(r, got); err != nil {
		t.Fatal(err)
	}
	if want := `C:\x03\xe9`; frames(got) != want {
		t.Errorf("got %s, want %s", frames(got), want)
	}
	if _, err := idle.Write(masked(wsproto.OpClose, true, []byte{3, 0xe9})); err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadAll(r); err != nil {
		t.Error(err)
	}
	idle.Close()
	if err := <-stopped; err != nil {
		t.Errorf("Serve: %v", err)
	}
	if err := <-results; err != nil {
		t.Errorf("connection: %v", err)
	}
	if _, err := net.Dial("tcp", addr); err == nil {
		t.Error("the listener is still open")
	}
}

// TestServePanic checks that a panic ends one connection alone.
func TestServePanic(t *testing.T) {
	results := make(chan error, 2)
	addr, stop := listen(t, reference.Options{
		Mutant: "panic-on-empty-text", Ended: func(err error) { results <- err },
	})
	first, r := dial(t, addr)
	second, _ := dial(t, addr)
	if _, err := first.Write(masked(wsproto.OpText, true, nil)); err != nil {
		t.Fatal(err)
	}
	if err := <-results; err == nil || !strings.Contains(err.Error(), "panic") {
		t.Errorf("got error %v, want a panic", err)
	}
	if _, err := io.ReadAll(r); err != nil && !errors.Is(err, io.EOF) {
		t.Logf("the stream ended with %v", err)
	}
	if _, err := second.Write(masked(wsproto.OpClose, true, nil)); err != nil {
		t.Fatal(err)
	}
	second.CloseWrite()
	if err := <-results; err != nil {
		t.Errorf("the other connection: %v", err)
	}
	if err := stop(); err != nil {
		t.Errorf("Serve: %v", err)
	}
}

func TestServeOptions(t *testing.T) {
	for _, o := range []reference.Options{
		{Mutant: "spam"}, {MaxMessage: -1}, {IdleTimeout: -1},
		{Deflate: &reference.Deflate{ServerMaxWindowBits: 7}}, {Deflate: &reference.Deflate{Offers: []string{";"}}},
	} {
		if err := reference.Serve(t.Context(), nil, o); err == nil {
			t.Errorf("%+v: got no error", o)
		}
	}
}

// TestTimeouts checks that every wait has an end.
func TestTimeouts(t *testing.T) {
	o := reference.Options{
		HandshakeTimeout: time.Second, IdleTimeout: time.Minute, CloseTimeout: 2 * time.Second,
	}
	tests := []struct {
		name string
		role wsproto.Role
		play func(c *conversation)
		want time.Duration
		sent string
	}{
		{"no request", wsproto.Server, func(c *conversation) {}, time.Second, ""},
		{"half a request", wsproto.Server, func(c *conversation) { c.say([]byte("GET / HTTP/1.1\r\n")) }, time.Second, ""},
		{"no response", wsproto.Client, func(c *conversation) { c.quiet() }, time.Second, ""},
		{"idle", wsproto.Server, func(c *conversation) { c.open() }, time.Minute + 4*time.Second, `C:\x03\xe9`},
		{"idle in a frame", wsproto.Client, func(c *conversation) {
			c.open()
			c.say(c.words("t:Spam")[:3])
		}, time.Minute + 4*time.Second, `C:\x03\xe9`},
		{"no end of stream", wsproto.Server, func(c *conversation) {
			c.open()
			c.say(c.words(`C:\x03\xe8`))
		}, 2 * time.Second, `C:\x03\xe8`},
		{"client awaits the end", wsproto.Client, func(c *conversation) {
			c.open()
			c.say(c.words(`C:\x03\xe8`))
		}, 2 * time.Second, `C:\x03\xe8`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := start(t, tt.role, o)
				began := time.Now()
				tt.play(c)
				<-c.ended
				if took := time.Since(began); took < tt.want/2 || took > tt.want {
					t.Errorf("took %v, want %v at most, and no less than half", took, tt.want)
				}
				c.quiet()
				_, frames, _ := bytes.Cut(c.all, []byte("\r\n\r\n"))
				if got := closed(t, frames); got != tt.sent {
					t.Errorf("got frames %s, want %s", got, tt.sent)
				}
			})
		})
	}
}
