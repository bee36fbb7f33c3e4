package engine

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
	"time"
)

// loopback makes the connections between us and a peer in this process.
type loopback struct {
	peer localPeer

	mu sync.Mutex
	ln net.Listener
}

func (l *loopback) listen() (stop func(), err error) {
	if l.ln, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
		return nil, err
	}
	return func() { l.ln.Close() }, nil
}

// connect makes a pair of connections and starts the peer on the other one.
func (l *loopback) connect() (net.Conn, *peerRun, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	ours, err := net.DialTimeout("tcp", l.ln.Addr().String(), dialLimit)
	if err != nil {
		return nil, nil, err
	}
	theirs, err := l.ln.Accept()
	if err != nil {
		ours.Close()
		return nil, nil, err
	}
	run := l.peer.start(theirs, clientURL, func(*peerDeath) {
		_ = theirs.(*net.TCPConn).SetLinger(0) // the close that follows is what matters
		theirs.Close()
	})
	return ours, run, nil
}

// incoming takes the connections of clients.
type incoming struct {
	ln net.Listener

	conns chan net.Conn
	ended chan struct{}
	err   error // why, once ended is closed
}

// arrivalLimit is how long a conversation waits for a client to connect.
const arrivalLimit = 30 * time.Second

// listen begins to take connections.
func (i *incoming) listen() (stop func(), err error) {
	if i.conns != nil {
		return nil, errors.New("a listener serves one run")
	}
	i.conns, i.ended = make(chan net.Conn), make(chan struct{})
	stopping := make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		defer close(i.ended)
		for {
			conn, err := i.ln.Accept()
			if err != nil {
				i.err = err
				return
			}
			select {
			case i.conns <- conn:
			case <-stopping:
				conn.Close()
			}
		}
	})
	return func() {
		close(stopping)
		i.ln.Close()
		wg.Wait()
	}, nil
}

// accept waits for a client.
func (i *incoming) accept(ctx context.Context) (net.Conn, error) {
	timer := time.NewTimer(arrivalLimit)
	defer timer.Stop()
	select {
	case conn := <-i.conns:
		return conn, nil
	case <-i.ended:
		return nil, i.err
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	case <-timer.C:
		return nil, fmt.Errorf("none connected within %v", arrivalLimit)
	}
}
