package http2

import (
	"bytes"
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"sync"
	"syscall"
	"time"

	"github.com/wscheck/wscheck/internal/accept"
	"github.com/wscheck/wscheck/internal/h2frame"
	"github.com/wscheck/wscheck/internal/link"
	"github.com/wscheck/wscheck/oracle"
	"github.com/wscheck/wscheck/wsproto"
)

// Options configures an endpoint of HTTP/2 that the cases are tested with. The zero
// value is a plain and conforming one.
type Options struct {
	// Seed draws at random what RFC 9113 and RFC 8441 leave open; 0 is the plain way.
	Seed uint64

	// Mutant is the name of the one fault of the endpoint: see [Mutants]. "" means none.
	Mutant string
}

// Serve has the conversations of a server over HTTP/2 on a connection: server is
// called with a connection over which it makes the handshake of HTTP/1.1, as behind
// a proxy. It closes conn.
func Serve(conn net.Conn, o Options, server func(net.Conn)) {
	t := newTunnel(conn, wsproto.Server, o)
	if t.awaitOpening() {
		server(t)
	}
	t.Close()
	t.wait()
}

// ServeAll serves the connections that ln accepts until ctx is done: those that begin
// with the preface of HTTP/2 as [Serve] does, the others by server itself. A connection may have
// many WebSockets, unless the options want a fault or liberties. Then it closes ln and the connections, and returns nil once all have ended.
func ServeAll(ctx context.Context, ln net.Listener, o Options, server func(net.Conn)) error {
	stop := context.AfterFunc(ctx, func() { ln.Close() })
	defer stop()
	var conns sync.WaitGroup
	defer conns.Wait()
	err := accept.All(ln, ctx.Done(), func(conn net.Conn) {
		conns.Go(func() {
			stop := context.AfterFunc(ctx, func() { conn.Close() })
			defer stop()
			either(ctx, conn, o, server)
		})
	}, nil)
	if ctx.Err() != nil {
		return nil
	}
	return err
}

// beginLimit is how long a client has for its first octets.
const beginLimit = 10 * time.Second

// either serves a connection over the version of HTTP that it begins with.
func either(ctx context.Context, conn net.Conn, o Options, server func(net.Conn)) {
	_ = conn.SetReadDeadline(time.Now().Add(beginLimit))
	begin := make([]byte, 4)
	n, err := io.ReadFull(conn, begin)
	if err != nil {
		conn.Close()
		return
	}
	_ = conn.SetReadDeadline(time.Time{})
	rewound := link.Rewind(conn, begin[:n])
	switch {
	case string(begin) != h2frame.Preface[:len(begin)]:
		server(rewound)
	case o == (Options{}):
		serveMany(ctx, rewound, server)
	default:
		Serve(rewound, o, server)
	}
}

// Connect returns the connection over which a client makes the handshake of HTTP/1.1
// for a WebSocket that is carried over conn by HTTP/2. To close it closes conn.
func Connect(conn net.Conn, o Options) net.Conn { return newTunnel(conn, wsproto.Client, o) }

// tunnel is a connection of HTTP/1.1 in a stream of HTTP/2.
type tunnel struct {
	conn net.Conn
	role wsproto.Role

	mu     sync.Mutex
	cond   sync.Cond
	s      *stream
	out    []byte // to be written to conn
	in     []byte // to be read
	head   []byte // written by the one above, and not whole yet
	opened bool   // our part of the opening handshake is sent
	began  bool   // the peer's has come
	eof    bool
	err    error
	key    string
	closed bool
	linger bool
	done   bool // conn is not read any more
	wg     sync.WaitGroup
	deadlines
}

func newTunnel(conn net.Conn, role wsproto.Role, o Options) *tunnel {
	t := &tunnel{conn: conn, role: role}
	t.cond.L = &t.mu
	t.on = &t.cond
	freedom := drawFreedom(o.Seed)
	t.s = newStream(role, freedom.delivery, func(oracle.Event) {})
	t.s.conduct = &conduct{freedom: freedom, mutant: mutants[o.Mutant], rng: rand.New(rand.NewPCG(o.Seed, 1)), role: role}
	t.wg.Add(2)
	go t.readLoop()
	go t.writeLoop()
	t.mu.Lock()
	t.flush()
	t.mu.Unlock()
	return t
}

// flush has what the stream has for the connection written. t.mu is held.
func (t *tunnel) flush() {
	for {
		b, _ := t.s.Output()
		if len(b) == 0 {
			break
		}
		t.out = append(t.out, b...)
	}
	t.cond.Broadcast()
}

func (t *tunnel) writeLoop() {
	defer t.wg.Done()
	t.mu.Lock()
	defer t.mu.Unlock()
	for {
		for len(t.out) == 0 && !t.done {
			t.cond.Wait()
		}
		if len(t.out) == 0 {
			return
		}
		b := t.out
		t.out = nil
		t.mu.Unlock()
		_, err := t.conn.Write(b)
		t.mu.Lock()
		if err != nil {
			t.fail(err)
			return
		}
		t.cond.Broadcast()
	}
}

func (t *tunnel) fail(err error) {
	if t.err == nil {
		t.err = err
	}
	t.done, t.out = true, nil
	t.cond.Broadcast()
}

func (t *tunnel) readLoop() {
	defer t.wg.Done()
	buf := make([]byte, 16<<10)
	for {
		n, err := t.conn.Read(buf)
		t.mu.Lock()
		t.s.Feed(buf[:n])
		for {
			in, ok := t.s.Next()
			if !ok {
				break
			}
			t.take(in.Data, in.End, in.Err)
		}
		if err == nil || !t.s.broken {
			t.flush()
		}
		if err != nil || t.s.broken {
			t.finish(err)
			t.mu.Unlock()
			return
		}
		t.mu.Unlock()
	}
}

// finish ends the connection once what is left is written. t.mu is held.
func (t *tunnel) finish(err error) {
	if err == nil || errors.Is(err, io.EOF) {
		err = syscall.ECONNRESET
	}
	if t.err == nil && !t.eof {
		t.err = err
	}
	for len(t.out) > 0 && !t.done {
		t.cond.Wait()
	}
	t.done = true
	t.cond.Broadcast()
	t.conn.Close()
}

// take takes what the stream has brought. t.mu is held.
func (t *tunnel) take(data []byte, end bool, err error) {
	switch {
	case err != nil:
		t.err = syscall.ECONNRESET
	case end:
		t.eof = true
	case !t.began:
		list, _, _ := headList(data, t.role == wsproto.Client)
		if t.role == wsproto.Server {
			t.in = append(t.in, upgradeOf(list)...)
			t.began = true
		} else if status, _ := list.Get(":status"); status != "" && status[0] != '1' {
			t.in = append(t.in, switchOf(list, t.key)...)
			t.began = true
		}
	default:
		t.in = append(t.in, data...)
	}
	t.cond.Broadcast()
}

// awaitOpening reports whether a client has opened the stream.
func (t *tunnel) awaitOpening() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	for !t.began && t.err == nil && !t.eof && !t.done {
		t.cond.Wait()
	}
	return t.began
}

// wait waits until nothing of the tunnel is left.
func (t *tunnel) wait() { t.wg.Wait() }

// Read reads octets of the peer's.
func (t *tunnel) Read(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for {
		switch {
		case t.closed:
			return 0, net.ErrClosed
		case t.read.expired():
			return 0, os.ErrDeadlineExceeded
		case len(p) == 0:
			return 0, nil
		case len(t.in) > 0:
			n := copy(p, t.in)
			t.in = t.in[n:]
			return n, nil
		case t.err != nil:
			return 0, t.err
		case t.eof:
			return 0, io.EOF
		}
		t.cond.Wait()
	}
}

// maxWaiting bounds the octets that a call of Write leaves to be written.
const maxWaiting = 1 << 20

// Write writes octets for the peer, and blocks while too many wait.
func (t *tunnel) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for len(t.out)+t.s.queued > maxWaiting && t.err == nil && !t.closed && !t.write.expired() {
		t.cond.Wait()
	}
	switch {
	case t.closed:
		return 0, net.ErrClosed
	case t.write.expired():
		return 0, os.ErrDeadlineExceeded
	case t.err != nil:
		return 0, t.err
	}
	t.send(p)
	t.flush()
	return len(p), nil
}

// send hands octets to the stream, the first ones as a header list.
func (t *tunnel) send(p []byte) {
	if t.opened {
		t.s.Send(bytes.Clone(p), 0)
		return
	}
	t.head = append(t.head, p...)
	var list wsproto.Fields
	size := 0
	if t.role == wsproto.Server {
		list, size = responseOf(t.head)
	} else {
		list, t.key, size = connectOf(t.head)
	}
	if size == 0 {
		return
	}
	t.opened = true
	text := h2frame.HeadText(list, t.role == wsproto.Server)
	t.s.Send(append(text, t.head[size:]...), 0)
}

// CloseWrite ends our direction.
func (t *tunnel) CloseWrite() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.s.End()
	t.flush()
	return nil
}

// SetLinger has Close abort the stream where sec is 0.
func (t *tunnel) SetLinger(sec int) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.linger = sec == 0
	return nil
}

// drainLimit is how long the connection is kept for the peer to end its direction.
const drainLimit = time.Second

// Close ends the stream, and soon after that the connection.
func (t *tunnel) Close() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.closed {
		return net.ErrClosed
	}
	t.closed = true
	if t.linger || t.err != nil {
		t.s.Abort()
	} else {
		t.s.End()
	}
	t.flush()
	_ = t.conn.SetReadDeadline(time.Now().Add(drainLimit))
	t.cond.Broadcast()
	return nil
}

// LocalAddr returns that of the connection.
func (t *tunnel) LocalAddr() net.Addr { return t.conn.LocalAddr() }

// RemoteAddr returns that of the connection.
func (t *tunnel) RemoteAddr() net.Addr { return t.conn.RemoteAddr() }
