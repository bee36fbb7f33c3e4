package accept

import (
	"net"
	"sync"
	"time"
)

// First is the first connection to a listener over which something comes. Others, such as those
// of a client that connects again, are closed.
type First struct {
	ln    *net.TCPListener
	meet  func(conn net.Conn, head []byte)
	done  chan struct{}
	looks sync.WaitGroup // connections that are looked at

	mu    sync.Mutex
	conns map[net.Conn]struct{} // over which nothing has come yet
	came  int                   // connections that were made
	begun bool                  // something came over one
}

// AwaitFirst begins to wait for it. meet is called with it and what came, at most once, and has
// to close it.
func AwaitFirst(ln *net.TCPListener, meet func(conn net.Conn, head []byte)) *First {
	f := &First{ln: ln, meet: meet, done: make(chan struct{}), conns: make(map[net.Conn]struct{})}
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
		f.looks.Go(func() { f.look(conn) })
	}
	f.looks.Wait()
	f.mu.Lock()
	defer f.mu.Unlock()
	if !f.begun {
		close(f.done)
	}
}

func (f *First) look(conn net.Conn) {
	head := make([]byte, 1)
	n, _ := conn.Read(head)
	f.mu.Lock()
	delete(f.conns, conn)
	first := n > 0 && !f.begun
	f.begun = f.begun || first
	f.mu.Unlock()
	if !first {
		conn.Close()
		return
	}
	f.meet(conn, head[:n])
	close(f.done)
}

// Done returns a channel that is closed when meet has returned, or nobody can come any more.
func (f *First) Done() <-chan struct{} { return f.done }

// Begun reports whether something came.
func (f *First) Begun() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.begun
}

// Missed says in words what was not done where nothing came.
func (f *First) Missed() string {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.came > 0 {
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
