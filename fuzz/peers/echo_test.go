package peers

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"net"
	"net/http"
	"slices"
	"testing"
)

// TestServerEcho holds a whole conversation with each server.
func TestServerEcho(t *testing.T) {
	everywhere(t, every, func(t *testing.T, lib Library, pair func() (near, far net.Conn)) {
		near, far := pair()
		done := serving(lib, far)
		w := dialWire(t, near, "")
		converse(t, lib, w)
		w.closeHandshake()
		<-done
	})
}

// TestClientEcho holds a whole conversation with each client.
func TestClientEcho(t *testing.T) {
	everywhere(t, every, func(t *testing.T, lib Library, pair func() (near, far net.Conn)) {
		near, far := pair()
		done := connecting(t.Context(), lib, far)
		w := acceptWire(t, near, acceptNothing)
		converse(t, lib, w)
		w.closeHandshake()
		if err := <-done; err != nil {
			t.Errorf("the client returned %v after a clean close, want nil", err)
		}
	})
}

// connecting runs the library's client on conn and sends what it returns.
func connecting(ctx context.Context, lib Library, conn net.Conn) <-chan error {
	done := make(chan error, 1)
	go func() {
		done <- lib.Client(ctx, func(context.Context, string, string) (net.Conn, error) { return conn, nil }, "ws://localhost/echo")
	}()
	return done
}

// converse sends messages of every shape and demands each back.
func converse(t *testing.T, lib Library, w *wire) {
	t.Helper()
	text := []byte("Grüße, 世界 🌍")
	octets := make([]byte, 256)
	for i := range octets {
		octets[i] = byte(i)
	}
	for _, test := range []struct {
		name   string
		frames []frame
		pings  int
	}{
		{"text", []frame{{fin: true, opcode: opText, payload: text}}, 0},
		{"empty text", []frame{{fin: true, opcode: opText}}, 0},
		{"binary", []frame{{fin: true, opcode: opBinary, payload: octets}}, 0},
		{"empty binary", []frame{{fin: true, opcode: opBinary}}, 0},
		{"64 KiB", []frame{{fin: true, opcode: opBinary, payload: bytes.Repeat(octets, 256)}}, 0},
		{"ping before a message", []frame{
			{fin: true, opcode: opPing, payload: []byte("ping")},
			{fin: true, opcode: opText, payload: text},
		}, 1},
		{"fragments with pings between, cut inside code points", []frame{
			{opcode: opText, payload: text[:3]},
			{fin: true, opcode: opPing, payload: []byte("first")},
			{opcode: opContinuation},
			{opcode: opContinuation, payload: text[3:12]},
			{fin: true, opcode: opPing, payload: []byte("second")},
			{fin: true, opcode: opContinuation, payload: text[12:]},
		}, 2},
	} {
		var want frame
		var pings, pongs [][]byte
		messages := 1
		for i, f := range test.frames {
			switch {
			case f.opcode == opPing:
				pings = append(pings, f.payload)
			case f.opcode == opContinuation:
				if lib.Module == "golang.org/x/net" { // gives its user frames
					messages++
				}
			default:
				want.opcode = f.opcode
			}
			if f.opcode < opClose {
				want.payload = append(want.payload, test.frames[i].payload...)
			}
		}
		w.send(test.frames...)
		var got frame
		for range messages {
			part := w.message(func(f frame) {
				if f.opcode != opPong {
					t.Fatalf("%s: got a frame with opcode %d, payload %q", test.name, f.opcode, f.payload)
				}
				pongs = append(pongs, f.payload)
			})
			got.opcode = part.opcode
			got.payload = append(got.payload, part.payload...)
		}
		if got.opcode != want.opcode || !bytes.Equal(got.payload, want.payload) {
			t.Fatalf("%s: echo has opcode %d and %d octets %.40q, want opcode %d and %d octets %.40q", test.name,
				got.opcode, len(got.payload), got.payload, want.opcode, len(want.payload), want.payload)
		}
		if !slices.EqualFunc(pings, pongs, bytes.Equal) {
			t.Fatalf("%s: pongs %q for pings %q", test.name, pongs, pings)
		}
	}
}

// TestLargeMessage sends a message longer than some libraries take by default, and longer than any of a conformance
// suite.
func TestLargeMessage(t *testing.T) {
	if testing.Short() {
		t.Skip("sends 17 MiB to each library")
	}
	payload := bytes.Repeat([]byte("0123456789abcdef\n"), 1<<20)
	for _, lib := range slices.DeleteFunc(All(), hasDeflate) {
		t.Run("lib="+lib.Name, func(t *testing.T) {
			places[0].run(t, func(t *testing.T, pair func() (near, far net.Conn)) {
				near, far := pair()
				done := serving(lib, far)
				w := dialWire(t, near, "")
				w.send(frame{fin: true, opcode: opBinary, payload: payload})
				if got := w.message(w.noControl); !bytes.Equal(got.payload, payload) {
					t.Errorf("echo of %d octets has %d octets or other ones", len(payload), len(got.payload))
				}
				w.closeHandshake()
				<-done
			})
		})
	}
}

// TestDeclaredTooLong demands that a frame header that declares more than maxMessage ends the connection of each
// library that counts what is declared, before any payload.
func TestDeclaredTooLong(t *testing.T) {
	header := binary.BigEndian.AppendUint64([]byte{0x82, 0xff}, maxMessage+1)
	header = append(header, 1, 2, 3, 4)
	counts := func(lib Library) bool { return lib.Module != "github.com/coder/websocket" } // counts what arrives
	everywhere(t, counts, func(t *testing.T, lib Library, pair func() (near, far net.Conn)) {
		near, far := pair()
		done := serving(lib, far)
		w := dialWire(t, near, "")
		w.out <- header
		if f, err := w.receive(); err == nil && f.opcode != opClose {
			t.Errorf("got opcode %d, payload %x, want a close frame or the end", f.opcode, f.payload)
		}
		w.close()
		<-done
	})
}

// TestInvalidText demands that who checks UTF-8 fails the connection with 1007 before any echo is complete, and that
// the others are known.
func TestInvalidText(t *testing.T) {
	unchecked := []string{"coder", "xnet"}
	everywhere(t, lacksDeflate, func(t *testing.T, lib Library, pair func() (near, far net.Conn)) {
		near, far := pair()
		done := serving(lib, far)
		w := dialWire(t, near, "")
		w.send(frame{fin: true, opcode: opText, payload: []byte("caf\xe9 au lait")})
		var last frame
		for {
			f, err := w.receive()
			if err != nil {
				t.Fatalf("the connection ended with %v, want an echo or a close frame", err)
			}
			if last = f; f.fin {
				break
			}
		}
		if slices.Contains(unchecked, lib.Name) {
			if last.opcode == opClose {
				t.Errorf("%s checks UTF-8 now: %x", lib.Name, last.payload)
			}
		} else if last.opcode != opClose || !bytes.HasPrefix(last.payload, []byte{0x03, 0xef}) {
			t.Errorf("got opcode %d, payload %x, want a close frame with code 1007", last.opcode, last.payload)
		}
		w.close()
		<-done
	})
}

// TestServerEnds demands that each server returns when its peer is gone, whatever was under way.
func TestServerEnds(t *testing.T) {
	for name, leave := range map[string]func(t *testing.T, near net.Conn){
		"before the handshake": func(*testing.T, net.Conn) {},
		"inside the handshake": func(_ *testing.T, near net.Conn) {
			near.Write([]byte("GET /echo HTTP/1.1\r\nHost: local"))
		},
		"after the handshake": func(t *testing.T, near net.Conn) { dialWire(t, near, "").finish() },
		"inside a frame": func(t *testing.T, near net.Conn) {
			w := dialWire(t, near, "")
			w.out <- []byte{0x82, 0xfe, 0x01, 0x00, 1, 2, 3, 4, 5}
			w.finish()
		},
		"inside a message": func(t *testing.T, near net.Conn) {
			w := dialWire(t, near, "")
			w.send(frame{opcode: opText, payload: []byte("to be")})
			w.finish()
		},
	} {
		t.Run(name, func(t *testing.T) {
			everywhere(t, every, func(t *testing.T, lib Library, pair func() (near, far net.Conn)) {
				near, far := pair()
				done := serving(lib, far)
				leave(t, near)
				near.Close()
				<-done
				if !isClosed(far) {
					t.Error("the server returned and left the connection open")
				}
			})
		})
	}
}

// TestServerRefuses demands an HTTP error for a request that is not an opening handshake.
func TestServerRefuses(t *testing.T) {
	everywhere(t, every, func(t *testing.T, lib Library, pair func() (near, far net.Conn)) {
		near, far := pair()
		done := serving(lib, far)
		w := newWire(t, near, true)
		w.out <- []byte("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
		line, err := w.in.ReadString('\n')
		if err != nil || !bytes.HasPrefix([]byte(line), []byte("HTTP/1.1 ")) || line[9] < '4' {
			t.Errorf("got %q, error %v, want an HTTP error", line, err)
		}
		w.close()
		<-done
	})
}

// TestClientRefused demands an error for a response that is not an opening handshake, and that the connection is closed.
func TestClientRefused(t *testing.T) {
	for name, response := range map[string]string{
		"not found": "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n",
		"redirect":  "HTTP/1.1 307 Temporary Redirect\r\nLocation: ws://localhost/elsewhere\r\nContent-Length: 0\r\n\r\n",
		"other key": "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
			"Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n",
		"not HTTP": "220 mail.example.com ESMTP\r\n\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			everywhere(t, every, func(t *testing.T, lib Library, pair func() (near, far net.Conn)) {
				near, far := pair()
				done := connecting(t.Context(), lib, far)
				w := newWire(t, near, false)
				if _, err := http.ReadRequest(w.in); err != nil {
					t.Fatalf("reading the request: %v", err)
				}
				w.out <- []byte(response)
				w.close()
				if err := <-done; err == nil {
					t.Error("the client returned nil")
				}
				if !isClosed(far) {
					t.Error("the client returned and left the connection open")
				}
			})
		})
	}
}

// TestClientCancelled demands that a client ends with its context, while it dials, while it waits for the response and
// while it waits for a message.
func TestClientCancelled(t *testing.T) {
	reason := errors.New("enough")
	everywhere(t, every, func(t *testing.T, lib Library, pair func() (near, far net.Conn)) {
		ctx, cancel := context.WithCancelCause(t.Context())
		cancel(reason)
		dialled := lib.Client(ctx, func(ctx context.Context, _, _ string) (net.Conn, error) { return nil, context.Cause(ctx) }, "ws://localhost/")
		if !errors.Is(dialled, reason) {
			t.Errorf("cancelled while it dials: got %v, want %v", dialled, reason)
		}

		near, far := pair()
		ctx, cancel = context.WithCancelCause(t.Context())
		done := connecting(ctx, lib, far)
		if _, err := near.Read(make([]byte, 1)); err != nil { // the request is under way
			t.Fatal(err)
		}
		cancel(reason)
		if err := <-done; !errors.Is(err, reason) {
			t.Errorf("cancelled during the handshake: got %v, want %v", err, reason)
		}

		near, far = pair()
		ctx, cancel = context.WithCancelCause(t.Context())
		done = connecting(ctx, lib, far)
		w := acceptWire(t, near, acceptNothing)
		w.send(frame{fin: true, opcode: opText, payload: []byte("over")})
		w.message(w.noControl)
		cancel(reason)
		if err := <-done; !errors.Is(err, reason) {
			t.Errorf("cancelled between messages: got %v, want %v", err, reason)
		}
		w.close()
	})
}
