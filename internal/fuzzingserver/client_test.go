package fuzzingserver

import (
	"context"
	"net"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/wscheck/wscheck/internal/reference"
	"github.com/wscheck/wscheck/internal/report"
)

// fixture is a server in a bubble, to which clients are connected in memory.
type fixture struct {
	*Server
	t      *testing.T
	ctx    context.Context
	cancel context.CancelFunc
	conns  sync.WaitGroup
}

// inBubble has a test run in a bubble, so that nothing that it waits for takes
// time.
func inBubble(t *testing.T, config *Config, test func(*fixture)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		s, err := New(config)
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		f := &fixture{Server: s, t: t, ctx: ctx, cancel: cancel}
		defer func() {
			cancel()
			f.conns.Wait()
			if err := s.Close(); err != nil {
				t.Errorf("Close: %v", err)
			}
		}()
		test(f)
	})
}

// dial connects to the server.
func (f *fixture) dial() net.Conn {
	ours, theirs := newPipe()
	f.conns.Go(func() { f.ServeConn(f.ctx, ours) })
	return theirs
}

// connect has a conversation of the reference client. How it ends is the
// server's to judge.
func (f *fixture) connect(target string, o reference.Options) (err error) {
	conn := f.dial()
	defer conn.Close()
	defer func() { _ = recover() }() // some mutants die
	return reference.Connect(conn, "ws://localhost"+target, o)
}

// run plays a case by its number with the reference client. Mutants may write
// what they like after the target.
func (f *fixture) run(number int, agent string, o reference.Options) {
	_ = f.connect("/runCase?case="+strconv.Itoa(number)+"&agent="+agent+"&more=", o)
}

// settled waits until none of the agent's cases is being played, and returns its
// results by the id of the case.
func (f *fixture) settled(name string) map[string]*report.Result {
	results := make(map[string]*report.Result)
	for a := f.agents.find(name); a != nil; {
		idle, changed := a.idle()
		if idle {
			break
		}
		<-changed
	}
	if a := f.agents.find(name); a != nil {
		a.mu.Lock()
		defer a.mu.Unlock()
		for cs, result := range a.results {
			results[cs.ID] = result
		}
	}
	return results
}

// sideBySide calls f with the numbers from 1 to n, so many at a time.
func sideBySide(n, jobs int, f func(int)) {
	numbers := make(chan int)
	var workers sync.WaitGroup
	for range jobs {
		workers.Go(func() {
			for i := range numbers {
				f(i)
			}
		})
	}
	for i := 1; i <= n; i++ {
		numbers <- i
	}
	close(numbers)
	workers.Wait()
}
