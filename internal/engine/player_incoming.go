package engine

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
	"time"
)

// Incoming is a client that connects to ln of its own accord, again and again,
// and echoes: each connection is one conversation, with our side as the server.
// ln is closed when the run is over. A client that has not connected within 30
// seconds is not reachable.
func Incoming(ln net.Listener) Target {
	return &liveServer{options: new(DialOptions), incoming: &incoming{ln: ln}}
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
