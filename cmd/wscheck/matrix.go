package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"

	"github.com/wscheck/wscheck/internal/engine"
	"github.com/wscheck/wscheck/internal/matrix"
	"github.com/wscheck/wscheck/internal/report"
	"github.com/wscheck/wscheck/internal/report/store"
	"github.com/wscheck/wscheck/internal/wholefile"
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

	Jobs  number `short:"j" placeholder:"N" help:"Cases to run side by side with a peer (default: to suit the machine)."`
	Quick bool   `negatable:"" default:"true" help:"Send 20 messages instead of 1,000 in the loops of sections 12 and 13 (the default)."`
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
	ctx, cancel := context.WithCancelCause(e.ctx)
	defer cancel(nil)
	stop := context.AfterFunc(e.ctx, func() { cancel(errors.New("interrupted")) })
	defer stop()
	ready, errs := c.prepare(ctx, e, peers)
	if len(ready) == 0 && len(errs) == 0 {
		errs = append(errs, &exitError{exitUnreachable, errors.New("none of these peers is installed")})
	}
	for _, of := range matrixRoles {
		if ctx.Err() == nil && len(ready[of.role]) > 0 {
			errs = append(errs, c.play(ctx, e, ready[of.role], filepath.Join(c.Out, of.dir)))
		}
	}
	if c.Markdown != "" && len(ready) > 0 {
		errs = append(errs, c.redraw(peers))
	}
	worst := exitOK
	for _, err := range errs {
		worst = max(worst, explain(e.stderr, err))
	}
	if worst == exitOK {
		return nil
	}
	return &exitError{code: worst}
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

// prepare builds the peers. The errors are of those that cannot be played though they
// are installed.
func (c *matrixCmd) prepare(ctx context.Context, e *env, peers []*matrix.Peer) (ready map[wsproto.Role][]matrix.Ready, errs []error) {
	ready = map[wsproto.Role][]matrix.Ready{}
	for _, p := range peers {
		release, err := p.Prepare(ctx)
		var missing *matrix.Missing
		switch {
		case ctx.Err() != nil:
			return ready, append(errs, &exitError{exitFailed, context.Cause(ctx)})
		case errors.As(err, &missing):
			fmt.Fprintf(e.stderr, "wscheck: %v\n", missing)
		case err != nil:
			errs = append(errs, &exitError{exitUnreachable, err})
		default:
			ready[p.Role] = append(ready[p.Role], matrix.Ready{Peer: p, Release: release})
		}
	}
	return ready, errs
}

// play plays peers of one role. Its error says that something fails which their
// baselines do not know.
func (c *matrixCmd) play(ctx context.Context, e *env, peers []matrix.Ready, dir string) error {
	known, err := matrix.Baseline(matrixPeers(peers))
	if err != nil {
		return usage(err)
	}
	config := &engine.Config{
		Cases: c.Cases, Exclude: c.Exclude, Jobs: int(c.Jobs), Settle: c.Settle.duration(), Patience: c.Patience.duration(),
		Quick: c.Quick, Judge: engine.DefaultJudge, ReportDir: dir,
	}
	cases, err := plan(peers[0].Role, config)
	switch {
	case err != nil:
		return usage(err)
	case len(cases) == 0:
		return usage(fmt.Errorf("no case for a %s is selected", peers[0].Role))
	}
	setMemoryGoal(bulkGoal)
	meter := newMeter(e.stderr, len(cases)*len(peers))
	config.Progress = meter.add
	config.Preflight = meter.preflight
	r, err := matrix.Play(ctx, peers, config)
	meter.done()
	if r == nil {
		return usage(err)
	}
	sinks := sinkFlags{Verbose: c.Verbose, baseline: known}
	return sinks.finish(e, r, err)
}

func matrixPeers(ready []matrix.Ready) (peers []*matrix.Peer) {
	for _, r := range ready {
		peers = append(peers, r.Peer)
	}
	return peers
}

// redraw makes the page of the reports that are there, with what is known of the peers.
func (c *matrixCmd) redraw(peers []*matrix.Peer) error {
	var reports []*report.Report
	var errs []error
	for _, of := range matrixRoles {
		r, err := store.LoadVerdicts(filepath.Join(c.Out, of.dir))
		if err != nil {
			errs = append(errs, err)
			continue
		}
		of := slices.DeleteFunc(slices.Clone(peers), func(p *matrix.Peer) bool { return p.Role != of.role })
		known, err := matrix.Baseline(of)
		if err == nil && known != nil {
			_, err = known.Apply(r)
		}
		if err != nil {
			return usage(err)
		}
		reports = append(reports, r)
	}
	if len(reports) == 0 {
		return usage(errors.Join(errs...))
	}
	var b bytes.Buffer
	if err := matrix.WritePage(&b, reports, "wscheck matrix --markdown "+c.Markdown); err != nil {
		return err
	}
	return wholefile.Write(c.Markdown, b.Bytes())
}
