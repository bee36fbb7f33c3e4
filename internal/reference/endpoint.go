package reference

import (
	"errors"
	"net"
	"sync/atomic"
	"time"

	"github.com/wscheck/wscheck/wsproto"
)

// endpoint is one end of one connection. It belongs to one goroutine, except for
// stop.
type endpoint struct {
	Options
	role  wsproto.Role
	conn  net.Conn
	hooks hooks

	stopping atomic.Bool   // the closing handshake is to be started; see stop
	stopped  chan struct{} // closed with that, for a mutant that reads nothing

	asked atomic.Pointer[act] // see Acts
	over  chan struct{}       // closed at the end, where there are Acts

	input
	output
	closing
	message
	compression
	conducting

	requested wsproto.Fields // of a client's request

	buffers *buffers // where the slices above come from
	payload []byte   // of the control frame being received
	rand    source
}

// newEndpoint prepares an endpoint for a connection. It returns the error of
// [Options.Check].
func newEndpoint(role wsproto.Role, conn net.Conn, o Options) (*endpoint, error) {
	if err := o.Check(); err != nil {
		return nil, err
	}
	e := &endpoint{Options: o.withDefaults(), role: role, conn: conn, hooks: plain}
	if o.Mutant != "" {
		e.stopped = make(chan struct{})
		mutantsByName()[o.Mutant].change(&e.hooks)
	}
	e.rand.seed = o.Freedom.Seed
	return e, nil
}

// run opens the connection, exchanges messages, closes the connection, and returns
// how it ended.
func (e *endpoint) run(open func() error) error {
	defer e.stopWriter()
	e.takeBuffers()
	defer e.releaseBuffers()
	defer e.releaseDeflate()
	defer e.Acts.register(e)()
	now := time.Now()
	if err := e.conn.SetDeadline(now.Add(e.HandshakeTimeout)); err != nil {
		return err
	}
	if e.stopping.Load() { // perhaps before the line above replaced its deadline
		return errDone
	}
	if err := open(); err != nil {
		return err
	}
	e.isOpen = true
	e.hooks.opened(e)
	e.startWriter()
	err := e.greet()
	if err == nil {
		err = e.exchange()
	}
	var v *Violation
	switch {
	case errors.As(err, &v):
		e.hooks.fail(e, v)
		err = v
	case errors.Is(err, errDone):
		err = e.hooks.closeTCP(e)
	}
	e.hooks.ended(e)
	return err
}

// exchange reads frames and answers them until the connection is to end, which is
// always an error: errDone, a *Violation, or that of the connection.
func (e *endpoint) exchange() error {
	for {
		h, err := e.readHeader()
		switch {
		case err != nil:
		case e.hooks.skip(e, h):
			err = e.discard(h.Length)
		case isControl(h.Opcode):
			err = e.control(h)
		default:
			err = e.data(h)
		}
		if err != nil && !e.hooks.survive(e, err) {
			return err
		}
	}
}

// stop has the endpoint start the closing handshake. It may be called from any
// goroutine.
func (e *endpoint) stop() {
	if !e.stopping.Swap(true) && e.stopped != nil {
		close(e.stopped)
	}
	e.conn.SetReadDeadline(time.Unix(1, 0))
}
