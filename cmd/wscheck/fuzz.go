package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"github.com/wscheck/wscheck/internal/blackbox"
	"github.com/wscheck/wscheck/internal/engine"
	"github.com/wscheck/wscheck/internal/plural"
	"github.com/wscheck/wscheck/internal/report"
)

type fuzzCmd struct {
	peerFlags

	URL string `arg:"" optional:"" name:"url" help:"Server to test: ${urls}."`

	Base    string `placeholder:"URL" help:"Another server, such as the release before: what it breaks with the same script too is not looked at."`
	BaseRun string `name:"base-run" placeholder:"'CMD'" help:"Start that server, or with --listen and --run that client, by this command."`

	Duration *time.Duration `placeholder:"TIME" help:"How long to play (1m; no bound with --scripts). 0: until it is interrupted. What was found is then proved and made short, which takes as long again at most, up to 10m, but at least 90s, or 6m on a busy machine, unless --patience says otherwise."`
	Scripts  number         `placeholder:"N" help:"How many scripts to play."`
	Seed     *uint64        `placeholder:"N" help:"Play the scripts of this number (default: a new one each time, which is printed)."`
	Jobs     number         `short:"j" placeholder:"N" help:"Conversations side by side (default: to suit the machine)."`

	Learned []string `sep:"none" placeholder:"PATH" help:"Play first what there is to try of the peer: a machine that learn has written, its --targets, findings, or folders of them. May be repeated."`

	Ignore      []string `sep:"none" placeholder:"CLAUSE" help:"Clauses not to look at, by pattern: 'rfc6455/8.1/*'. May be repeated."`
	PerClause   number   `name:"per-clause" placeholder:"N" default:"1" help:"Findings to keep of each clause (${default})."`
	MaxFindings number   `name:"max-findings" placeholder:"N" help:"Stop once so many findings are kept."`
	Out         string   `default:"findings" placeholder:"DIR" help:"Where to write findings (${default})."`
}

// defaultDuration is how long is played by default.
const defaultDuration = time.Minute

// Run plays random conversations with the peer.
func (c *fuzzCmd) Run(e *env) error {
	o, err := c.options()
	if err != nil {
		return usage(err)
	}
	var again string
	c.atOnce = int(c.Jobs)
	if o.Target, again, err = c.target(c.URL); err != nil {
		return usage(err)
	}
	if o.Base, err = c.base(); err != nil {
		return usage(err)
	}
	engine.CollectLess()
	c.announce(e.stdout)
	meter := newFuzzMeter(e.stderr, o.Duration, o.Scripts)
	o.Progress = meter.take
	ctx, stop := interruptible(e.ctx)
	defer stop()
	outcome, err := blackbox.Run(ctx, *o)
	meter.done()
	if outcome == nil {
		return e.notBegun(err)
	}
	writeOutcome(e.stdout, outcome, o.Seed, again)
	switch {
	case err != nil:
		return usage(err) // findings could not be written
	case len(outcome.Findings) > 0:
		return &exitError{code: exitFailed}
	}
	return nil
}

// base is the peer whose faults are known, nil for none.
func (c *fuzzCmd) base() (engine.Target, error) {
	if c.Base == "" && c.BaseRun == "" {
		return nil, nil
	}
	if c.Listen != "" && (c.Command == "" || c.BaseRun == "") {
		return nil, errors.New("--base: a client has to be started, and so has the one that it is compared with: add --run and --base-run")
	}
	other := c.peerFlags
	other.Command = c.BaseRun
	t, _, err := other.target(c.Base)
	if err != nil {
		return nil, fmt.Errorf("--base: %w", err)
	}
	return t, nil
}

// options are those of the run, but for its target.
func (c *fuzzCmd) options() (*blackbox.Options, error) {
	config, err := c.config()
	if err != nil {
		return nil, err
	}
	o := &blackbox.Options{
		Scripts: int(c.Scripts), Jobs: int(c.Jobs), PerClause: int(c.PerClause), MaxFindings: int(c.MaxFindings), Ignore: c.Ignore, Dir: c.Out,
		Config: config,
	}
	switch {
	case c.Duration != nil && *c.Duration < 0:
		return nil, fmt.Errorf("--duration: %v is less than 0", *c.Duration)
	case c.Duration != nil:
		o.Duration = *c.Duration
	case c.Scripts == 0:
		o.Duration = defaultDuration
	}
	if c.Seed != nil {
		o.Seed = *c.Seed
	} else {
		o.Seed = uint64(rand.Uint32()) // short enough to be typed
	}
	if o.First, err = blackbox.Load(c.role(), c.Learned...); err != nil {
		return nil, fmt.Errorf("--learned: %w", err)
	}
	if err := o.Check(); err != nil {
		return nil, fmt.Errorf("--ignore: %w", err)
	}
	return o, checkOut("--out", c.Out)
}

// interruptible is ctx with a reason for its end.
func interruptible(ctx context.Context) (context.Context, func()) {
	own, cancel := context.WithCancelCause(context.WithoutCancel(ctx))
	stop := context.AfterFunc(ctx, func() { cancel(errors.New("interrupted")) })
	return own, func() { stop(); cancel(nil) }
}

// writeOutcome prints what was found, and how to see it again.
func writeOutcome(w io.Writer, o *blackbox.Outcome, seed uint64, peer string) {
	for _, f := range o.Findings {
		writeFinding(w, f, peer)
	}
	fmt.Fprintf(w, "%d %s in %v, %.0f a second, seed %d\n", o.Conversations, plural.Noun(o.Conversations, "conversation"), o.Took.Round(100*time.Millisecond), o.PerSecond(), seed)
	if o.Skipped > 0 {
		fmt.Fprintf(w, "%s left out, for what the peer lacks\n", plural.Of(o.Skipped, "script was", "scripts were"))
	}
	fmt.Fprintf(w, "%d of %d clauses were put to the test\n", o.Reached(), o.Visible)
	if o.Deaths > 0 {
		fmt.Fprintf(w, "the process died %s\n", times(o.Deaths))
	}
	for _, id := range slices.Sorted(maps.Keys(o.Unproved)) {
		fmt.Fprintf(w, "not proved: %s, a silence that did not come again when it was waited for, %s\n", id, times(o.Unproved[id]))
	}
	if len(o.Untried) > 0 {
		n, clauses := 0, slices.Sorted(maps.Keys(o.Untried))
		for _, id := range clauses {
			n += o.Untried[id]
		}
		fmt.Fprintf(w, "%s not proved in the time left: %s\n", plural.Of(n, "silence was", "silences were"), clauseList(clauses))
	}
	if slices.ContainsFunc(o.Findings, func(f *blackbox.Finding) bool { return report.OfEchoes(f.Clause) }) {
		fmt.Fprintln(w, report.NoEcho)
	}
	if o.Stopped != "" {
		fmt.Fprintf(w, "stopped: %s\n", o.Stopped)
	}
	if len(o.Findings) == 0 {
		fmt.Fprintln(w, "nothing was found")
		return
	}
	fmt.Fprintf(w, "%s found:\n", plural.Of(len(o.Findings), "finding was", "findings were"))
	for _, f := range o.Findings {
		fmt.Fprintf(w, "  ✗ %-40s in %s%s\n", f.Clause, plural.Of(o.Stats.Findings[f.Clause], "conversation"), remark(f))
	}
}

// writeFinding prints all of one finding.
func writeFinding(w io.Writer, f *blackbox.Finding, peer string) {
	if f.Result == nil {
		fmt.Fprintf(w, "violation of %s\n  %s\n", f.Clause, f.How)
		fmt.Fprintf(w, "  which of the last %s was the reason is not known\n", plural.Of(len(f.Suspects), "script"))
		for _, name := range f.Files {
			fmt.Fprintf(w, "  suspect: %s\n", name)
		}
		fmt.Fprintln(w)
		return
	}
	again := ""
	if len(f.Files) > 0 {
		again = replayCommand(f.Files[0], peer)
	}
	fmt.Fprintln(w, engine.Describe(f.Result, report.JudgeRFC, again))
	for _, name := range f.Files {
		fmt.Fprintf(w, "written to: %s\n", name)
	}
	if text := remark(f); text != "" {
		fmt.Fprintf(w, "mind: %s\n", strings.TrimPrefix(text, ", "))
	}
	fmt.Fprintln(w)
}

// remark says how sure a finding is.
func remark(f *blackbox.Finding) string {
	switch {
	case f.Result == nil:
		return ", by which script is not known"
	case f.Tries == 0:
		return ", not played again"
	case !f.Reproduced():
		return fmt.Sprintf(", not reproduced in %s", plural.Of(f.Tries, "try", "tries"))
	case f.Flaky():
		return fmt.Sprintf(", seen again in %d of %s", f.Shown, plural.Of(f.Tries, "try", "tries"))
	}
	return ""
}

func times(n int) string {
	return cmp.Or(map[int]string{1: "once", 2: "twice"}[n], fmt.Sprintf("%d times", n))
}
