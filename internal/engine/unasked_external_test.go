package engine_test

import (
	"errors"
	"io"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/wscheck/wscheck/internal/engine"
	"github.com/wscheck/wscheck/internal/reference"
	"github.com/wscheck/wscheck/wsproto"
)

// locked is a connection to which several goroutines may write.
type locked struct {
	net.Conn
	mu *sync.Mutex
}

func (c locked) Write(b []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.Conn.Write(b)
}

// room is a chat: each message goes to all connections.
type room struct {
	mu    sync.Mutex
	conns []net.Conn
}

func (r *room) Write(b []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, conn := range r.conns {
		_, _ = conn.Write(b)
	}
	return len(b), nil
}

// serve echoes to the whole room.
func (r *room) serve(conn net.Conn) {
	accepting(func(conn net.Conn, rest io.Reader) {
		r.mu.Lock()
		r.conns = append(r.conns, conn)
		r.mu.Unlock()
		reactTo(rest, func(f wsproto.Frame) bool {
			if f.Opcode.IsControl() {
				_, _ = conn.Write(f.AppendTo(nil))
			} else {
				_, _ = r.Write(f.AppendTo(nil))
			}
			return f.Opcode != wsproto.OpClose
		})
	})(locked{conn, new(sync.Mutex)})
}

// reactTo calls f with the answer to each frame, until it returns false or the end.
func reactTo(r io.Reader, f func(wsproto.Frame) bool) {
	var c wsproto.Collector
	for buf := make([]byte, 4096); ; {
		n, err := r.Read(buf)
		for _, frame := range c.Feed(buf[:n]) {
			op := frame.Opcode
			if op == wsproto.OpPing {
				op = wsproto.OpPong
			}
			if !f(wsproto.NewFrame(op, true, frame.Payload)) {
				return
			}
		}
		if err != nil {
			return
		}
	}
}

// welcomes sends a message on its own, a moment after the opening handshake.
func welcomes(conn net.Conn) {
	accepting(func(both net.Conn, rest io.Reader) {
		timer := time.AfterFunc(50*time.Millisecond, func() {
			_, _ = both.Write(wsproto.NewFrame(wsproto.OpText, true, []byte("welcome")).AppendTo(nil))
		})
		defer timer.Stop()
		echoPlain(both, rest)
	})(locked{conn, new(sync.Mutex)})
}

// echoesOnce closes the connection after an echo.
func echoesOnce(conn net.Conn) {
	accepting(func(conn net.Conn, rest io.Reader) {
		closed := false
		reactTo(rest, func(f wsproto.Frame) bool {
			if !closed {
				_, _ = conn.Write(f.AppendTo(nil))
			}
			if !f.Opcode.IsControl() {
				_, _ = conn.Write(wsproto.NewFrame(wsproto.OpClose, true, wsproto.AppendClose(nil, wsproto.CloseNormal, "")).AppendTo(nil))
				closed = true
			}
			return f.Opcode != wsproto.OpClose
		})
	})(conn)
}

// TestNoEcho meets servers that echo and are no echoes, whether conforming or not: nothing is held against them. An
// echo is one with a fault too.
func TestNoEcho(t *testing.T) {
	mutant := func(name string) func(net.Conn) {
		return func(conn net.Conn) { _ = reference.ServeConn(conn, reference.Options{Mutant: name}) }
	}
	for _, tt := range []struct {
		name   string
		server func(net.Conn)
		want   string
	}{
		{"echo", mutant(""), ""},
		{"mixes connections", mutant("mix-connections"), ""},
		{"leaves", mutant("leave"), ""},
		{"chat", new(room).serve, "it sends what comes on one connection on others too"},
		{"welcome", welcomes, `it sends messages without being asked, so that it is no echo (TEXT "welcome" [7 octets])`},
		{"once", echoesOnce, "it ends each connection of its own accord after an echo, with close code 1000"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			url := serve(t, tt.server)
			ask := func() error {
				p, err := engine.NewPlayer(t.Context(), engine.URL(url, nil), nil)
				if err != nil {
					t.Fatal(err)
				}
				defer p.Close()
				return p.NoEcho(t.Context())
			}
			err := ask()
			for try := 1; err == nil && tt.want != "" && try < 3; try++ {
				err = ask() // on a busy machine the other connection may have been late
			}
			var unreachable *engine.UnreachableError
			if (err == nil) != (tt.want == "") || err != nil && (!errors.As(err, &unreachable) || !strings.Contains(err.Error(), tt.want)) {
				t.Errorf("got %v, want %q", err, tt.want)
			}
		})
	}
}

// TestNoEchoRun plays cases with a server that echoes once: the run ends with an error, and no case fails.
func TestNoEchoRun(t *testing.T) {
	t.Parallel()
	r, err := engine.Run(t.Context(), engine.URL(serve(t, echoesOnce), nil), &engine.Config{Cases: []string{"rfc6455/6.2/texts-*"}})
	var unreachable *engine.UnreachableError
	if !errors.As(err, &unreachable) || !strings.Contains(err.Error(), "--dialect none") {
		t.Fatalf("got %v", err)
	}
	for _, result := range r.Agents[0].Results {
		if len(result.RFC.Broken()) > 0 {
			t.Errorf("%s: %+v", result.Case.ID, result.RFC)
		}
	}
}
