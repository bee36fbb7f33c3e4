package process

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"sync/atomic"
	"time"

	"github.com/wscheck/wscheck/internal/crashlog"
)

// life is one run of a process's command.
type life struct {
	number  int
	command string
	cmd     *exec.Cmd
	kin     *kin // the command and all that it started
	log     crashlog.Log
	output  *os.File      // is read to its end
	drained chan struct{} // it was

	announced announced // in the output

	ready, asked bool // it took connections; it was ended by us. The process's mu guards them.

	mute atomic.Bool // it neither answered nor ended when that was last asked

	ended chan struct{} // is closed once the following are known
	err   error
	left  string // what went on in the background, and served, after the command had ended well
}

// newLife starts the command.
func (p *Process) newLife(number int) (*life, error) {
	l := &life{number: number, command: p.Command, cmd: Shell(p.Command), ended: make(chan struct{}), drained: make(chan struct{})}
	ownSession(l.cmd)
	mark := newMark()
	l.cmd.Env = append(os.Environ(), "PORT="+p.Port, mark.variable())
	// With a pipe of ours, the command's end is seen when it ends, and not when
	// the last process that it left behind has closed its output.
	r, w, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	defer w.Close()
	l.output = r
	l.cmd.Stdout, l.cmd.Stderr = w, w
	if err := l.cmd.Start(); err != nil {
		r.Close()
		return nil, err
	}
	l.kin = newKin(l.cmd.Process, mark)
	l.announced.port = p.Port
	to := []io.Writer{&l.log, &l.announced}
	if p.Output != nil {
		to = append(to, p.Output)
	}
	out := io.MultiWriter(to...)
	go func() {
		defer close(l.drained)
		_, _ = io.Copy(out, r)
	}()
	return l, nil
}

// watch follows a life to its end, measuring its memory.
func (p *Process) watch(l *life) {
	waited := make(chan error, 1)
	go func() { waited <- l.cmd.Wait() }()
	measure := time.NewTimer(measurePause)
	defer measure.Stop()
	for ended := false; !ended; {
		select {
		case <-measure.C:
			start := time.Now()
			p.note(l.kin.memory())
			measure.Reset(max(measurePause, measureShare*time.Since(start)))
		case l.err = <-waited:
			ended = true
		}
	}
	p.mu.Lock()
	asked, ready := l.asked, l.ready
	p.mu.Unlock()
	if !asked {
		if l.err == nil {
			l.left = p.leftBy(l, ready)
		}
		l.kin.kill() // what is left of it would hold its port
	}
	Pause(context.Background(), l.drained, drainLimit)
	go l.output.Close() // it may wait for a read on some systems
	p.note(l.kin.peak(l.cmd.ProcessState))
	p.mu.Lock()
	if !l.asked && l.ready { // one that never served has killed no case
		p.deaths++
		p.lastDeath = l.deathReport()
	}
	p.mu.Unlock()
	close(l.ended)
}

// leftBy names the process that a command left behind to serve in its place, ""
// if there is none.
func (p *Process) leftBy(l *life, ready bool) string {
	for limit := time.Now().Add(leftLimit); ; Pause(p.ctx, nil, portPoll) {
		if conn, err := p.dial(p.ctx); err == nil {
			who, ours := l.kin.owner(conn)
			conn.Close()
			if ours {
				return cmp.Or(who, "a process")
			}
		}
		switch {
		case ready:
			return ""
		case !l.kin.leaves() || time.Now().After(limit) || p.ctx.Err() != nil:
			return l.kin.anyOf()
		}
	}
}

// How often memory is measured.
const (
	measurePause = time.Second / 4
	measureShare = 50 // the time of a measurement is at most this fraction of all
)

// over reports whether the life has ended, and all is known of its end.
func (l *life) over() bool {
	select {
	case <-l.ended:
		return true
	default:
		return false
	}
}

// ending reports whether the life is over, and waits for that where it cannot
// but end.
func (l *life) ending(ctx context.Context) bool {
	if !l.over() && l.kin.dying() {
		select {
		case <-l.ended:
		case <-ctx.Done():
		}
	}
	return l.over()
}

// deathReport says how the life ended, with its last words.
func (l *life) deathReport() string {
	how := "it ended with exit code 0"
	if l.err != nil {
		how = l.err.Error()
		var exit *exec.ExitError
		if errors.As(l.err, &exit) {
			how += signalName(exit.ProcessState)
		}
	}
	if l.left != "" {
		how += ", and left " + l.left + " in the background"
	}
	if words := l.log.Words(); words != "" {
		how += ": " + words
	}
	return how
}

// leftError says what to do about a server that puts itself into the background.
func (l *life) leftError() error {
	return fmt.Errorf("%q ended with exit code 0 and left %s in the background: have the server stay in the foreground, or start it yourself and test it by its URL alone", l.command, l.left)
}
