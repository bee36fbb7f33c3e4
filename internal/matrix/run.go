package matrix

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/wscheck/wscheck/internal/drive"
	"github.com/wscheck/wscheck/internal/engine"
	"github.com/wscheck/wscheck/internal/report"
	"github.com/wscheck/wscheck/internal/report/store"
	"github.com/wscheck/wscheck/internal/visible"
	"github.com/wscheck/wscheck/internal/workers"
	"github.com/wscheck/wscheck/wsproto"
)

// Config says what is played and how.
type Config struct {
	// Config selects and judges the cases. Its Dialect, Lacks and MaxMessage are those of each peer, and its
	// ReportDir a folder in Out. Jobs is how many cases run side by side with a peer.
	engine.Config

	Out  string // the folder for the reports
	Side int    // how many peers are played side by side; 0 means one for each processor

	// Unplayed is called with each peer that is not played, as it becomes known: its
	// error is a [*Missing] if it is not installed. One call at a time.
	Unplayed func(p *Peer, err error)

	// Met is called with each pair that has met, and how many have. One call at a time.
	Met func(pair *Pair, done, of int)
}

// folder is where the report on a peer alone is.
func (c *Config) folder(p *Peer) string {
	return filepath.Join(c.Out, "peers", filepath.FromSlash(p.ID))
}

// Play builds the peers and plays the cases with them, each into a report of its own, which
// takes the place of one that is there. It returns the peers that were played. A peer that
// was built and cannot be tested is in its report as such; the error says so too.
func Play(ctx context.Context, peers []*Peer, config *Config) (played []*Peer, err error) {
	r := newRun(peers, config)
	if err := r.count(peers); err != nil {
		return nil, err
	}
	errs := make([]error, len(peers))
	did := make([]bool, len(peers))
	workers.Each(ctx, len(peers), config.Side, func(i int) { did[i], errs[i] = r.play(ctx, peers[i]) })
	for i, p := range peers {
		if did[i] {
			played = append(played, p)
		}
	}
	return played, errors.Join(errs...)
}

// run is a run of several peers.
type run struct {
	Config
	builds  map[string]*build // by folder
	clients []ready           // of pairs

	mu          sync.Mutex
	done, total int // cases, or pairs
}

func newRun(peers []*Peer, config *Config) *run {
	r := &run{Config: *config, builds: map[string]*build{}}
	for _, p := range peers {
		if r.builds[p.Dir] == nil {
			r.builds[p.Dir] = &build{done: map[string]error{}}
		}
	}
	return r
}

// unplayed reports that a peer is not played.
func (r *run) unplayed(ctx context.Context, p *Peer, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.Unplayed != nil && ctx.Err() == nil {
		r.Unplayed(p, err)
	}
}

// build is what was built in a folder. The peers of a folder often have one program, which
// is built once.
type build struct {
	mu   sync.Mutex
	done map[string]error // by command
}

func (r *run) count(peers []*Peer) error {
	type kind struct {
		role wsproto.Role
		acts bool
	}
	cases := map[kind]int{}
	for _, p := range peers {
		of := kind{p.Role, p.Hook != ""}
		if _, counted := cases[of]; !counted {
			config := r.Config.Config
			config.Act = p.act()
			list, err := engine.Plan(p.Role, &config)
			if err != nil {
				return err
			}
			if len(list) == 0 {
				return fmt.Errorf("no case for a %s is selected", p.Role)
			}
			cases[of] = len(list)
		}
		r.total += cases[of]
	}
	return nil
}

// act has the peer act first, nil where it cannot be asked to.
func (p *Peer) act() func(context.Context, engine.Act) error {
	if p.Hook == "" {
		return nil
	}
	return engine.Hook("cd " + visible.Word(p.Dir) + " && " + p.Hook)
}

// play reports whether the peer was played.
func (r *run) play(ctx context.Context, p *Peer) (bool, error) {
	release, err := r.prepare(ctx, p)
	if err != nil {
		r.unplayed(ctx, p, err)
		return false, nil
	}
	config := r.Config.Config
	config.ReportDir, config.Dialect, config.Act = r.folder(p), p.Dialect, p.act()
	config.Progress, config.Preflight = r.progress, r.preflight
	if p.Role == wsproto.Server {
		command := "cd " + visible.Word(p.Dir) + " && " + p.Run
		config.Lacks, config.MaxMessage = p.Lacks, p.MaxMessage
		_, err = engine.Run(ctx, engine.Command(command, p.URL, &engine.DialOptions{Agent: p.Agent(release)}), &config)
	} else {
		err = playClient(ctx, p, release, &config)
	}
	if err != nil {
		err = fmt.Errorf("%s: %w", p.ID, err)
	}
	_, none := os.Stat(config.ReportDir)
	return none == nil, err
}

func (r *run) prepare(ctx context.Context, p *Peer) (release string, err error) {
	if release, err = p.release(ctx); err != nil || p.Build == "" {
		return release, err
	}
	b := r.builds[p.Dir]
	b.mu.Lock()
	defer b.mu.Unlock()
	err, built := b.done[p.Build]
	if !built {
		err = p.build(ctx)
		b.done[p.Build] = err
	}
	if err != nil {
		err = fmt.Errorf("%s cannot be built: %w", p.ID, err)
	}
	return release, err
}

func (r *run) progress(p engine.Progress) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.done++
	p.Done, p.Total = r.done, r.total
	if r.Config.Progress != nil {
		r.Config.Progress(p)
	}
}

func (r *run) preflight(p engine.Preflight) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.Config.Preflight != nil {
		r.Config.Preflight(p)
	}
}

// playClient starts the command of a client once for each case.
func playClient(ctx context.Context, p *Peer, release string, config *engine.Config) error {
	agent := &report.Agent{Name: p.Agent(release)}
	if err := describe(config, agent); err != nil { // what is there goes
		return err
	}
	r, err := drive.Run(ctx, &drive.Config{
		// A single word with a blank in it is a line for the shell.
		Config: *config, Command: []string{strings.TrimSpace(p.Run) + " "}, Dir: p.Dir, Agent: agent.Name,
	})
	if err != nil || r.Stopped == "" || ctx.Err() != nil {
		return err
	}
	agent.Unreachable = r.Stopped // for this peer alone
	return errors.Join(&engine.UnreachableError{URL: agent.Name, Err: errors.New(r.Stopped)}, describe(config, agent))
}

// describe writes a report that has an agent without results.
func describe(config *engine.Config, agent *report.Agent) error {
	w, err := store.Create(config.ReportDir, &report.Report{Role: wsproto.Server, Started: time.Now(), Judge: config.Judge})
	if err != nil {
		return err
	}
	w.Describe(agent)
	return w.Close()
}

// Merge makes one report of those on peers of one role alone, in the folder dir of
// config.Out. It is nil if there are none.
func Merge(peers []*Peer, role wsproto.Role, config *Config, dir string) (*report.Report, error) {
	dirs := config.reports(peers, role)
	if dirs == nil {
		return nil, nil
	}
	r, _, err := store.MergeDirs(filepath.Join(config.Out, dir), dirs, config.Judge)
	return r, err
}

// Gather returns what Merge does for each role, servers first, with what the baselines
// know applied. It writes nothing: that takes minutes for many peers.
func Gather(peers []*Peer, config *Config) (reports []*report.Report, err error) {
	for _, role := range []wsproto.Role{wsproto.Server, wsproto.Client} {
		r, err := gather(peers, role, config)
		if err != nil {
			return nil, err
		}
		if r == nil {
			continue
		}
		known, err := Baseline(peers, role)
		if err == nil && known != nil {
			_, err = known.Apply(r)
		}
		if err != nil {
			return nil, err
		}
		reports = append(reports, r)
	}
	return reports, nil
}

func gather(peers []*Peer, role wsproto.Role, config *Config) (all *report.Report, err error) {
	cases := map[string]bool{}
	for _, dir := range config.reports(peers, role) {
		r, err := store.LoadVerdicts(dir)
		if err != nil {
			return nil, err
		}
		if all == nil {
			all = &report.Report{Role: r.Role, Started: r.Started, Judge: config.Judge}
		}
		if r.Started.Before(all.Started) {
			all.Started = r.Started
		}
		for _, c := range r.Cases {
			if !cases[c.ID] {
				cases[c.ID] = true
				all.Cases = append(all.Cases, c)
			}
		}
		all.Agents = append(all.Agents, r.Agents...)
	}
	return all, nil
}

// reports returns the folders of the reports on peers of a role.
func (c *Config) reports(peers []*Peer, role wsproto.Role) (dirs []string) {
	for _, p := range peers {
		if _, err := os.Stat(c.folder(p)); p.Role == role && err == nil {
			dirs = append(dirs, c.folder(p))
		}
	}
	return dirs
}

// Baseline is what the files of the peers of a role know of deviations, nil for nothing.
func Baseline(peers []*Peer, role wsproto.Role) (*report.Baseline, error) {
	var all *report.Baseline
	for _, p := range peers {
		if p.Baseline == "" || p.Role != role {
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
