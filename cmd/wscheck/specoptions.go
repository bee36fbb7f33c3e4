package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/wscheck/wscheck/internal/catalogue"
	"github.com/wscheck/wscheck/internal/engine"
	"github.com/wscheck/wscheck/internal/spec"
	"github.com/wscheck/wscheck/wsproto"
)

// tellSpec names, in a line each, the options of a spec file that have no effect
// here, and its parts that flags stand for.
func tellSpec(w io.Writer, file string, unused, replaced []string) {
	if len(unused) > 0 {
		fmt.Fprintf(w, "wscheck: %s: of its options, without effect: %s\n", file, strings.Join(unused, ", "))
	}
	if len(replaced) > 0 {
		fmt.Fprintf(w, "wscheck: %s: not used: %s\n", file, strings.Join(replaced, ", "))
	}
}

// plan is [engine.Plan] with errors that name flags.
func plan(peer wsproto.Role, config *engine.Config) ([]*catalogue.Case, error) {
	cases, err := engine.Plan(peer, config)
	if err != nil {
		return nil, fmt.Errorf("--%w", err) // each begins with the name of a field
	}
	return cases, nil
}

// selectFrom has a configuration run the cases of a spec file, unless flags say
// which. It returns what of the file flags stand for.
func selectFrom(s *spec.Spec, config *engine.Config, peer wsproto.Role) (replaced []string, err error) {
	cases, err := plan(peer, &engine.Config{Cases: config.Cases, Exclude: config.Exclude, Carrier: config.Carrier})
	if err != nil {
		return nil, err
	}
	left := *s
	if config.Cases != nil {
		if s.Cases != nil {
			replaced = append(replaced, `"cases" (by --cases)`)
		}
		left.Cases = []string{"*/*"}
	}
	if config.Exclude != nil {
		if len(s.ExcludeCases) > 0 {
			replaced = append(replaced, `"exclude-cases" (by --exclude)`)
		}
		left.ExcludeCases = nil
	}
	config.Select, err = left.Select(cases)
	if config.Select == nil {
		config.Select = []*catalogue.Case{} // nil would mean all
	}
	return replaced, err
}
