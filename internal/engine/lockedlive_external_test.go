package engine_test

import (
	"net"
	"sync"
	"testing"
	"time"

	"github.com/wscheck/wscheck/internal/catalogue"
	"github.com/wscheck/wscheck/internal/engine"
	"github.com/wscheck/wscheck/internal/reference"
	"github.com/wscheck/wscheck/oracle"
	"github.com/wscheck/wscheck/wsproto"
)

// TestLockedByWriterGoesLive: a server that has a goroutine wait for the lock of the one that writes, as many do to ping,
// stops the clock of a bubble while we do not read. It is played over sockets instead, where it passes, and one that
// loses a message still fails.
func TestLockedByWriterGoesLive(t *testing.T) {
	for mutant, want := range map[string]oracle.Outcome{"": oracle.Pass, "echo-missing": oracle.Violation} {
		server := func(conn net.Conn) {
			locked := &lockedConn{Conn: conn}
			done := make(chan struct{})
			defer close(done)
			go func() {
				for {
					select {
					case <-done:
						return
					case <-time.After(10 * time.Millisecond):
						locked.mu.Lock() // it would ping here
						locked.mu.Unlock()
					}
				}
			}()
			_ = reference.ServeConn(locked, reference.Options{Mutant: mutant, Freedom: reference.Freedom{Seed: 1}})
		}
		config := &engine.Config{Hang: time.Second, Patience: time.Second, Select: []*catalogue.Case{
			caseOf(t, wsproto.Client, "rfc6455/5.6/stall-full"), caseOf(t, wsproto.Client, "rfc6455/6.2/texts-2"),
		}}
		run, err := engine.RunBubble(t, engine.Server(server), config)
		if err != nil {
			t.Fatal(err)
		}
		r := run.Agents[0].Results
		if mutant == "" && r[0].RFC.Outcome != want || r[1].RFC.Outcome != want {
			t.Errorf("%q: %+v and %+v, want %v", mutant, r[0].RFC, r[1].RFC, want)
		}
	}
}

// lockedConn is a connection to which one goroutine writes at a time.
type lockedConn struct {
	net.Conn
	mu sync.Mutex
}

func (c *lockedConn) Write(p []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.Conn.Write(p)
}
