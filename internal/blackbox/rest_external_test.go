package blackbox_test

import (
	"net"
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/wscheck/wscheck/internal/blackbox"
	"github.com/wscheck/wscheck/internal/engine"
	"github.com/wscheck/wscheck/internal/reference"
	"github.com/wscheck/wscheck/internal/testpipe"
)

// arrivals is a listener in memory to which a client connects again and again, one a moment.
type arrivals struct {
	client func(number int64, conn net.Conn)
	number atomic.Int64
	closed chan struct{}
}

func (a *arrivals) Accept() (net.Conn, error) {
	select {
	case <-a.closed:
		return nil, net.ErrClosed
	case <-time.After(50 * time.Millisecond):
	}
	ours, theirs := testpipe.New(0)
	go a.client(a.number.Add(1), theirs)
	return ours, nil
}

func (a *arrivals) Close() error {
	close(a.closed)
	return nil
}

func (*arrivals) Addr() net.Addr { return &net.UnixAddr{} }

// mute sends so many octets, which are its request, and nothing more.
type mute struct {
	net.Conn
	writes int
}

func (m *mute) Write(b []byte) (int, error) {
	if m.writes--; m.writes < 0 {
		return len(b), nil
	}
	return m.Conn.Write(b)
}

// TestRest plays with clients that leave answers out. What follows playing has to end in time. By then a
// silence that comes each time is a finding, and one that comes once is not.
func TestRest(t *testing.T) {
	const playing, most = 5 * time.Second, 6 * time.Minute
	for _, tt := range []struct {
		name      string
		mutant    string
		hangs     func(number int64) bool
		found     bool // a missing pong
		anything  bool // or any other silence: there are more than there is time for
		noFinding bool
	}{
		{name: "each ping", mutant: "pong-missing", hangs: func(int64) bool { return false }, found: true},
		{name: "each ping, and some conversations", mutant: "pong-missing", hangs: func(n int64) bool { return n%7 == 6 }, found: true},
		{name: "one conversation", hangs: func(n int64) bool { return n == 30 }, noFinding: true},
		{name: "all", hangs: func(n int64) bool { return n > 1 }, found: true, anything: true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ln := &arrivals{closed: make(chan struct{}), client: func(number int64, conn net.Conn) {
					if tt.hangs(number) {
						conn = &mute{conn, 1}
					}
					_ = reference.Connect(conn, "ws://localhost/", reference.Options{Mutant: tt.mutant, CloseTimeout: time.Hour})
				}}
				began := time.Now()
				o, err := blackbox.Run(t.Context(), blackbox.Options{
					Target: engine.Incoming(ln), Seed: 1, Duration: playing, ShrinkTries: 5,
				})
				if err != nil {
					t.Fatal(err)
				}
				if took := time.Since(began); took > playing+most+2*time.Second { // a connection may have to come, and to end
					t.Errorf("%s: it took %v", tt.name, took)
				}
				pong := slices.ContainsFunc(o.Findings, func(f *blackbox.Finding) bool { return f.Clause == "rfc6455/5.5.2/pong" && f.Reproduced() })
				if tt.found && len(o.Findings) == 0 || !tt.anything && pong != tt.found || tt.noFinding && len(o.Findings) > 0 {
					t.Errorf("%s: pong found: %t, %d findings", tt.name, pong, len(o.Findings))
				}
			})
		})
	}
}
