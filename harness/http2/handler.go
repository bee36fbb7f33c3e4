package http2

import (
	"io"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/wscheck/wscheck/internal/engine"
	"github.com/wscheck/wscheck/wsproto"
)

// Handler is harness.Handler over HTTP/2 without TLS: a real [http.Server] calls
// handler. Extended CONNECT is a part of net/http that the environment switches on,
// before the process begins: GODEBUG=http2xconnect=1. Without it the first case says
// that the server does not have it.
func Handler(handler http.Handler) func(net.Conn) {
	protocols := new(http.Protocols)
	protocols.SetUnencryptedHTTP2(true)
	return engine.HandlerFor(protocols, handler)
}

// Bridge returns a handler of net/http that takes extended CONNECT for WebSockets,
// and has each served by a server that knows the handshake of HTTP/1.1: server is
// called with a connection over which it makes that, as behind a proxy.
func Bridge(server func(net.Conn)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodConnect || r.Header.Get(":protocol") != wsproto.WebSocketProtocol {
			w.WriteHeader(http.StatusNotImplemented)
			return
		}
		list := wsproto.Fields{{Name: ":authority", Value: r.Host}, {Name: ":path", Value: r.URL.RequestURI()}}
		for name, values := range r.Header {
			for _, value := range values {
				if !strings.HasPrefix(name, ":") {
					list = append(list, wsproto.Field{Name: strings.ToLower(name), Value: value})
				}
			}
		}
		c := &bridged{w: w, body: r.Body, control: http.NewResponseController(w), in: upgradeOf(list)}
		c.cond.L = &c.mu
		c.on = &c.cond
		go c.receive()
		server(c)
		c.Close()
		if c.finish() {
			panic(http.ErrAbortHandler) // resets the stream
		}
	})
}

// bridged is the connection of HTTP/1.1 that a [Bridge] makes of a stream.
type bridged struct {
	w       http.ResponseWriter
	body    io.ReadCloser
	control *http.ResponseController

	mu     sync.Mutex
	cond   sync.Cond
	in     []byte // to be read: the request, and then octets of the stream
	failed error  // why the stream ended, after in
	writes bool   // a call of Write has what follows to itself
	status []byte // what was written of the response
	opened bool
	closed bool
	linger bool
	deadlines
}

// leastRead and mostRead are how many octets of a stream are read at a time. net/http
// grants the client a window anew after each large read, however many wait.
const (
	leastRead = 512
	mostRead  = 32 << 10
)

// bridgeBuffers are pairs of buffers: one is read from while the other is filled.
var bridgeBuffers = sync.Pool{New: func() any { return new([2][mostRead]byte) }}

// receive reads the stream. A deadline of net/http's own would end it for good, and
// a server that hijacks the connection sets one in passing.
func (c *bridged) receive() {
	buffers := bridgeBuffers.Get().(*[2][mostRead]byte)
	defer bridgeBuffers.Put(buffers)
	size := leastRead
	for i := 0; ; i = 1 - i {
		n, err := c.body.Read(buffers[i][:size])
		c.mu.Lock()
		for len(c.in) > 0 && !c.closed {
			c.cond.Wait()
		}
		if c.closed {
			c.mu.Unlock()
			return
		}
		c.in, c.failed = buffers[i][:n], err
		c.cond.Broadcast()
		for err != nil && len(c.in) > 0 && !c.closed {
			c.cond.Wait()
		}
		c.mu.Unlock()
		if err != nil {
			return
		}
		if n == size {
			size = min(4*size, mostRead)
		}
	}
}

// Read reads the request, and then the octets of the stream.
func (c *bridged) Read(p []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for {
		switch {
		case c.closed:
			return 0, net.ErrClosed
		case c.read.expired():
			return 0, os.ErrDeadlineExceeded
		case len(p) == 0:
			return 0, nil
		case len(c.in) > 0:
			n := copy(p, c.in)
			if c.in = c.in[n:]; len(c.in) == 0 {
				c.cond.Broadcast()
			}
			return n, nil
		case c.failed != nil:
			return 0, c.failed
		}
		c.cond.Wait()
	}
}

// Write writes the response, and then octets of the stream.
func (c *bridged) Write(p []byte) (n int, err error) {
	c.mu.Lock()
	for c.writes && !c.closed {
		c.cond.Wait()
	}
	if c.closed {
		c.mu.Unlock()
		return 0, net.ErrClosed
	}
	c.writes = true
	c.mu.Unlock()
	if c.opened {
		if n, err = c.w.Write(p); err == nil {
			err = c.control.Flush()
		}
	} else {
		n, err = len(p), c.respond(p)
	}
	c.mu.Lock()
	c.writes = false
	c.cond.Broadcast()
	c.mu.Unlock()
	return n, err
}

// respond writes the response once it is whole.
func (c *bridged) respond(p []byte) error {
	c.status = append(c.status, p...)
	list, size := responseOf(c.status)
	if size == 0 {
		return nil
	}
	c.opened = true
	code := 0
	for _, f := range list {
		if f.Name == ":status" {
			code, _ = strconv.Atoi(f.Value) // statusText wrote it
			continue
		}
		c.w.Header().Add(f.Name, f.Value)
	}
	c.w.WriteHeader(code)
	if _, err := c.w.Write(c.status[size:]); err != nil {
		return err
	}
	return c.control.Flush()
}

// Close ends the stream when the handler returns.
func (c *bridged) Close() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return net.ErrClosed
	}
	c.closed, c.in = true, nil
	if c.read.timer != nil {
		c.read.timer.Stop()
	}
	c.cond.Broadcast()
	return c.body.Close()
}

// finish waits for the end of a write, and reports whether the stream is to be reset.
func (c *bridged) finish() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	for c.writes {
		c.cond.Wait()
	}
	return c.linger
}

// SetLinger has the stream reset where sec is 0.
func (c *bridged) SetLinger(sec int) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.linger = sec == 0
	return nil
}

// LocalAddr returns an address of no meaning.
func (c *bridged) LocalAddr() net.Addr { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 80} }

// RemoteAddr returns an address of no meaning.
func (c *bridged) RemoteAddr() net.Addr { return c.LocalAddr() }

// SetDeadline sets the deadline of reads.
func (c *bridged) SetDeadline(t time.Time) error { return c.SetReadDeadline(t) }

// SetWriteDeadline does nothing: net/http resets a stream whose deadline passes while
// nothing is being written.
func (c *bridged) SetWriteDeadline(time.Time) error { return nil }
