package reference

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/wscheck/wscheck/wsproto"
)

// Acts has endpoints act by themselves: see [Options.Acts]. The zero value is ready for use.
type Acts struct {
	Fault ActFault // of the endpoints

	mu   sync.Mutex
	live map[string]*endpoint // by the remote address of the connection
}

// ActFault is what is wrong with endpoints that act by themselves.
type ActFault uint8

// The faults.
const (
	ActsRight     ActFault = iota
	ActsUnchecked          // each code and each reason is sent as it is given
	CutsCharacter          // a reason that is too long is cut within a character
	EchoesOn               // messages are echoed after the close frame
)

// act is what an endpoint is asked to do.
type act struct {
	do     string
	code   wsproto.CloseCode
	reason string
	done   chan error // has room for one
}

// Do has the endpoint whose connection has that remote address send a ping or start the
// closing handshake with a code, unless it is 0, and a reason. do is "ping" or "close". It
// returns once that is sent. A code that no close frame may have is an error, and a reason
// that is too long is cut.
func (a *Acts) Do(ctx context.Context, address, do string, code wsproto.CloseCode, reason string) error {
	a.mu.Lock()
	e := a.live[address]
	a.mu.Unlock()
	switch {
	case e == nil:
		return fmt.Errorf("there is no connection from %s", address)
	case do != "ping" && do != "close":
		return fmt.Errorf("%q is neither ping nor close", do)
	case a.Fault != ActsUnchecked && code != 0 && !mayClose(code):
		return fmt.Errorf("no close frame may have the code %d", uint16(code))
	}
	switch a.Fault {
	case ActsUnchecked:
	case CutsCharacter:
		reason = reason[:min(len(reason), longestReason)]
	default:
		reason = cutReason(reason)
	}
	asked := &act{do: do, code: code, reason: reason, done: make(chan error, 1)}
	if err := a.wake(e, asked); err != nil {
		return err
	}
	select {
	case err := <-asked.done:
		return err
	case <-e.over:
		return errors.New("the connection is over")
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// wake asks an endpoint and ends its read, both before the endpoint acts.
func (a *Acts) wake(e *endpoint, asked *act) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	e.asked.Store(asked)
	return e.conn.SetReadDeadline(time.Unix(1, 0))
}

// longestReason is how many octets a reason can have (RFC 6455 5.5).
const longestReason = 123

// cutReason returns as much of a reason, in whole characters, as a close frame can have.
func cutReason(reason string) string {
	reason = strings.ToValidUTF8(reason, "?")
	if len(reason) <= longestReason {
		return reason
	}
	n := longestReason
	for !utf8.RuneStart(reason[n]) {
		n--
	}
	return reason[:n]
}

// register makes an endpoint one that can be asked, until unregister is called.
func (a *Acts) register(e *endpoint) (unregister func()) {
	if a == nil {
		return func() {}
	}
	e.over = make(chan struct{})
	address := e.conn.RemoteAddr().String()
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.live == nil {
		a.live = map[string]*endpoint{}
	}
	a.live[address] = e
	return func() {
		close(e.over)
		a.mu.Lock()
		defer a.mu.Unlock()
		if a.live[address] == e {
			delete(a.live, address)
		}
	}
}

// act does what the endpoint was asked to, if it was.
func (e *endpoint) act() error {
	if !e.isOpen || e.asked.Load() == nil {
		return nil
	}
	e.Acts.mu.Lock()
	asked := e.asked.Swap(nil)
	e.Acts.mu.Unlock()
	e.readBy = time.Time{}
	err := e.armRead()
	switch {
	case err != nil:
	case !e.canStartClose():
		asked.done <- errors.New("the connection is not open")
		return nil
	case asked.do == "ping":
		if err = e.send(wsproto.NewFrame(wsproto.OpPing, true, []byte("asked for"))); err == nil {
			err = e.settle()
		}
	default:
		err = e.startClose(asked.code, asked.reason)
		if e.Acts.Fault == EchoesOn {
			e.sentClose = false
		}
	}
	asked.done <- err
	return err
}

// woken reports whether a read that timed out was only woken to act, and has the next
// one wait as long as it should.
func (e *endpoint) woken() bool {
	switch {
	case e.Acts == nil || e.stopping.Load():
		return false
	case !e.isOpen && e.asked.Load() != nil:
		return e.conn.SetReadDeadline(time.Now().Add(e.HandshakeTimeout)) == nil
	case e.asked.Load() != nil || e.canStartClose() && time.Now().Before(e.readBy):
		e.readBy = time.Time{}
		return true
	}
	return false
}
