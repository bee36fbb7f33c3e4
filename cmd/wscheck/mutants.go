package main

import (
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"

	"github.com/wscheck/wscheck/internal/mutation"
	"github.com/wscheck/wscheck/internal/plural"
)

type mutantsCmd struct {
	Only  []string `name:"run" sep:"none" placeholder:"PATTERN" help:"Examine only the mutants of these names: 'accept-*', 'client/close-*'. May be repeated."`
	List  bool     `help:"List the mutants, the clauses that they break and their roles, and stop."`
	Short bool     `help:"Leave out the cases that take long: of more than a megaoctet, or of many messages."`
	JSON  bool     `name:"json" help:"Print the matrix as JSON."`
	Jobs  number   `short:"j" placeholder:"N" help:"Mutants to examine side by side (default: as many as there are processors)."`
}

// Run plays the scripts of every source with each mutant.
func (c *mutantsCmd) Run(e *env) error {
	subjects, err := mutation.Select(c.Only)
	if err != nil {
		return usage(fmt.Errorf("--run: %w (see wscheck mutants --list for their names)", err))
	}
	if c.List {
		return mutation.WriteList(e.stdout, subjects)
	}
	counter := newCounter(e.stderr, len(subjects))
	m, err := mutation.Run(e.ctx, &mutation.Config{Subjects: subjects, Jobs: int(c.Jobs), Short: c.Short, Progress: counter.add})
	counter.done()
	switch {
	case e.ctx.Err() != nil:
		return &exitError{exitFailed, errors.New("interrupted")}
	case err != nil:
		return err
	}
	write := m.WriteText
	if c.JSON {
		write = m.WriteJSON
	}
	if err := write(e.stdout); err != nil {
		return err
	}
	if len(m.Alive())+len(m.Unnamed()) > 0 {
		return &exitError{code: exitFailed}
	}
	return nil
}

// counter shows how many mutants are done: a bar on a terminal, a line every few
// seconds elsewhere.
type counter struct {
	w        *os.File
	progress *mpb.Progress
	bar      *mpb.Bar
	last     time.Time
}

func newCounter(w *os.File, total int) *counter {
	c := &counter{w: w, last: time.Now()}
	if isTerminal(w) {
		c.progress = mpb.New(mpb.WithOutput(w), mpb.WithWidth(48), mpb.WithRefreshRate(100*time.Millisecond))
		c.bar = c.progress.AddBar(int64(total),
			mpb.BarRemoveOnComplete(),
			mpb.PrependDecorators(decor.CountersNoUnit("%d/%d "+plural.Noun(total, "mutant"))),
			mpb.AppendDecorators(decor.Elapsed(decor.ET_STYLE_GO)),
		)
	}
	return c
}

func (c *counter) add(done, total int) {
	if c.bar != nil {
		c.bar.SetCurrent(int64(done))
		return
	}
	if now := time.Now(); now.Sub(c.last) >= lineEvery {
		c.last = now
		fmt.Fprintf(c.w, "%d of %s\n", done, plural.Of(total, "mutant"))
	}
}

// done takes the bar away.
func (c *counter) done() {
	if c.bar != nil {
		c.bar.Abort(true)
		c.progress.Wait()
	}
}
