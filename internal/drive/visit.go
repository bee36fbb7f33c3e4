package drive

import (
	"context"
	"fmt"
	"net"
	"sync"
	"time"

	"github.com/wscheck/wscheck/internal/catalogue"
	"github.com/wscheck/wscheck/internal/engine"
	"github.com/wscheck/wscheck/internal/link"
	"github.com/wscheck/wscheck/internal/process"
	"github.com/wscheck/wscheck/internal/report"
)

// visit waits for a client to come for a case, and plays it.
type visit struct {
	ln       *net.TCPListener
	visitor  *engine.Visitor
	cs       *catalogue.Case
	url      string // that the client is given
	patience time.Duration
	carrier  engine.Carrier // of the client's WebSocket; nil for HTTP/1.1
	looks    sync.WaitGroup // connections that are looked at

	done   chan struct{} // closed when the case was played, or nobody can come any more
	finish sync.Once
	result *report.Result // nil if it was not played; written before done is closed

	mu      sync.Mutex
	conns   map[net.Conn]struct{} // over which nothing has come yet
	came    int                   // connections that were made
	claimed bool                  // one of them is the conversation
}

// newVisit begins to wait on ln.
func newVisit(ctx context.Context, ln *net.TCPListener, visitor *engine.Visitor, by engine.Carrier, cs *catalogue.Case, url string, patience time.Duration) *visit {
	v := &visit{ln: ln, visitor: visitor, carrier: by, cs: cs, url: url, patience: patience, done: make(chan struct{}), conns: make(map[net.Conn]struct{})}
	link.ShortenSegments(ln)
	go v.accept(ctx)
	return v
}

// maxConns bounds the connections that a client makes for one case.
const maxConns = 64

// accept takes connections until the listener is closed or its time is up.
func (v *visit) accept(ctx context.Context) {
	for v.came < maxConns {
		conn, err := v.ln.Accept()
		if err != nil {
			break
		}
		v.mu.Lock()
		v.came++
		v.conns[conn] = struct{}{}
		v.mu.Unlock()
		v.looks.Go(func() { v.look(ctx, conn) })
	}
	v.looks.Wait()
	v.finish.Do(func() { close(v.done) })
}

// look plays the case over a connection, if it is the first over which something
// comes. Others, such as those of a client that connects again, are closed.
func (v *visit) look(ctx context.Context, conn net.Conn) {
	defer conn.Close()
	head := make([]byte, 1)
	n, _ := conn.Read(head)
	v.mu.Lock()
	delete(v.conns, conn)
	first := n > 0 && !v.claimed
	v.claimed = v.claimed || first
	v.mu.Unlock()
	if !first {
		return
	}
	if r := v.visitor.ConverseOnce(ctx, conn, head[:n], v.carrier, v.cs, v.url, v.patience); r != nil {
		v.finish.Do(func() {
			v.result = r
			close(v.done)
		})
	}
}

// lastCall is how long it may take to learn of a connection that was made by a
// command which has ended since.
const lastCall = 100 * time.Millisecond

// end has nobody come any more but those who have, and waits for their conversation: cancel ends
// one that takes too long.
func (v *visit) end(cancel func()) {
	v.mu.Lock()
	_ = v.ln.SetDeadline(time.Now().Add(lastCall))
	for conn := range v.conns {
		_ = conn.SetReadDeadline(time.Now().Add(lastCall))
	}
	v.mu.Unlock()
	late := time.AfterFunc(farewell, cancel)
	defer late.Stop()
	<-v.done
}

// begun reports whether the conversation has begun.
func (v *visit) begun() bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.claimed
}

// close ends the listener, and what is left of the connections.
func (v *visit) close() {
	v.ln.Close()
	v.mu.Lock()
	defer v.mu.Unlock()
	for conn := range v.conns {
		conn.Close()
	}
}

// reason says why the case was not played.
func (v *visit) reason(p *process.Command, inTime bool, limit time.Duration) string {
	v.mu.Lock()
	defer v.mu.Unlock()
	what := "connecting"
	switch {
	case v.claimed:
		return fmt.Sprintf("the conversation had not ended %v after the command had", farewell)
	case v.came > 0:
		what = "sending anything on its connection"
	}
	if !inTime {
		return fmt.Sprintf("the command was ended after %v, without %s", limit, what)
	}
	return fmt.Sprintf("the command ended (%s) without %s", p.DeathReport(), what)
}
