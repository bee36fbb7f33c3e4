package engine

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"time"

	"github.com/wscheck/wscheck/internal/link"

	"github.com/wscheck/wscheck/internal/plural"
)

// Limits for a peer's process.
const (
	portLimit    = 30 * time.Second      // for its port to open
	portPoll     = 5 * time.Millisecond  // between two tries
	freeLimit    = 2 * time.Second       // for the port of a process that has died to be free again
	graceLimit   = time.Second           // between asking it to end and killing it
	hurriedGrace = time.Second / 4       // the same, where the run was asked to end
	killLimit    = time.Second / 2       // for what was killed to be gone
	deathLimit   = 5 * time.Second       // for a process that lives to show it
	muteLimit    = time.Second           // for one that has not the last time
	drainLimit   = time.Second           // for its output to be read after its end
	leftLimit    = time.Second           // for what it left in the background to listen
	leavePause   = 50 * time.Millisecond // for a command to end whose descendant listens
)

// process is a peer that is started for the test, and again when it dies. Its
// methods may be called side by side.
type process struct {
	ctx              context.Context // of the whole run
	command          string
	port             string
	network, address string // where it takes connections
	output           io.Writer

	// answers makes a connection of its own and reports whether the peer sends
	// anything on it.
	answers func(context.Context) bool

	starting chan struct{} // holds a value while the process is being started

	mu      sync.Mutex
	life    *life // nil before the first start
	lives   int
	deaths  int
	peak    uint64
	told    string // how it last died
	gone    error  // why it is not started again
	stopped bool
	release func()
}

// startProcess starts a command by the shell, with PORT set in its
// environment, and waits until it takes connections at the address. What it
// prints goes to output, which may be nil. No wait lasts longer than ctx.
func startProcess(ctx context.Context, command, port, network, address string, output io.Writer) (*process, error) {
	p := &process{
		ctx: ctx, command: command, port: port, network: network, address: address, output: output,
		answers: func(context.Context) bool { return false }, starting: make(chan struct{}, 1), release: adoptOrphans(),
	}
	if _, err := p.Ensure(ctx); err != nil {
		p.Stop()
		return nil, err
	}
	return p, nil
}

// running returns the number of the life that takes connections, if there is
// one, or the reason why there will be none.
func (p *process) running() (number int, ok bool, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch l := p.life; {
	case p.gone != nil:
		return 0, false, p.gone
	case p.stopped:
		return 0, false, errors.New("the peer was stopped")
	case l != nil && l.ready && !l.over():
		return l.number, true, nil
	}
	return 0, false, nil
}

// Ensure starts the process if it does not run, waits for its port, and returns
// the number of its life.
func (p *process) Ensure(ctx context.Context) (life int, err error) {
	if n, ok, err := p.running(); ok || err != nil {
		return n, err
	}
	select {
	case p.starting <- struct{}{}:
	case <-ctx.Done():
		return 0, context.Cause(ctx)
	}
	defer func() { <-p.starting }()
	if n, ok, err := p.running(); ok || err != nil {
		return n, err
	}
	for try := 1; ; try++ {
		l, err := p.start(ctx)
		if err == nil {
			if err = p.awaitPort(ctx, l); err == nil {
				p.note(l.kin.memory())
				return l.number, nil
			}
		}
		if ctx.Err() != nil {
			if l != nil {
				p.end(l)
			}
			return 0, context.Cause(ctx)
		}
		// While the process was down, its port may have gone to a connection of
		// somebody else's, for a moment.
		if l != nil && l.number > 1 && l.over() && l.left == "" && try < restartTries {
			pause(ctx, nil, portPoll<<(2*try))
			continue
		}
		p.mu.Lock()
		p.gone = cmp.Or(p.gone, err)
		p.mu.Unlock()
		if l != nil {
			p.end(l)
		}
		return 0, err
	}
}

// restartTries is how often a process that does not come up is started again.
const restartTries = 5

// maxLives bounds how often a peer is started.
const maxLives = 1000

// start starts the next life, where nobody listens.
func (p *process) start(ctx context.Context) (*life, error) {
	p.mu.Lock()
	last := p.life
	p.mu.Unlock()
	switch {
	case last == nil:
	case !last.over():
		return nil, fmt.Errorf("%q cannot be ended", p.command)
	case last.left != "":
		return nil, last.leftError()
	case last.number > maxLives:
		return nil, fmt.Errorf("the peer died %s and is not started again", plural.Of(p.Deaths(), "time"))
	}
	if err := p.awaitFree(ctx, last != nil); err != nil {
		return nil, err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.stopped {
		return nil, errors.New("the peer was stopped")
	}
	l, err := p.newLife(p.lives + 1)
	if err != nil {
		return nil, fmt.Errorf("starting %q: %w", p.command, err)
	}
	p.lives++
	p.life = l
	go p.watch(l)
	return l, nil
}

// awaitFree makes sure that nobody listens where the process shall. What is
// left of an earlier life has a while to go.
func (p *process) awaitFree(ctx context.Context, patient bool) error {
	for limit := time.Now().Add(freeLimit); ; {
		conn, err := p.dial(ctx)
		if err != nil {
			return ctx.Err() // nobody listens, as it should be
		}
		who := listenerOf(conn)
		conn.Close()
		if !patient || time.Now().After(limit) {
			return p.takenBy(who)
		}
		pause(ctx, nil, portPoll)
	}
}

func (p *process) takenBy(who string) error {
	return fmt.Errorf("%s is taken by %s, which %q did not start: end it, or test it by its URL alone", p.address, cmp.Or(who, "another process"), p.command)
}

// dial connects to where the process takes connections.
func (p *process) dial(ctx context.Context) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	return link.Dial(ctx, p.network, p.address)
}

// awaitPort waits until the life takes connections.
func (p *process) awaitPort(ctx context.Context, l *life) error {
	for limit := time.Now().Add(portLimit); ; {
		conn, err := p.dial(ctx)
		switch {
		case err == nil:
			who, ours := l.kin.owner(conn)
			conn.Close()
			if !ours {
				return p.takenBy(who)
			}
			p.mu.Lock()
			l.ready = true
			p.mu.Unlock()
			if l.kin.parted() {
				pause(ctx, l.ended, leavePause)
			}
			if !l.ending(ctx) {
				return nil
			}
		case ctx.Err() != nil:
			return context.Cause(ctx)
		}
		switch {
		case l.over() && l.left != "":
			return l.leftError()
		case l.over():
			when := "before"
			if l.ready {
				when = "as soon as"
			}
			return fmt.Errorf("%q ended %s it listened on %s (PORT=%s): %s", p.command, when, p.address, p.port, l.obituary())
		case time.Now().After(limit):
			elsewhere := ""
			if listens := l.kin.listens(); listens != "" {
				elsewhere = ", but listens on " + listens
			}
			return fmt.Errorf("%q did not listen on %s (PORT=%s) within %v%s", p.command, p.address, p.port, portLimit, elsewhere)
		}
		pause(ctx, l.ended, portPoll)
	}
}

// pause waits for a time, and no longer than ctx lasts or until done is closed.
func pause(ctx context.Context, done <-chan struct{}, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-done:
	case <-ctx.Done():
	}
}

// DiedIn reports whether the life with that number is over, once a connection
// to it has broken. A process dies by ending, and lives if it answers another
// connection; DiedIn waits for either, within bounds.
func (p *process) DiedIn(number int) bool {
	p.mu.Lock()
	l := p.life
	p.mu.Unlock()
	if l == nil || l.number != number {
		return true
	}
	limit := deathLimit
	if l.mute.Load() {
		limit = muteLimit
	}
	ctx, cancel := context.WithTimeout(p.ctx, limit)
	defer cancel()
	for wait := portPoll; ctx.Err() == nil && !l.ending(p.ctx); wait = min(2*wait, 20*portPoll) {
		if p.answersIn(ctx, l) {
			l.mute.Store(false)
			return l.over()
		}
		pause(ctx, l.ended, wait)
	}
	l.mute.Store(true)
	return l.over()
}

// answersIn reports whether the process answers a connection in this life, and
// not somebody else in its place.
func (p *process) answersIn(ctx context.Context, l *life) bool {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	go func() {
		select {
		case <-l.ended:
			cancel()
		case <-ctx.Done():
		}
	}()
	if !p.answers(ctx) || l.ending(p.ctx) {
		return false
	}
	if l.kin.stillListens() {
		return true
	}
	conn, err := p.dial(ctx)
	if err != nil {
		return false
	}
	who, ours := l.kin.owner(conn)
	conn.Close()
	if !ours && !l.ending(p.ctx) {
		p.mu.Lock()
		p.gone = cmp.Or(p.gone, p.takenBy(who))
		p.mu.Unlock()
	}
	return true
}

// Renew ends the process and starts it again. It is no death.
func (p *process) Renew(ctx context.Context) error {
	p.mu.Lock()
	l := p.life
	p.mu.Unlock()
	if l != nil {
		p.end(l)
	}
	_, err := p.Ensure(ctx)
	return err
}

// kin returns the processes that run, nil if there are none.
func (p *process) kin() *kin {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.life == nil || p.life.over() {
		return nil
	}
	return p.life.kin
}

// Obituary tells how the process last died: its exit status and last words.
func (p *process) Obituary() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.told
}

// Deaths returns how often the process died of itself.
func (p *process) Deaths() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.deaths
}

// PeakMemory returns the largest resident size of the process and its
// descendants together in octets, as far as the system tells; 0 if it does not.
func (p *process) PeakMemory() uint64 {
	p.mu.Lock()
	l := p.life
	p.mu.Unlock()
	if l != nil && !l.over() {
		p.note(l.kin.memory())
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.peak
}

func (p *process) note(octets uint64) {
	p.mu.Lock()
	p.peak = max(p.peak, octets)
	p.mu.Unlock()
}

// Stop ends the process and its descendants, waits for that within bounds, and
// has it not started again.
func (p *process) Stop() {
	p.mu.Lock()
	l, release := p.life, p.release
	p.stopped, p.release = true, func() {}
	p.mu.Unlock()
	if l != nil {
		p.end(l)
	}
	release()
	releasePort(p.port)
}

// end ends a life.
func (p *process) end(l *life) {
	p.mu.Lock()
	l.asked = true
	p.mu.Unlock()
	if !l.over() {
		p.note(l.kin.memory())
		l.kin.terminate()
		grace, wait := graceLimit, portPoll
		if p.ctx.Err() != nil {
			grace = hurriedGrace // the whole run was asked to end
		}
		for limit := time.Now().Add(grace); !l.kin.gone() && time.Now().Before(limit); wait = min(2*wait, 20*portPoll) {
			pause(context.Background(), nil, wait)
		}
	}
	l.kin.kill()
	pause(context.Background(), l.ended, killLimit)
}
