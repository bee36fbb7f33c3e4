package engine

import (
	"context"
	"errors"
	"fmt"
	"net"
	"runtime/debug"
	"sync/atomic"

	"github.com/wscheck/wscheck/wsproto"
)

// Client is a client under test: it connects with dial to url, sends each
// message back until the connection ends, closes it, and returns. ctx ends some
// time after the conversation is over, for clients that would not. The error
// is shown where the case fails, and decides nothing.
type Client = func(ctx context.Context, dial Dial, url string) error

// Dial makes a connection, like [net.Dialer.DialContext], for any network
// and the address. It does so once for each url: a client that wants a second
// connection gets [ErrDialed].
type Dial = func(ctx context.Context, network, address string) (net.Conn, error)

// ErrDialed is the error of a second call of a [Dial].
var ErrDialed = errors.New("wscheck: one conversation is one connection, and it was made before")

// localPeer is the implementation under test, in this process: a server or a client.
type localPeer struct {
	server func(net.Conn)
	client Client
}

func (p *localPeer) role() wsproto.Role {
	if p.client != nil {
		return wsproto.Client
	}
	return wsproto.Server
}

// clientURL is the URL that a client under test connects to in a bubble. A
// name that needs no look-up.
const clientURL = "ws://localhost/"

// peerRun is one connection of a peer.
type peerRun struct {
	done   chan struct{} // closed when the peer has returned
	cancel func()        // has a client return

	guest *guest // of a client that a command is; nil for a peer in this process

	// Written before done is closed.
	death *peerDeath
	err   error // of a client
}

// ended reports whether the peer has returned.
func (r *peerRun) ended() bool {
	select {
	case <-r.done:
		return true
	default:
		return false
	}
}

// peerDeath is a panic of the peer's.
type peerDeath struct {
	value any
	stack []byte
}

// Error returns the panic in the words of the runtime.
func (d *peerDeath) Error() string {
	if d.value == errGoexit {
		return errGoexit.Error()
	}
	return fmt.Sprintf("panic: %v", d.value)
}

// errGoexit stands for a panic where the peer ended its goroutine otherwise.
var errGoexit = errors.New("the peer called runtime.Goexit, as testing's FailNow does")

// start runs the peer on conn in a goroutine, and calls gone if it dies.
func (p *localPeer) start(conn net.Conn, url string, gone func(*peerDeath)) *peerRun {
	ctx, cancel := context.Background(), func() {}
	if p.client != nil {
		ctx, cancel = context.WithCancel(ctx)
	}
	r := &peerRun{done: make(chan struct{}), cancel: cancel}
	go func() {
		roomOnStack()
		defer close(r.done)
		defer cancel()
		returned := false
		defer func() {
			v := recover()
			if v == nil && !returned {
				v = errGoexit
			}
			if v != nil {
				r.death = &peerDeath{value: v, stack: debug.Stack()}
				if p, ok := v.(*handlerPanic); ok {
					r.death.stack = p.stack
				}
				gone(r.death)
			}
		}()
		if p.client != nil {
			r.err = p.connect(ctx, conn, url)
		} else {
			p.server(conn)
		}
		returned = true
	}()
	return r
}

// connect runs a client. A connection that it did not make is closed, so that
// our side need not wait for its request.
func (p *localPeer) connect(ctx context.Context, conn net.Conn, url string) error {
	var dialed atomic.Bool
	defer func() {
		if dialed.CompareAndSwap(false, true) {
			conn.Close()
		}
	}()
	return p.client(ctx, func(context.Context, string, string) (net.Conn, error) {
		if dialed.Swap(true) {
			return nil, ErrDialed
		}
		return conn, nil
	}, url)
}

// stackRoom is what most conversations need of a stack, on either side.
const stackRoom = 8 << 10

// roomOnStack has the stack of a goroutine grow at once, while there is little on it
// to be copied.
//
//go:noinline
func roomOnStack() {
	var room [stackRoom]byte
	touch(&room)
}

//go:noinline
func touch(*[stackRoom]byte) {}
