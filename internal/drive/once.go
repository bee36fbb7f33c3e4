package drive

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"time"

	"github.com/wscheck/wscheck/internal/engine"
	"github.com/wscheck/wscheck/internal/fuzzingserver"
	"github.com/wscheck/wscheck/internal/process"
	"github.com/wscheck/wscheck/internal/report"
)

// once starts the command once for all cases, and gives it their URLs, a line each. A fuzzing
// server serves them to one that has another way.
func (r *run) once(ctx context.Context) error {
	ctx, r.stop = context.WithCancelCause(ctx)
	defer r.stop(nil)
	var s *fuzzingserver.Server
	s, err := fuzzingserver.New(&fuzzingserver.Config{
		Config:  r.served(),
		Updated: func(agent string) { r.stopWhenComplete(s, agent) },
	})
	if err != nil {
		return err
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return errors.Join(fmt.Errorf("no port to listen on: %w", err), s.Close())
	}
	served := make(chan error, 1)
	serving, cancel := context.WithCancel(ctx)
	defer cancel()
	go func() { served <- s.Serve(serving, ln) }()

	read, write, err := os.Pipe()
	if err != nil {
		cancel()
		return errors.Join(err, <-served, s.Close())
	}
	defer write.Close()
	p, err := r.client().Start("ws://"+ln.Addr().String(), read)
	read.Close()
	if err != nil {
		cancel()
		return errors.Join(fmt.Errorf("the command cannot be started: %w", err), <-served, s.Close())
	}
	l := &lines{driver: newDriver(r), server: s, address: ln.Addr(), command: p, input: write, until: time.Now().Add(r.timeout())}
	inTime := l.play(serving)
	if !inTime {
		inTime = p.Await(ctx, s.Stopped(), time.Until(l.until))
	}
	if inTime && !p.Over() {
		p.Await(ctx, nil, grace)
	}
	p.End()
	s.Stop()
	err = errors.Join(<-served, s.Close())
	if ctx.Err() != nil {
		r.report.Stopped = context.Cause(ctx).Error()
	}
	return errors.Join(err, r.account(s.Report(), p, inTime, ctx.Err() != nil))
}

// served is the configuration of the fuzzing server.
func (r *run) served() engine.Config {
	c := r.Config.Config
	if progress := c.Progress; progress != nil {
		c.Progress = func(p engine.Progress) {
			r.mu.Lock()
			defer r.mu.Unlock()
			r.done = p.Done
			progress(p)
		}
	}
	return c
}

// stopWhenComplete stops the server when an agent that has asked for the report
// has run everything: some commands stay.
func (r *run) stopWhenComplete(s *fuzzingserver.Server, agent string) {
	for _, a := range s.Report().Agents {
		if a.Name == agent && len(a.Results) == len(r.cases) {
			s.Stop()
		}
	}
}

// account adds what the command did not run, and how it ended, to what the
// server found.
func (r *run) account(found *report.Report, p *process.Command, inTime, stopped bool) error {
	agents := found.Agents
	if len(agents) == 0 {
		agents = []*report.Agent{{Name: r.Config.agent()}}
	}
	if err := r.open(); err != nil { // again, after the server
		return err
	}
	reason := fmt.Sprintf("the command ended (%s) without having run it", p.DeathReport())
	if !inTime {
		reason = fmt.Sprintf("the command was ended after %v, without having run it", r.timeout())
	}
	r.arrive = 1 // the command was started once: this is the end
	show, failed := r.Shown, false
	r.Shown = nil
	for _, a := range agents {
		ran := make(map[string]bool, len(a.Results))
		for _, result := range a.Results {
			ran[result.Case.ID] = true
			failed = failed || result.Failed(r.report.Judge)
			r.keep(a.Name, result)
		}
		r.done = len(a.Results)
		for _, cs := range r.cases {
			if ran[cs.ID] || stopped || r.ExcludeAgent.Excludes(a.Name, cs.ID) {
				continue
			}
			failed = true
			r.add(a.Name, inconclusive(cs, a.Name, time.Now(), reason), false, nil)
		}
	}
	crash := p.Crash()
	if crash != "" && r.report.Stopped == "" {
		r.report.Stopped = "the command crashed: " + crash
	}
	if show != nil && (failed || crash != "") {
		show(nil, p.Tail())
	}
	return nil
}
