package main

import (
	"errors"
	"fmt"

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
	meter := newCounter(e.stderr, len(subjects), "mutant")
	m, err := mutation.Run(e.ctx, &mutation.Config{
		Subjects: subjects, Jobs: int(c.Jobs), Short: c.Short,
		Progress: func(done, total int) {
			meter.show(done, func() string { return fmt.Sprintf("%d of %s", done, plural.Of(total, "mutant")) })
		},
	})
	meter.done()
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
