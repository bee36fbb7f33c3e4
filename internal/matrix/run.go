package matrix

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/wscheck/wscheck/internal/drive"
	"github.com/wscheck/wscheck/internal/engine"
	"github.com/wscheck/wscheck/internal/report"
	"github.com/wscheck/wscheck/internal/report/store"
	"github.com/wscheck/wscheck/wsproto"
)

// Ready is a peer that can be played, and its release.
type Ready struct {
	*Peer
	Release string
}

// Play plays the cases with peers of one role, one peer after the other, into the report
// of config.ReportDir, which takes the place of one that is there. A peer that cannot be
// tested is in the report as such; the error says so too.
func Play(ctx context.Context, peers []Ready, config *engine.Config) (*report.Report, error) {
	if len(peers) == 0 {
		return nil, errors.New("no peer: there is nothing to test")
	}
	if peers[0].Role == wsproto.Client {
		return playClients(ctx, peers, config)
	}
	targets := make([]engine.Target, len(peers))
	for i, p := range peers {
		command := "cd " + quote(p.Dir) + " && " + p.Run
		o := &engine.DialOptions{Agent: p.Agent(p.Release)}
		targets[i] = engine.Lacking(engine.Command(command, "", o), p.Lacks, p.MaxMessage)
	}
	return engine.RunAll(ctx, targets, config)
}

// quote makes s a word of the shell.
func quote(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }

// playClients starts the command of each client once for each case.
func playClients(ctx context.Context, peers []Ready, config *engine.Config) (*report.Report, error) {
	head := &report.Report{Role: wsproto.Server, Judge: config.Judge}
	empty, err := store.Create(config.ReportDir, head) // each client adds to it
	if err == nil {
		err = empty.Close()
	}
	if err != nil {
		return nil, err
	}
	var errs []error
	var stopped string
	for _, p := range peers {
		r, err := drive.Run(ctx, &drive.Config{
			// A single word with a blank in it is a line for the shell.
			Config: *config, Command: []string{strings.TrimSpace(p.Run) + " "}, Dir: p.Dir, Agent: p.Agent(p.Release),
		})
		switch {
		case err != nil:
			errs = append(errs, fmt.Errorf("%s: %w", p.ID, err))
		case ctx.Err() != nil:
			stopped = r.Stopped
		}
		if ctx.Err() != nil {
			break
		}
	}
	r, err := store.LoadVerdicts(config.ReportDir)
	if err != nil {
		return nil, errors.Join(append(errs, err)...)
	}
	r.Stopped = stopped
	return r, errors.Join(errs...)
}

// Baseline is what the files of the peers know of deviations, nil for nothing.
func Baseline(peers []*Peer) (*report.Baseline, error) {
	var all *report.Baseline
	for _, p := range peers {
		if p.Baseline == "" {
			continue
		}
		b, err := report.LoadBaseline(p.Baseline)
		if err != nil {
			return nil, fmt.Errorf("the baseline of %s: %w", p.ID, err)
		}
		if all == nil {
			all = new(report.Baseline)
		}
		all.Known = append(all.Known, b.Known...)
	}
	return all, nil
}
