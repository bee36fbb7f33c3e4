package reference

import (
	"errors"
	"net"
	"sync/atomic"
	"time"

	"github.com/wscheck/wscheck/wsproto"
)

// endpoint is one end of one connection. It belongs to one goroutine, except
// for stopping.
type endpoint struct {
	Options
	role   wsproto.Role
	conn   net.Conn
	mutant *mutant
	fault  fault // of the mutant
	memory memory

	stopping atomic.Bool   // the closing handshake is to be started; see stop
	stopped  chan struct{} // closed with that, for a mutant that reads nothing

	input
	output
	closing
	message
	compression
	conducting

	own     *buffers // where the slices above come from
	payload []byte   // of the control frame being received
	rand    source
}

// newEndpoint prepares an endpoint for a connection. It fails for options that
// [Options.Check] finds wanting.
func newEndpoint(role wsproto.Role, conn net.Conn, o Options) (*endpoint, error) {
	if err := o.Check(); err != nil {
		return nil, err
	}
	e := &endpoint{Options: o.withDefaults(), role: role, conn: conn}
	e.mutant, _ = lookupMutant(o.Mutant)
	if e.fault = e.mutant.fault; e.fault != noFault {
		e.stopped = make(chan struct{})
	}
	e.rand.seed = o.Freedom.Seed
	return e, nil
}

// run has the whole conversation, closes the connection, and says how it went.
func (e *endpoint) run(open func() error) error {
	defer e.stopWriter()
	e.takeBuffers()
	defer e.releaseBuffers()
	defer e.releaseDeflate()
	now := time.Now()
	if err := e.conn.SetDeadline(now.Add(e.HandshakeTimeout)); err != nil {
		return err
	}
	if e.stopping.Load() { // perhaps before the line above undid its deadline
		return errDone
	}
	if err := open(); err != nil {
		return err
	}
	e.isOpen = true
	e.startWriter()
	if e.fault != noFault {
		e.beginFaulty()
	}
	err := e.greet()
	if err == nil {
		err = e.converse()
	}
	var v *Violation
	switch {
	case errors.As(err, &v):
		e.fail(v)
		err = v
	case errors.Is(err, errDone):
		err = e.closeTCP()
	}
	if e.is(hangAtEnd) {
		e.conn.Close()
		e.hang()
	}
	return err
}

// converse reads frames and answers them until the conversation ends, which is
// always an error: errDone, a *Violation, or that of the connection.
func (e *endpoint) converse() error {
	for {
		h, err := e.readHeader()
		switch {
		case err != nil:
		case e.fault != noFault && e.skips(h):
			err = e.skip(h)
		case h.Opcode.IsControl():
			err = e.control(h)
		default:
			err = e.data(h)
		}
		if err != nil && !((e.is(failThenEcho) || e.is(failThenPong)) && e.failHalf(err)) {
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

// is reports whether f is the endpoint's fault: a mutant has one, and the
// conforming endpoint has none.
func (e *endpoint) is(f fault) bool { return e.fault == f }
