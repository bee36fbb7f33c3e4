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

// specUse is what has no effect of a spec file.
type specUse struct {
	unused   []string // options
	replaced []string // parts that flags stand for
}

// take has a configuration do what a spec file says, unless flags say it. out is the directory of the report where no
// flag names one.
func (u *specUse) take(file, out string, config *engine.Config, peer wsproto.Role) (*spec.Spec, error) {
	s, err := spec.Load(file)
	if err != nil {
		return nil, err
	}
	if u.replaced, err = selectFrom(s, config, peer); err != nil {
		return nil, err
	}
	if config.ExcludeAgent, err = s.Exclude(); err != nil {
		return nil, err
	}
	if s.OutDir != "" && config.ReportDir == out {
		config.ReportDir = s.OutDir
	}
	config.Limits, u.unused, err = s.Times()
	return s, err
}

// print names, in a line each, the options that have no effect, and the parts that flags stand for.
func (u *specUse) print(w io.Writer, file string) {
	if len(u.unused) > 0 {
		fmt.Fprintf(w, "wscheck: %s: of its options, without effect: %s\n", file, strings.Join(u.unused, ", "))
	}
	if len(u.replaced) > 0 {
		fmt.Fprintf(w, "wscheck: %s: not used: %s\n", file, strings.Join(u.replaced, ", "))
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
