package main

import (
	"fmt"
	"path"
	"slices"

	"github.com/wscheck/wscheck/internal/mutation"
)

type clausesCmd struct {
	Clauses  []string `arg:"" optional:"" name:"clause" help:"Ids of clauses, with * for anything but a slash: 'rfc6455/5.5/*'. Default: all."`
	Coverage bool     `help:"Show which cases and which mutants there are for each clause."`
	JSON     bool     `name:"json" help:"Print JSON; with --coverage, with the names of all cases and mutants."`
}

// Run prints the table of clauses.
func (c *clausesCmd) Run(e *env) error {
	clauses, err := c.choose(mutation.Cover(overHTTP2()))
	if err != nil {
		return usage(err)
	}
	if c.JSON {
		return mutation.WriteClausesJSON(e.stdout, clauses, c.Coverage)
	}
	return mutation.WriteClauses(e.stdout, clauses, c.Coverage)
}

// choose returns the clauses that match one of the patterns.
func (c *clausesCmd) choose(all []mutation.Coverage) ([]mutation.Coverage, error) {
	if len(c.Clauses) == 0 {
		return all, nil
	}
	chosen := make([]bool, len(all))
	for _, pattern := range c.Clauses {
		found := false
		for i := range all {
			match, err := path.Match(pattern, string(all[i].ID))
			if err != nil {
				return nil, fmt.Errorf("clause pattern %q: %w", pattern, err)
			}
			if match {
				chosen[i], found = true, true
			}
		}
		if !found {
			return nil, fmt.Errorf("there is no clause %q: see wscheck clauses for their ids", pattern)
		}
	}
	i := -1
	return slices.DeleteFunc(all, func(mutation.Coverage) bool { i++; return !chosen[i] }), nil
}
