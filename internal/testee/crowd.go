package testee

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/wscheck/wscheck/internal/wsurl"
	"github.com/wscheck/wscheck/wsproto"
)

// Crowd is many clients that connect to one server, a batch at a time, and stay
// until all are there.
type Crowd struct {
	Dialer Dialer

	Connections int           // how many; at most [MaxCrowd]
	BatchSize   int           // clients that connect at a time; 0 means all
	BatchDelay  time.Duration // between two batches
	RetryDelay  time.Duration // before a client tries again; more after each try, up to 1 s

	// Patience is how long no client may get in before those that are outside
	// give up; 0 means 30 s.
	Patience time.Duration

	// Connected and Failed, if not nil, are called for each client that got in,
	// with the number of those that did, and for each try that failed; one call
	// at a time.
	Connected func(n int)
	Failed    func(error)
}

// MaxCrowd is the largest [Crowd]: there are no more ports to connect from.
const MaxCrowd = 64_000

// Gathering is what became of a [Crowd].
type Gathering struct {
	Connected int           // clients that got in
	Failed    int           // tries that failed
	Lost      int           // connections that ended before all were there
	Took      time.Duration // until all were there, or the last gave up
	Err       error         // of the last try that failed
}

// Check reports what in c makes no sense.
func (c *Crowd) Check() error {
	switch {
	case c.Connections < 1 || c.Connections > MaxCrowd:
		return fmt.Errorf("connections: %d is not from 1 to %d", c.Connections, MaxCrowd)
	case c.BatchSize < 0:
		return fmt.Errorf("batch size: %d is less than 0", c.BatchSize)
	case min(c.BatchDelay, c.RetryDelay, c.Patience) < 0:
		return errors.New("a delay is less than 0")
	}
	return nil
}

// gathering is a crowd on its way.
type gathering struct {
	*Crowd
	url string

	mu     sync.Mutex
	result Gathering
	conns  []*Conn
	over   bool // connections that end now do not count as lost
	latest time.Time
	all    chan struct{} // closed when all are there, or have given up
	open   int           // clients that are neither
}

// Run has the crowd gather at a URL, and go once all are there or have given up.
// It returns an error of [Crowd.Check], or why ctx ended.
func (c *Crowd) Run(ctx context.Context, url string) (Gathering, error) {
	if err := c.Check(); err != nil {
		return Gathering{}, err
	}
	if _, err := wsurl.Parse(url); err != nil {
		return Gathering{}, err
	}
	g := &gathering{Crowd: c, url: url, all: make(chan struct{}), open: c.Connections}
	started := time.Now()
	g.latest = started
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var clients sync.WaitGroup
	clients.Go(func() { g.giveUp(ctx, cancel) })
	g.start(ctx, &clients)
	select {
	case <-g.all:
	case <-ctx.Done():
		<-g.all // each client sees it too
	}
	g.disperse(time.Since(started))
	cause := context.Cause(ctx)
	cancel(nil)
	clients.Wait()
	if errors.Is(cause, errPatience) {
		cause = nil
	}
	return g.result, cause
}

// start starts the clients, a batch at a time.
func (g *gathering) start(ctx context.Context, clients *sync.WaitGroup) {
	for n := range g.Connections {
		if g.BatchSize > 0 && n > 0 && n%g.BatchSize == 0 {
			pause(ctx, g.BatchDelay)
		}
		clients.Go(func() { g.visit(ctx) })
	}
}

// errPatience ends the tries of those who cannot get in.
var errPatience = errors.New("no connection was accepted for too long")

// giveUp ends the tries when no connection was accepted for too long.
func (g *gathering) giveUp(ctx context.Context, cancel context.CancelCauseFunc) {
	patience := g.Patience
	patience = cmp.Or(patience, 30*time.Second)
	for {
		g.mu.Lock()
		left := time.Until(g.latest.Add(patience))
		g.mu.Unlock()
		if left <= 0 {
			cancel(errPatience)
			return
		}
		timer := time.NewTimer(left)
		select {
		case <-timer.C:
		case <-g.all:
			timer.Stop()
			return
		case <-ctx.Done():
			timer.Stop()
			return
		}
	}
}

// visit is one client: it tries until it gets in, and stays until it has to go.
func (g *gathering) visit(ctx context.Context) {
	c := g.enter(ctx)
	g.settled()
	if c == nil {
		return
	}
	for {
		_, _, err := c.Read()
		if err == nil {
			continue
		}
		g.mu.Lock()
		if !g.over {
			g.result.Lost++
		}
		g.mu.Unlock()
		return
	}
}

// enter connects, and returns nil if ctx ends before.
func (g *gathering) enter(ctx context.Context) *Conn {
	for try := 1; ; try++ {
		c, err := g.Dialer.Dial(ctx, g.url)
		if ctx.Err() != nil {
			if err == nil {
				c.Drop()
			}
			return nil
		}
		if err == nil {
			g.mu.Lock()
			defer g.mu.Unlock()
			g.conns = append(g.conns, c)
			g.latest = time.Now()
			g.result.Connected++
			if g.Connected != nil {
				g.Connected(g.result.Connected)
			}
			return c
		}
		g.mu.Lock()
		g.result.Failed++
		g.result.Err = err
		if g.Failed != nil {
			g.Failed(err)
		}
		g.mu.Unlock()
		// A server that refuses at once is not asked without a break.
		delay := max(g.RetryDelay, time.Millisecond)
		pause(ctx, max(delay, min(delay*time.Duration(try), time.Second)))
	}
}

// settled notes that a client is in, or has given up.
func (g *gathering) settled() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.open--; g.open == 0 {
		close(g.all)
	}
}

// disperse has everybody leave.
func (g *gathering) disperse(took time.Duration) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.over = true
	g.result.Took = took
	for _, c := range g.conns {
		_ = c.Close(wsproto.CloseNormal) // one that is gone has left
	}
}

// pause waits, unless ctx ends before.
func pause(ctx context.Context, d time.Duration) {
	if d <= 0 {
		return
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}
