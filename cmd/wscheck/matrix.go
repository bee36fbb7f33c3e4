package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/wscheck/wscheck/internal/engine"
	"github.com/wscheck/wscheck/internal/matrix"
	"github.com/wscheck/wscheck/wsproto"
)

type matrixCmd struct {
	Patterns []string `arg:"" optional:"" name:"pattern" help:"Peers to play, by pattern: python-*, js-bun/server (default: all)."`

	Peers   string   `default:"fuzz/peers/other" placeholder:"DIR" help:"Folder with the files of the peers, or with folders that have them (${default})."`
	List    bool     `help:"List the peers that are selected and play none."`
	Cases   []string `sep:"none" placeholder:"PATTERN" help:"Cases to run, by pattern: 4.2.*, autobahn/4.2.4. May be repeated."`
	Exclude []string `sep:"none" placeholder:"PATTERN" help:"Cases to leave out, by pattern. May be repeated."`

	Out      string `default:"reports/matrix" placeholder:"DIR" help:"Where to write the reports: servers and clients in it (${default}). Those that are there are replaced."`
	Markdown string `placeholder:"FILE" help:"Write a page in Markdown: the peers by parts of the suite, and what each gets wrong."`
	Redraw   bool   `help:"Play nothing: make the page of the reports that are there."`
	Verbose  bool   `short:"v" help:"List every case in the summary, not groups of them."`

	Jobs  number `short:"j" placeholder:"N" help:"Peers to play side by side (default: one for each processor)."`
	Quick bool   `negatable:"" default:"true" help:"Send 20 messages instead of 1,000 in the loops of sections 12 and 13, and do not idle for 35 s (the default)."`
	waitFlags
}

// matrixRoles are the roles of peers, and the names of their reports.
var matrixRoles = []struct {
	role wsproto.Role
	dir  string
}{{wsproto.Server, "servers"}, {wsproto.Client, "clients"}}

// Run plays the suite with each peer.
func (c *matrixCmd) Run(e *env) error {
	if err := c.check(); err != nil {
		return usage(err)
	}
	peers, err := matrix.Load(c.Peers, c.Patterns)
	if err != nil {
		return usage(err)
	}
	switch {
	case c.Redraw:
		return c.redraw(peers)
	case c.List:
		for _, p := range peers {
			fmt.Fprintf(e.stdout, "%-28s %s as %s\n", p.ID, p.Name, p.Role)
		}
		return nil
	}
	return c.play(e, peers)
}

// play plays the peers, and shows a report for each of their roles.
func (c *matrixCmd) play(e *env, peers []*matrix.Peer) error {
	ctx, stop := interruptible(e.ctx)
	defer stop()
	var errs []error
	config := c.config()
	config.Unplayed = unplayedPeer(e, &errs)
	setMemoryGoal(bulkGoal)
	var meter *caseMeter
	config.Progress = func(p engine.Progress) {
		if meter == nil {
			meter = newCaseMeter(e.stderr, p.Total)
		}
		meter.add(p)
	}
	config.Preflight = func(p engine.Preflight) {
		if meter == nil {
			fmt.Fprintln(e.stderr, p)
			return
		}
		meter.preflight(p)
	}
	played, err := matrix.Play(ctx, peers, config)
	if meter != nil {
		meter.done()
	}
	switch {
	case err != nil && len(played) == 0 && len(errs) == 0:
		return usage(err)
	case ctx.Err() != nil && len(played) == 0:
		return &exitError{exitFailed, context.Cause(ctx)}
	case len(played) == 0 && len(errs) == 0:
		return &exitError{exitUnreachable, errors.New("none of these peers is installed")}
	}
	errs = append(errs, err)
	for _, of := range matrixRoles {
		errs = append(errs, c.show(e, played, of.role, of.dir, config))
	}
	if c.Markdown != "" && len(played) > 0 {
		errs = append(errs, c.redraw(played))
	}
	return worst(e, errs)
}

// unplayedPeer names peers that are not installed, and adds those that cannot be played for
// another reason to errs.
func unplayedPeer(e *env, errs *[]error) func(*matrix.Peer, error) {
	return func(_ *matrix.Peer, err error) {
		var missing *matrix.Missing
		if errors.As(err, &missing) {
			fmt.Fprintf(e.stderr, "wscheck: %v\n", err)
			return
		}
		*errs = append(*errs, &exitError{exitUnreachable, err})
	}
}

// worst explains errors, and returns the worst exit code of theirs.
func worst(e *env, errs []error) error {
	code := exitOK
	for _, err := range errs {
		code = max(code, explain(e.stderr, err))
	}
	if code == exitOK {
		return nil
	}
	return &exitError{code: code}
}

func (c *matrixCmd) config() *matrix.Config {
	return &matrix.Config{Config: engine.Config{
		Cases: c.Cases, Exclude: c.Exclude, Settle: c.Settle.duration(), Patience: c.Patience.duration(),
		Quick: c.Quick, Judge: engine.DefaultJudge,
	}, Out: c.Out, Side: int(c.Jobs)}
}

// show makes the report on the peers of a role. Its error says that something fails which
// their baselines do not know.
func (c *matrixCmd) show(e *env, played []*matrix.Peer, role wsproto.Role, dir string, config *matrix.Config) error {
	r, err := matrix.Merge(played, role, config, dir)
	if r == nil {
		return err
	}
	known, err := matrix.Baseline(played, role)
	if err != nil {
		return usage(err)
	}
	sinks := sinkFlags{Verbose: c.Verbose, baseline: known}
	return sinks.finish(e, r, nil)
}

func (c *matrixCmd) check() error {
	switch {
	case c.Redraw && c.Markdown == "":
		return errors.New("--redraw: say which page to make by --markdown FILE")
	case c.Redraw && (c.List || len(c.Cases)+len(c.Exclude) > 0):
		return errors.New("--redraw plays nothing: leave out what selects cases")
	}
	return checkOut("--out", c.Out, outFile{"--markdown", c.Markdown})
}

// redraw makes the page of the reports that are there, with what is known of the peers.
func (c *matrixCmd) redraw(peers []*matrix.Peer) error {
	reports, err := matrix.Gather(peers, c.config())
	switch {
	case err != nil:
		return usage(err)
	case reports == nil:
		return usage(fmt.Errorf("%s has no report on these peers: play them first", c.Out))
	}
	return writeFile(c.Markdown, func(w io.Writer) error {
		return matrix.WritePage(w, reports, "wscheck matrix --markdown "+c.Markdown)
	})
}
