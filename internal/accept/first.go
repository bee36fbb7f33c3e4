package accept

import (
	"net"
	"sync"
	"time"
)

// First is the first connection to a listener that a client wants. Others, such as those
// of a client that connects again, are closed.
type First struct {
	ln    *net.TCPListener
	look  func(conn net.Conn) (head []byte, wanted bool)
	meet  func(conn net.Conn, head []byte)
	done  chan struct{}
	looks sync.WaitGroup // connections that are looked at

	mu    sync.Mutex
	conns map[net.Conn]struct{} // that are looked at
	came  int                   // connections that were made
	spoke bool                  // something came over one
	begun bool                  // one was wanted
}

// AwaitFirst begins to wait for it. look reads from each connection until it is known whether that
// is wanted. meet is called with the first and what came, at most once, and has to close it.
func AwaitFirst(ln *net.TCPListener, look func(conn net.Conn) (head []byte, wanted bool), meet func(conn net.Conn, head []byte)) *First {
	f := &First{ln: ln, look: look, meet: meet, done: make(chan struct{}), conns: make(map[net.Conn]struct{})}
	go f.accept()
	return f
}

// maxConns bounds the connections that are taken.
const maxConns = 64

// accept takes connections until the listener is closed or its time is up.
func (f *First) accept() {
	for range maxConns {
		conn, err := f.ln.Accept()
		if err != nil {
			break
		}
		f.mu.Lock()
		f.came++
		f.conns[conn] = struct{}{}
		f.mu.Unlock()
		f.looks.Go(func() { f.consider(conn) })
	}
	f.looks.Wait()
	f.mu.Lock()
	defer f.mu.Unlock()
	if !f.begun {
		close(f.done)
	}
}

func (f *First) consider(conn net.Conn) {
	head, wanted := f.look(conn)
	f.mu.Lock()
	delete(f.conns, conn)
	first := wanted && !f.begun
	f.begun = f.begun || first
	f.spoke = f.spoke || len(head) > 0
	f.mu.Unlock()
	if !first {
		conn.Close()
		return
	}
	f.meet(conn, head)
	close(f.done)
}

// Done returns a channel that is closed when meet has returned, or nobody can come any more.
func (f *First) Done() <-chan struct{} { return f.done }

// Begun reports whether the first came.
func (f *First) Begun() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.begun
}

// Missed says in words what was not done where none came.
func (f *First) Missed() string {
	f.mu.Lock()
	defer f.mu.Unlock()
	switch {
	case f.spoke:
		return "asking for a WebSocket"
	case f.came > 0:
		return "sending anything on its connection"
	}
	return "connecting"
}

// lastCall is how long it may take to learn of a connection that was made by a
// process which has ended since.
const lastCall = 100 * time.Millisecond

// Last has nobody come any more but those who have.
func (f *First) Last() {
	f.mu.Lock()
	defer f.mu.Unlock()
	_ = f.ln.SetDeadline(time.Now().Add(lastCall))
	for conn := range f.conns {
		_ = conn.SetReadDeadline(time.Now().Add(lastCall))
	}
}

// Close ends the listener, and what is left of the connections.
func (f *First) Close() {
	f.ln.Close()
	f.mu.Lock()
	defer f.mu.Unlock()
	for conn := range f.conns {
		conn.Close()
	}
}
