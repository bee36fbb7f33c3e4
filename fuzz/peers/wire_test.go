package peers

import (
	"bufio"
	"bytes"
	"crypto/sha1"
	"crypto/subtle"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// The opcodes of RFC 6455 section 5.2.
const (
	opContinuation = 0
	opText         = 1
	opBinary       = 2
	opClose        = 8
	opPing         = 9
	opPong         = 10
)

// frame is one frame as it is on the wire, less its mask.
type frame struct {
	fin, rsv1 bool
	opcode    byte
	payload   []byte
}

// wire is the far end of a connection to a library: it sends what the test says and judges nothing. A goroutine of its
// own writes, so that a library that answers before it has read everything holds nobody up.
type wire struct {
	t         *testing.T
	conn      net.Conn
	in        *bufio.Reader
	client    bool   // masks what it sends
	target    string // of the request
	extension string // what the far end offers or accepts
	out       chan []byte
	finish    func() // returns when everything is written
}

// newWire starts the writer. The deadline only ends a test that would hang.
func newWire(t *testing.T, conn net.Conn, client bool) *wire {
	t.Helper()
	w := &wire{
		t:      t,
		conn:   conn,
		in:     bufio.NewReader(conn),
		client: client,
		out:    make(chan []byte, 64),
	}
	if err := conn.SetDeadline(time.Now().Add(time.Minute)); err != nil {
		t.Fatal(err)
	}
	sent := make(chan struct{})
	go func() {
		defer close(sent)
		for b := range w.out {
			if _, err := conn.Write(b); err != nil {
				t.Logf("writing to the library: %v", err)
			}
		}
	}()
	w.finish = sync.OnceFunc(func() {
		close(w.out)
		<-sent
	})
	t.Cleanup(func() {
		conn.Close()
		w.finish()
	})
	return w
}

// dialWire makes the client's side of the opening handshake, with offer as Sec-WebSocket-Extensions, and keeps what
// the server accepts.
func dialWire(t *testing.T, conn net.Conn, offer string) *wire {
	t.Helper()
	w := newWire(t, conn, true)
	request := "GET /echo HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
		"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
	if offer != "" {
		request += "Sec-WebSocket-Extensions: " + offer + "\r\n"
	}
	w.out <- []byte(request + "\r\n")
	response, err := http.ReadResponse(w.in, nil)
	if err != nil {
		t.Fatalf("response to the opening handshake: %v", err)
	}
	if response.StatusCode != http.StatusSwitchingProtocols {
		t.Fatalf("response to the opening handshake: status %s, want 101", response.Status)
	}
	if got, want := response.Header.Get("Sec-WebSocket-Accept"), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="; got != want {
		t.Fatalf("Sec-WebSocket-Accept: got %q, want %q", got, want)
	}
	w.extension = response.Header.Get("Sec-WebSocket-Extensions")
	return w
}

// acceptWire makes the server's side of the opening handshake, with accept as Sec-WebSocket-Extensions, and keeps what
// the client offers.
func acceptWire(t *testing.T, conn net.Conn, accept func(offer string) string) *wire {
	t.Helper()
	w := newWire(t, conn, false)
	request, err := http.ReadRequest(w.in)
	if err != nil {
		t.Fatalf("request of the opening handshake: %v", err)
	}
	sum := sha1.Sum([]byte(request.Header.Get("Sec-WebSocket-Key") + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"))
	response := "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
		"Sec-WebSocket-Accept: " + base64.StdEncoding.EncodeToString(sum[:]) + "\r\n"
	w.target = request.RequestURI
	w.extension = request.Header.Get("Sec-WebSocket-Extensions")
	if accepted := accept(w.extension); accepted != "" {
		response += "Sec-WebSocket-Extensions: " + accepted + "\r\n"
	}
	w.out <- []byte(response + "\r\n")
	return w
}

// send sends the frames in one write.
func (w *wire) send(frames ...frame) {
	var b []byte
	for _, f := range frames {
		first := f.opcode
		if f.fin {
			first |= 0x80
		}
		if f.rsv1 {
			first |= 0x40
		}
		var masked byte
		if w.client {
			masked = 0x80
		}
		switch n := len(f.payload); {
		case n < 126:
			b = append(b, first, masked|byte(n))
		case n < 1<<16:
			b = binary.BigEndian.AppendUint16(append(b, first, masked|126), uint16(n))
		default:
			b = binary.BigEndian.AppendUint64(append(b, first, masked|127), uint64(n))
		}
		if !w.client {
			b = append(b, f.payload...)
			continue
		}
		key := []byte{0x37, 0xfa, 0x21, 0x3d}
		b = append(b, key...)
		b = append(b, xorKey(f.payload, key)...)
	}
	w.out <- b
}

// receive returns the next frame, or the error with which the stream ends.
func (w *wire) receive() (frame, error) {
	var head [14]byte
	if _, err := io.ReadFull(w.in, head[:2]); err != nil {
		return frame{}, err
	}
	f := frame{fin: head[0]&0x80 != 0, rsv1: head[0]&0x40 != 0, opcode: head[0] & 0x0f}
	masked := head[1]&0x80 != 0
	if masked == w.client {
		return frame{}, fmt.Errorf("frame with opcode %d: masked is %v", f.opcode, masked)
	}
	n := uint64(head[1] & 0x7f)
	switch n {
	case 126:
		if _, err := io.ReadFull(w.in, head[2:4]); err != nil {
			return frame{}, err
		}
		n = uint64(binary.BigEndian.Uint16(head[2:]))
	case 127:
		if _, err := io.ReadFull(w.in, head[2:10]); err != nil {
			return frame{}, err
		}
		n = binary.BigEndian.Uint64(head[2:])
	}
	if n > maxMessage {
		return frame{}, fmt.Errorf("frame with opcode %d has %d octets", f.opcode, n)
	}
	var key [4]byte
	if masked {
		if _, err := io.ReadFull(w.in, key[:]); err != nil {
			return frame{}, err
		}
	}
	f.payload = make([]byte, n)
	if _, err := io.ReadFull(w.in, f.payload); err != nil {
		return frame{}, err
	}
	if masked {
		f.payload = xorKey(f.payload, key[:])
	}
	return f, nil
}

// xorKey returns payload masked or unmasked with the key of four octets (RFC 6455 section 5.3).
func xorKey(payload, key []byte) []byte {
	out := make([]byte, len(payload))
	subtle.XORBytes(out, payload, bytes.Repeat(key, len(payload)/4+1))
	return out
}

// message returns the next message as if it were one frame, and hands each control frame that comes before its end to
// control, which fails the test where there should be none.
func (w *wire) message(control func(frame)) frame {
	w.t.Helper()
	var whole frame
	for started := false; ; {
		f, err := w.receive()
		if err != nil {
			w.t.Fatalf("waiting for a message: %v", err)
		}
		if f.opcode >= opClose {
			control(f)
			continue
		}
		if started != (f.opcode == opContinuation) {
			w.t.Fatalf("got a frame with opcode %d; inside a message: %v", f.opcode, started)
		}
		if !started {
			whole = frame{rsv1: f.rsv1, opcode: f.opcode}
			started = true
		}
		whole.payload = append(whole.payload, f.payload...)
		if f.fin {
			whole.fin = true
			return whole
		}
	}
}

// noControl is for message where no control frame may come.
func (w *wire) noControl(f frame) {
	w.t.Helper()
	w.t.Fatalf("got a frame with opcode %d and payload %q, want a message", f.opcode, f.payload)
}

// closeHandshake sends a close frame with code 1000 and demands one back; what follows is the end of the stream.
func (w *wire) closeHandshake() {
	w.t.Helper()
	normal := []byte{0x03, 0xe8}
	w.send(frame{fin: true, opcode: opClose, payload: normal})
	f, err := w.receive()
	if err != nil || f.opcode != opClose || !bytes.HasPrefix(f.payload, normal) {
		w.t.Fatalf("after a close frame with code 1000: got opcode %d, payload %x, error %v", f.opcode, f.payload, err)
	}
	if !w.client { // it is the server that closes the connection (RFC 6455 section 7.1.1)
		w.close()
		return
	}
	if f, err := w.receive(); err != io.EOF {
		w.t.Fatalf("after the close frames: got opcode %d, payload %q, error %v, want the end of the stream", f.opcode, f.payload, err)
	}
	w.close()
}

// close ends the connection once everything is written.
func (w *wire) close() {
	w.finish()
	w.conn.Close()
}

// place is a kind of connection between a test and a library.
type place struct {
	name string
	run  func(t *testing.T, test func(t *testing.T, pair func() (near, far net.Conn)))
}

// places are loopback TCP, and a testing/synctest bubble with a connection in memory; there a goroutine that stays
// fails the test.
var places = []place{
	{"loopback", func(t *testing.T, test func(*testing.T, func() (near, far net.Conn))) {
		test(t, func() (near, far net.Conn) {
			ln := listen(t)
			defer ln.Close()
			near, err := net.Dial("tcp", ln.Addr().String())
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { near.Close() })
			far, err = ln.Accept()
			if err != nil {
				t.Fatal(err)
			}
			return near, far
		})
	}},
	{"bubble", func(t *testing.T, test func(*testing.T, func() (near, far net.Conn))) {
		synctest.Test(t, func(t *testing.T) {
			test(t, func() (near, far net.Conn) {
				near, far = net.Pipe()
				t.Cleanup(func() { near.Close() })
				return near, far
			})
		})
	}},
}

// listen returns a listener on a free port of the loopback interface.
func listen(t *testing.T) net.Listener {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { ln.Close() })
	return ln
}

// everywhere runs test as a subtest for each library that keep wants and each place.
func everywhere(t *testing.T, keep func(Library) bool, test func(t *testing.T, lib Library, pair func() (near, far net.Conn))) {
	for _, lib := range All() {
		if !keep(lib) {
			continue
		}
		for _, place := range places {
			t.Run("lib="+lib.Name+"/place="+place.name, func(t *testing.T) {
				place.run(t, func(t *testing.T, pair func() (near, far net.Conn)) { test(t, lib, pair) })
			})
		}
	}
}

func every(Library) bool            { return true }
func hasDeflate(lib Library) bool   { return lib.Compression }
func lacksDeflate(lib Library) bool { return !lib.Compression }

// serving runs the library's server on conn; the channel is closed when it returns.
func serving(lib Library, conn net.Conn) <-chan struct{} {
	done := make(chan struct{})
	go func() {
		defer close(done)
		lib.Server(conn)
	}()
	return done
}

// isClosed reports whether this side of conn is closed; of a pipe it is as well where the other side is.
func isClosed(conn net.Conn) bool {
	_, err := conn.Write([]byte{0})
	return errors.Is(err, net.ErrClosed) || errors.Is(err, io.ErrClosedPipe)
}
