package process

import (
	"cmp"
	"context"
	"errors"
	"io"
	"sync"
	"time"
)

// Limits for a peer's process.
const (
	portLimit    = 30 * time.Second      // for its port to open
	portPoll     = 5 * time.Millisecond  // between two tries
	ownerPoll    = 50 * time.Millisecond // the same, where all processes have to be looked at
	freeLimit    = 2 * time.Second       // for the port of a process that has died to be free again
	forkLimit    = time.Second / 2       // for a process that is being started elsewhere to let go of our sockets
	graceLimit   = time.Second           // between asking it to end and killing it
	hurriedGrace = time.Second / 4       // the same, where the run was asked to end
	killLimit    = time.Second / 2       // for what was killed to be gone
	deathLimit   = 5 * time.Second       // for a process that lives to show it
	muteLimit    = time.Second           // for one that has not the last time
	drainLimit   = time.Second           // for its output to be read after its end
	leftLimit    = time.Second           // for what it left in the background to listen
	leavePause   = 50 * time.Millisecond // for a command to end whose descendant listens
)

// Config says which command is started, and how it is known to live.
type Config struct {
	Command          string    // for the shell
	Port             string    // in its environment as PORT
	Network, Address string    // where it takes connections
	Output           io.Writer // takes what it prints; nil discards it
	Announces        bool      // it prints its URL, without which it is not ready: see [Process.Target]

	// Answers, where not nil, makes a connection of its own and reports whether the process sends
	// anything on it.
	Answers func(context.Context) bool
}

// Process is a peer that is started for the test, and again when it dies. Its
// methods may be called side by side.
type Process struct {
	Config
	ctx context.Context // of the whole run

	starting chan struct{} // holds a value while the process is being started

	mu        sync.Mutex
	life      *life // nil before the first start
	deaths    int
	peak      uint64
	lastDeath string // how it last died
	gone      error  // why it is not started again
	stopped   bool
	renewed   int // the last life that Renew ended
	release   func()
}

// Start starts a command by the shell and waits until it takes connections.
// No wait lasts longer than ctx.
func Start(ctx context.Context, c *Config) (*Process, error) {
	p := &Process{Config: *c, ctx: ctx, starting: make(chan struct{}, 1), release: adoptOrphans()}
	if _, err := p.Ensure(ctx); err != nil {
		p.Stop()
		return nil, err
	}
	return p, nil
}

// last returns the last life, nil before the first.
func (p *Process) last() *life {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.life
}

// running returns the number of the life that takes connections, if there is
// one, or the reason why there will be none.
func (p *Process) running() (number int, ok bool, err error) {
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
func (p *Process) Ensure(ctx context.Context) (life int, err error) {
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
			Pause(ctx, nil, portPoll<<(2*try))
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

// maxLives bounds how often a peer is started.
const maxLives = 1000

// DiedIn reports whether the life with that number is over, once a connection
// to it has broken. A process dies by ending, and lives if it answers another
// connection; DiedIn waits for either, within bounds.
func (p *Process) DiedIn(number int) bool {
	l := p.last()
	if l == nil || l.number != number {
		p.mu.Lock()
		defer p.mu.Unlock()
		return number > p.renewed
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
		Pause(ctx, l.ended, wait)
	}
	l.mute.Store(true)
	return l.over()
}

// Hangs reports whether the process was found to live and to answer nothing when it was last asked by
// DiedIn.
func (p *Process) Hangs() bool {
	l := p.last()
	return l != nil && l.mute.Load()
}

// answersIn reports whether the process answers a connection in this life, and
// not somebody else in its place.
func (p *Process) answersIn(ctx context.Context, l *life) bool {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	go func() {
		select {
		case <-l.ended:
			cancel()
		case <-ctx.Done():
		}
	}()
	if p.Answers != nil && !p.Answers(ctx) || l.ending(p.ctx) {
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

// Target returns the path and the query of the URL that the process printed when it was
// last started, "" where it printed none. A process that announces its URL has printed one
// once Ensure has returned.
func (p *Process) Target() string {
	l := p.last()
	if l == nil || !p.Announces {
		return ""
	}
	return l.announced.found()
}

// Renew ends the process and starts it again, which does not count as a death.
func (p *Process) Renew(ctx context.Context) error {
	if l := p.last(); l != nil {
		p.mu.Lock()
		p.renewed = l.number
		p.mu.Unlock()
		p.end(l)
	}
	_, err := p.Ensure(ctx)
	return err
}

// kin returns the processes that run, nil if there are none.
func (p *Process) kin() *kin {
	if l := p.last(); l != nil && !l.over() {
		return l.kin
	}
	return nil
}

// Work returns the processors' time that the process and its descendants have taken,
// 0 if they do not run or the system does not report it.
func (p *Process) Work() time.Duration {
	if k := p.kin(); k != nil {
		return k.work()
	}
	return 0
}

// HeldMemory returns the resident size in octets that the process and its descendants
// have now, and how much they may write to without asking for more; 0 if they do not
// run or the system does not report it.
func (p *Process) HeldMemory() (resident, granted uint64) {
	if k := p.kin(); k != nil {
		return k.held()
	}
	return 0, 0
}

// LargestMemory returns the largest resident size in octets of this life.
func (p *Process) LargestMemory() uint64 {
	if k := p.kin(); k != nil {
		return k.memory()
	}
	return 0
}

// OverIn reports whether the life with that number is known to be over.
func (p *Process) OverIn(number int) bool {
	l := p.last()
	return l == nil || l.number != number || l.over()
}

// DeathReport says how the process last died: its exit status and last words.
func (p *Process) DeathReport() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.lastDeath
}

// Deaths returns how often the process died of itself.
func (p *Process) Deaths() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.deaths
}

// PeakMemory returns the largest resident size of the process and its
// descendants together in octets, 0 if the system does not report it.
func (p *Process) PeakMemory() uint64 {
	p.note(p.LargestMemory())
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.peak
}

func (p *Process) note(octets uint64) {
	p.mu.Lock()
	p.peak = max(p.peak, octets)
	p.mu.Unlock()
}

// Stop ends the process and its descendants, waits for that within bounds, and
// has it not started again.
func (p *Process) Stop() {
	p.mu.Lock()
	l, release := p.life, p.release
	p.stopped, p.release = true, func() {}
	p.mu.Unlock()
	if l != nil {
		p.end(l)
	}
	release()
	releasePort(p.Port)
}

func (p *Process) end(l *life) {
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
			Pause(context.Background(), nil, wait)
		}
	}
	l.kin.kill()
	Pause(context.Background(), l.ended, killLimit)
}
