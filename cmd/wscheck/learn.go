package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/wscheck/wscheck/internal/engine"
	"github.com/wscheck/wscheck/internal/learn"
	"github.com/wscheck/wscheck/internal/plural"
	"github.com/wscheck/wscheck/internal/wholefile"
)

type learnCmd struct {
	Peer learnPeerCmd `cmd:"" default:"withargs" help:"Learn the state machine of a server or a client: what it answers to what, in which state."`
	Diff learnDiffCmd `cmd:"" help:"Show the shortest conversations that distinguish two peers, or two versions of one."`
}

// learnFlags bound what is asked of a peer.
type learnFlags struct {
	peerFlags

	Duration span     `default:"5m" placeholder:"TIME" help:"How long to ask at most (${default})."`
	Queries  number   `default:"20000" placeholder:"N" help:"How many conversations to have at most (${default})."`
	Words    number   `default:"300" placeholder:"N" help:"How many random conversations have to show no difference before the machine is believed (${default})."`
	Seed     uint64   `default:"1" placeholder:"N" help:"Seed of the random conversations (${default})."`
	Input    []string `sep:"none" placeholder:"NAME" help:"Inputs to ask, by the names in a machine: text (default: all). May be repeated."`
	Jobs     number   `short:"j" placeholder:"N" help:"Conversations side by side (default: 16)."`
}

func (c *learnFlags) learn(e *env, url string) (r *learn.Result, again string, err error) {
	o := learn.Options{Queries: int(c.Queries), Words: int(c.Words), Seed: c.Seed, Only: c.Input}
	if err := o.Check(); err != nil {
		return nil, "", usage(fmt.Errorf("--input: %w", err))
	}
	c.atOnce = int(c.Jobs)
	target, again, err := c.target(url)
	if err != nil {
		return nil, "", usage(err)
	}
	config, err := c.config()
	if err != nil {
		return nil, "", usage(err)
	}
	c.announce(e.stdout)
	ctx, stop := interruptible(e.ctx)
	defer stop()
	limit, cancel := context.WithTimeoutCause(ctx, c.Duration.duration(), fmt.Errorf("%v were over", c.Duration.duration()))
	defer cancel()
	config.Jobs = int(c.Jobs)
	lines := meter{w: e.stderr, last: time.Now()}
	o.Progress = func(p learn.Progress) {
		lines.show(p.Queries, func() string {
			return fmt.Sprintf("%s, %s so far", plural.Of(p.Queries, "conversation"), plural.Of(p.States, "state"))
		})
	}
	r, err = engine.Learn(limit, target, config, o)
	if err != nil {
		return nil, "", e.notBegun(err)
	}
	return r, again, nil
}

type learnPeerCmd struct {
	learnFlags

	URL string `arg:"" optional:"" name:"url" help:"Server to learn: ${urls}."`

	Out     string `placeholder:"FILE" help:"Where to write the machine (default: standard output); learn diff reads it."`
	DOT     string `name:"dot" placeholder:"FILE" help:"Write the machine as a graph for Graphviz."`
	Mermaid string `placeholder:"FILE" help:"Write the machine as a diagram for Mermaid."`
	HTML    string `name:"html" placeholder:"FILE" help:"Write the machine as a page with a picture and a table."`
	Targets string `placeholder:"DIR" help:"Write a script for each state with each input: what there is to try of the peer."`
}

// Run learns a peer.
func (c *learnPeerCmd) Run(e *env) error {
	flag := ""
	if c.Targets != "" {
		flag = "--targets"
	}
	if err := checkOut(flag, c.Targets, outFile{"--out", c.Out}, outFile{"--dot", c.DOT}, outFile{"--mermaid", c.Mermaid}, outFile{"--html", c.HTML}); err != nil {
		return usage(err)
	}
	r, again, err := c.learn(e, c.URL)
	if err != nil {
		return err
	}
	if err := c.write(r, again); err != nil {
		return usage(err)
	}
	if c.Out == "" {
		fmt.Fprintf(e.stdout, "%s\n", r.Machine.Format())
	}
	fmt.Fprint(e.stdout, r.Text())
	if r.Stopped != "" {
		return &exitError{code: exitFailed}
	}
	return nil
}

// write writes the files that are wanted.
func (c *learnPeerCmd) write(r *learn.Result, peer string) error {
	page, err := r.Machine.HTML(peer, strings.Split(strings.TrimSpace(r.Text()), "\n"))
	if err != nil {
		return err
	}
	for _, f := range []struct {
		name string
		text []byte
	}{{c.Out, r.Machine.Format()}, {c.DOT, r.Machine.DOT()}, {c.Mermaid, r.Machine.Mermaid()}, {c.HTML, page}} {
		if f.name == "" {
			continue
		}
		if err := wholefile.Write(f.name, f.text); err != nil {
			return err
		}
	}
	if c.Targets == "" {
		return nil
	}
	return writeScripts(c.Targets, r.Machine.Scripts())
}

// writeScripts writes scripts into a directory.
func writeScripts(dir string, scripts []learn.NamedScript) error {
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return err
	}
	for _, s := range scripts {
		if err := wholefile.Write(filepath.Join(dir, s.Name), s.Text); err != nil {
			return err
		}
	}
	return nil
}

type learnDiffCmd struct {
	learnFlags

	A string `arg:"" help:"A machine that learn has written, or the URL of a server."`
	B string `arg:"" help:"Another machine, or the URL of another server."`

	Scripts string `placeholder:"DIR" help:"Write each conversation as a script, for replay."`
}

// Run compares two machines. Its exit code is 1 if they differ.
func (c *learnDiffCmd) Run(e *env) error {
	if c.Command != "" || c.Listen != "" {
		return usage(errors.New("--run and --listen: learn diff takes files and URLs: learn the peer first, with --out FILE"))
	}
	if c.Scripts != "" {
		if err := checkOut("--scripts", c.Scripts); err != nil {
			return usage(err)
		}
	}
	var machines [2]*learn.Machine
	for i, name := range []string{c.A, c.B} { // what is wrong in a file shows before anybody is asked
		if !strings.Contains(name, "://") {
			m, err := readMachine(name)
			if err != nil {
				return usage(err)
			}
			machines[i] = m
		}
	}
	for i, name := range []string{c.A, c.B} {
		if machines[i] != nil {
			continue
		}
		r, _, err := c.learn(e, name)
		if err != nil {
			return err
		}
		if machines[i] = r.Machine; r.Stopped != "" {
			fmt.Fprintf(e.stderr, "wscheck: %s: not all was learned: %s\n", name, r.Stopped)
		}
	}
	d, err := learn.Diff(machines[0], machines[1])
	if err != nil {
		return usage(fmt.Errorf("%s and %s: %w", c.A, c.B, err))
	}
	if err := d.Write(e.stdout, c.A, c.B); err != nil {
		return err
	}
	if c.Scripts != "" {
		if err := writeScripts(c.Scripts, d.Scripts(machines[0], c.A, c.B)); err != nil {
			return usage(err)
		}
	}
	if n := len(d.Differences); n > 0 {
		fmt.Fprintf(e.stdout, "%s\n", plural.Of(n, "difference"))
		return &exitError{code: exitFailed}
	}
	fmt.Fprintln(e.stdout, "no difference")
	return nil
}

// readMachine reads a file that learn has written.
func readMachine(name string) (*learn.Machine, error) {
	info, err := os.Stat(name)
	switch {
	case err != nil:
		return nil, fmt.Errorf("%w: name a file that learn has written, or a URL", err)
	case !info.Mode().IsRegular() || info.Size() > learn.MaxText:
		return nil, fmt.Errorf("%s: it is not a machine that learn has written", name)
	}
	text, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	m, err := learn.Parse(text)
	if err != nil {
		return nil, fmt.Errorf("%s:%w", name, err)
	}
	return m, nil
}
