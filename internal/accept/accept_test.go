package accept

import (
	"errors"
	"net"
	"syscall"
	"testing"
	"testing/synctest"
	"time"
)

// listener is one whose Accept returns what is listed, and then net.ErrClosed.
type listener struct {
	net.Listener
	results []error // nil: a connection
}

func (l *listener) Accept() (net.Conn, error) {
	if len(l.results) == 0 {
		return nil, net.ErrClosed
	}
	err := l.results[0]
	l.results = l.results[1:]
	return nil, err
}

func TestAllGoesOnAfterErrorsThatPass(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		full := &net.OpError{Op: "accept", Err: syscall.EMFILE}
		began := time.Now()
		served, failed := 0, 0
		err := All(&listener{results: []error{nil, full, full, nil, full, nil}}, nil,
			func(net.Conn) { served++ }, func(error) { failed++ })
		if !errors.Is(err, net.ErrClosed) || served != 3 || failed != 3 {
			t.Errorf("%v after %d connections and %d errors", err, served, failed)
		}
		if took := time.Since(began); took != shortest+2*shortest+shortest {
			t.Errorf("waited for %v", took)
		}
	})
}

func TestAllEndsWhileItWaits(t *testing.T) {
	done := make(chan struct{})
	full := &net.OpError{Op: "accept", Err: syscall.EMFILE}
	err := All(&listener{results: []error{full, full}}, done, nil, func(error) { close(done) })
	if !errors.Is(err, full) {
		t.Errorf("got %v", err)
	}
}
