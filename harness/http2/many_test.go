package http2

import (
	"context"
	"net"
	"testing"

	"github.com/wscheck/wscheck/internal/h2frame"
	"github.com/wscheck/wscheck/internal/reference"
	"github.com/wscheck/wscheck/wsproto"
)

// handClient is a client's end of a connection, with frames written by hand.
type handClient struct {
	t    *testing.T
	conn net.Conn
	in   []byte
}

func dialServer(t *testing.T, addr net.Addr) *handClient {
	t.Helper()
	conn, err := net.Dial("tcp", addr.String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	c := &handClient{t: t, conn: conn}
	c.write([]byte(h2frame.Preface))
	c.put(settingsFrame(), frame{Type: h2frame.Settings, Flags: h2frame.FlagAck})
	return c
}

func (c *handClient) write(b []byte) {
	if _, err := c.conn.Write(b); err != nil {
		c.t.Helper()
		c.t.Fatal(err)
	}
}

func (c *handClient) put(frames ...frame) { c.write(octets(frames...)) }

// connect opens a WebSocket.
func (c *handClient) connect(id uint32, path string) {
	c.put(frame{Type: h2frame.Headers, Flags: h2frame.FlagHeaders, Stream: id, Body: plainBlock(wsproto.Fields{
		{Name: ":method", Value: "CONNECT"}, {Name: ":protocol", Value: "websocket"}, {Name: ":scheme", Value: "http"},
		{Name: ":path", Value: path}, {Name: ":authority", Value: c.conn.RemoteAddr().String()}, {Name: "sec-websocket-version", Value: "13"},
	})})
}

// await returns the next frame of a kind.
func (c *handClient) await(kind byte) frame {
	c.t.Helper()
	buf := make([]byte, 16<<10)
	for {
		if f, size := parseFrame(c.in); size > 0 {
			if c.in = c.in[size:]; f.Type == kind {
				return f
			} else if f.Type == h2frame.GoAway || f.Type == h2frame.Reset && kind == h2frame.Headers {
				c.t.Fatalf("a frame of type %d came, want type %d: %x", f.Type, kind, f.Body)
			}
			continue
		}
		n, err := c.conn.Read(buf)
		if err != nil {
			c.t.Fatal(err)
		}
		c.in = append(c.in, buf[:n]...)
	}
}

// serveHand begins a server over HTTP/2, and returns a client of it.
func serveHand(t *testing.T) *handClient {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() {
		ended <- ServeAll(ctx, ln, Options{}, func(conn net.Conn) { _ = reference.ServeConn(conn, reference.Options{}) })
	}()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	return dialServer(t, ln.Addr())
}

// echo has a message of n octets of payload come back on a stream.
func (c *handClient) echo(id uint32, n int) {
	c.t.Helper()
	c.put(said(id, n))
	for got := 0; got < 2+n; {
		f := c.await(h2frame.Data)
		if f.Stream != id {
			c.t.Fatalf("DATA of stream %d, want stream %d", f.Stream, id)
		}
		got += len(f.Body)
	}
}

// TestServeAllMany opens many WebSockets on one connection, checks that they do not touch
// each other, and then sends a frame that is wrong.
func TestServeAllMany(t *testing.T) {
	c := serveHand(t)
	const streams = 50
	for i := range uint32(streams) {
		c.connect(1+2*i, "/")
	}
	for range streams {
		c.await(h2frame.Headers)
	}
	c.put(resetFrame(1, errorCancel))
	for i := range uint32(streams - 1) {
		c.echo(3+2*i, int(3+2*i))
	}
	c.put(windowFrame(501, 1))
	if f := c.await(h2frame.GoAway); f.Body[7] != errorProtocol {
		t.Errorf("GOAWAY %x for a frame of a stream that is idle", f.Body)
	}
}

// TestServeAllWindow has the window of a connection as large as it may be, as proxies do,
// and several streams use it.
func TestServeAllWindow(t *testing.T) {
	c := serveHand(t)
	c.put(settingsFrame(setting{h2frame.SettingWindow, largeWindow}), windowFrame(0, h2frame.MaxWindow-h2frame.FirstWindow))
	for id := uint32(1); id < 10; id += 2 {
		c.connect(id, "/")
		c.await(h2frame.Headers)
		for of := uint32(1); of <= id; of += 2 {
			c.echo(of, 100)
			c.put(windowFrame(of, 102), windowFrame(0, 102))
		}
	}
	c.put(windowFrame(0, 1))
	if f := c.await(h2frame.GoAway); f.Body[7] != errorFlow {
		t.Errorf("GOAWAY %x for a window that is too large", f.Body)
	}
}
