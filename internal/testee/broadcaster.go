package testee

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
	"time"

	"github.com/wscheck/wscheck/internal/accept"
	"github.com/wscheck/wscheck/wsproto"
)

// Broadcaster is a server that sends each message of a client to all clients,
// the sender included, and counts the seconds to them: "tick 1", "tick 2". A
// client that does not keep up, with a backlog of 64 messages or 32 MiB, is
// dropped; the others do not wait for it.
type Broadcaster struct {
	// Tick is the time between two ticks; 0 means 1 s.
	Tick time.Duration

	// Fields are added to the response of the opening handshake.
	Fields wsproto.Fields

	// MaxClients is how many there may be at a time; 0 means 20,000. Further
	// connections are closed.
	MaxClients int

	mu      sync.Mutex
	clients map[*listener]struct{}
}

// The bounds of a client's backlog.
const (
	maxBacklog       = 64
	maxBacklogOctets = 32 << 20
	defaultClients   = 20_000
)

// errAway is why a client is not served.
var errAway = errors.New("too many clients")

// listener is a client of a Broadcaster.
type listener struct {
	conn  *Conn
	queue chan broadcast

	mu     sync.Mutex
	octets int // in queue
}

// broadcast is a message that goes to everybody. Its payload is shared.
type broadcast struct {
	opcode  wsproto.Opcode
	payload []byte
}

// Serve accepts clients on ln until ctx is done, and then closes ln, says
// goodbye to the clients, and returns nil. An error of ln, other than a passing
// one, is returned after the same.
func (b *Broadcaster) Serve(ctx context.Context, ln net.Listener) error {
	ctx, cancel := context.WithCancel(ctx)
	var conns sync.WaitGroup
	conns.Go(func() { b.count(ctx) })
	stop := context.AfterFunc(ctx, func() { ln.Close() })
	defer stop()
	err := accept.All(ln, ctx.Done(), func(conn net.Conn) {
		conns.Go(func() { _ = b.serve(ctx, conn) }) // how a client ends does not matter to the others
	}, nil)
	if ctx.Err() != nil {
		err = nil
	}
	ln.Close()
	cancel()
	conns.Wait()
	return err
}

// count sends the ticks.
func (b *Broadcaster) count(ctx context.Context) {
	interval := b.Tick
	if interval <= 0 {
		interval = time.Second
	}
	ticker := time.NewTicker(interval)
	defer ticker.Stop()
	for n := 1; ; n++ {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			b.send(broadcast{wsproto.OpText, fmt.Appendf(nil, "tick %d", n)})
		}
	}
}

// serve has the whole conversation with a client.
func (b *Broadcaster) serve(ctx context.Context, conn net.Conn) error {
	defer conn.Close()
	stop := context.AfterFunc(ctx, func() { _ = conn.SetReadDeadline(time.Unix(1, 0)) })
	c, err := Accept(conn, b.Fields...)
	if !stop() || err != nil {
		return err
	}
	l := &listener{conn: c, queue: make(chan broadcast, maxBacklog)}
	if !b.enter(l) {
		return errors.Join(errAway, c.Close(wsproto.CloseTryAgainLater))
	}
	stop = context.AfterFunc(ctx, func() { _ = c.Close(wsproto.CloseGoingAway) })
	defer stop()
	var writing sync.WaitGroup
	writing.Go(l.write)
	defer writing.Wait()
	defer close(l.queue)
	defer b.leave(l)
	for {
		op, payload, err := c.Read()
		if err != nil {
			return err
		}
		b.send(broadcast{op, payload})
	}
}

func (b *Broadcaster) enter(l *listener) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	limit := b.MaxClients
	limit = cmp.Or(limit, defaultClients)
	if len(b.clients) >= limit {
		return false
	}
	if b.clients == nil {
		b.clients = make(map[*listener]struct{})
	}
	b.clients[l] = struct{}{}
	return true
}

func (b *Broadcaster) leave(l *listener) {
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.clients, l)
}

// send puts a message into everybody's queue.
func (b *Broadcaster) send(m broadcast) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for l := range b.clients {
		if !l.put(m) {
			delete(b.clients, l)
			l.conn.Drop()
		}
	}
}

// put adds a message to the queue, and reports false if there is no room.
func (l *listener) put(m broadcast) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.octets+len(m.payload) > maxBacklogOctets {
		return false
	}
	select {
	case l.queue <- m:
		l.octets += len(m.payload)
		return true
	default:
		return false
	}
}

// write sends what is in the queue until that is closed.
func (l *listener) write() {
	failed := false
	for m := range l.queue {
		l.mu.Lock()
		l.octets -= len(m.payload)
		l.mu.Unlock()
		if !failed && l.conn.Write(m.opcode, m.payload) != nil {
			failed = true
			l.conn.Drop()
		}
	}
}
