package http2

import (
	"io"
	"net"
	"net/http"
	"os"
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
		c := &bridged{w: w, body: r.Body, control: http.NewResponseController(w), head: upgradeOf(list), done: make(chan struct{})}
		c.came, c.waits = make(chan []byte), make(chan struct{})
		go c.receive()
		server(c)
		c.Close()
		if c.aborted() {
			panic(http.ErrAbortHandler) // resets the stream
		}
	})
}

// bridged is the connection of HTTP/1.1 that a [Bridge] makes of a stream.
type bridged struct {
	w       http.ResponseWriter
	body    io.ReadCloser
	control *http.ResponseController
	head    []byte      // to be read first
	came    chan []byte // octets of the stream; closed at its end
	failed  error       // why it ended, once came is closed

	mu     sync.Mutex
	readBy time.Time
	waits  chan struct{} // closed, and made anew, when readBy changes
	status []byte        // the response, as far as it was written
	opened bool
	closed bool
	linger bool
	done   chan struct{}
}

// leastRead and mostRead are how many octets of a stream are read at a time. net/http
// grants the client a window anew after each large read, however many wait.
const (
	leastRead = 512
	mostRead  = 32 << 10
)

// receive reads the stream. A deadline of net/http's own would end it for good, and
// a server that hijacks the connection sets one in passing.
func (c *bridged) receive() {
	var buffers [2][]byte // one is Read's while the other is filled
	size := leastRead
	for i := 0; ; i = 1 - i {
		if len(buffers[i]) < size {
			buffers[i] = make([]byte, size)
		}
		n, err := c.body.Read(buffers[i])
		if n == len(buffers[i]) {
			size = min(4*size, mostRead)
		}
		if n > 0 {
			select {
			case c.came <- buffers[i][:n]:
			case <-c.done:
				return
			}
		}
		if err != nil {
			c.failed = err
			close(c.came)
			return
		}
	}
}

// Read reads the request, and then the octets of the stream.
func (c *bridged) Read(p []byte) (int, error) {
	for len(c.head) == 0 {
		c.mu.Lock()
		by, changed := c.readBy, c.waits
		c.mu.Unlock()
		var over <-chan time.Time
		if !by.IsZero() {
			left := time.Until(by)
			if left <= 0 {
				return 0, os.ErrDeadlineExceeded
			}
			timer := time.NewTimer(left)
			defer timer.Stop()
			over = timer.C
		}
		select {
		case octets, ok := <-c.came:
			if !ok {
				return 0, c.failed
			}
			c.head = octets
		case <-changed:
		case <-over:
			return 0, os.ErrDeadlineExceeded
		case <-c.done:
			return 0, net.ErrClosed
		}
	}
	n := copy(p, c.head)
	c.head = c.head[n:]
	return n, nil
}

// Write writes the response, and then octets of the stream.
func (c *bridged) Write(p []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return 0, net.ErrClosed
	}
	if !c.opened {
		return len(p), c.respond(p)
	}
	n, err := c.w.Write(p)
	if err == nil {
		err = c.control.Flush()
	}
	return n, err
}

// respond writes the response once it is whole. c.mu is held.
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
			for _, digit := range f.Value {
				code = 10*code + int(digit-'0')
			}
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
	c.closed = true
	close(c.done)
	return c.body.Close()
}

func (c *bridged) aborted() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
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

// SetReadDeadline sets the deadline of reads.
func (c *bridged) SetReadDeadline(t time.Time) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.readBy = t
	close(c.waits)
	c.waits = make(chan struct{})
	return nil
}

// SetWriteDeadline does nothing: net/http resets a stream whose deadline passes while
// nothing is being written.
func (c *bridged) SetWriteDeadline(time.Time) error { return nil }
