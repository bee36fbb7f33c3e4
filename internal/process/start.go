package process

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"time"

	"github.com/wscheck/wscheck/internal/link"
	"github.com/wscheck/wscheck/internal/plural"
)

// restartTries is how often a process that does not come up is started again.
const restartTries = 5

// maxLoad bounds how many times as long a busy machine makes a limit.
const maxLoad = 4

// Stretch returns a limit of time on the machine as it is: up to four times as long
// where the machine is busy.
func Stretch(limit time.Duration) time.Duration {
	return time.Duration(float64(limit) * min(Load(), maxLoad))
}

// start starts the next life, where no other process listens.
func (p *Process) start(ctx context.Context) (*life, error) {
	last, number := p.last(), 1
	switch {
	case last == nil:
	case !last.over():
		return nil, fmt.Errorf("%q cannot be ended", p.Command)
	case last.left != "":
		return nil, last.leftError()
	case last.number > maxLives:
		return nil, fmt.Errorf("the peer died %s and is not started again", plural.Of(p.Deaths(), "time"))
	}
	patience := Stretch(forkLimit)
	if last != nil {
		patience, number = freeLimit, last.number+1
	}
	if err := p.awaitFree(ctx, patience); err != nil {
		return nil, err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.stopped {
		return nil, errors.New("the peer was stopped")
	}
	l, err := p.newLife(number)
	if err != nil {
		return nil, fmt.Errorf("starting %q: %w", p.Command, err)
	}
	p.life = l
	go p.watch(l)
	return l, nil
}

// awaitFree makes sure that no process listens where the process shall, within a time:
// what is left of an earlier life has a while to go.
func (p *Process) awaitFree(ctx context.Context, patience time.Duration) error {
	for limit := time.Now().Add(patience); ; {
		conn, err := p.dial(ctx)
		if err != nil {
			return ctx.Err() // nothing listens, as it should be
		}
		taken := time.Now().After(limit)
		if taken {
			err = p.takenBy(listenerOf(conn)) // it looks at all processes
		}
		conn.Close()
		if taken {
			return err
		}
		Pause(ctx, nil, portPoll)
	}
}

func (p *Process) takenBy(who string) error {
	return fmt.Errorf("%s is taken by %s, which %q did not start: end it, or test it by its URL alone", p.Address, cmp.Or(who, "another process"), p.Command)
}

// dial connects to where the process takes connections.
func (p *Process) dial(ctx context.Context) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	return link.Dial(ctx, p.Network, p.Address)
}

// awaitPort waits until the life takes connections.
func (p *Process) awaitPort(ctx context.Context, l *life) error {
	var foreign time.Time // since when somebody else listens
	for limit, silent := time.Now().Add(portLimit), false; ; {
		poll := portPoll
		conn, err := p.dial(ctx)
		switch {
		case err == nil:
			who, ours := l.kin.owner(conn)
			conn.Close()
			if !ours {
				if foreign.IsZero() {
					foreign = time.Now()
				}
				if time.Since(foreign) > Stretch(forkLimit) {
					return p.takenBy(who)
				}
				poll = ownerPoll
				break
			}
			if silent = p.Announces && l.announced.found() == ""; silent {
				break
			}
			p.mu.Lock()
			l.ready = true
			p.mu.Unlock()
			if l.kin.parted() {
				Pause(ctx, l.ended, leavePause)
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
			return fmt.Errorf("%q ended %s it listened on %s (PORT=%s): %s", p.Command, when, p.Address, p.Port, l.deathReport())
		case time.Now().After(limit) && silent:
			return fmt.Errorf("%q printed no line with a URL that begins with ws:// and has the port %s within %v", p.Command, p.Port, portLimit)
		case time.Now().After(limit):
			elsewhere := ""
			if listens := l.kin.listens(); listens != "" {
				elsewhere = ", but listens on " + listens
			}
			return fmt.Errorf("%q did not listen on %s (PORT=%s) within %v%s", p.Command, p.Address, p.Port, portLimit, elsewhere)
		}
		Pause(ctx, l.ended, poll)
	}
}

// Pause waits for a time, and no longer than ctx lasts or until done is closed; a nil one
// never is.
func Pause(ctx context.Context, done <-chan struct{}, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-done:
	case <-ctx.Done():
	}
}
