package blackbox

import (
	"cmp"
	"fmt"
	"regexp"
	"runtime"
	"strings"
	"time"

	"github.com/wscheck/wscheck/internal/engine"
	"github.com/wscheck/wscheck/internal/report"
)

// Options say what a run plays, with whom and for how long.
type Options struct {
	Target engine.Target

	// Base, where not nil, is another peer of the same role, such as the release before: what it breaks
	// with the same script is not looked at.
	Base engine.Target

	// Config has what the peer lacks, and its limits. Nil is the zero value.
	Config *engine.Config

	Seed     uint64
	First    []*Recording  // are played first, and varied
	Scripts  int           // how many are played; 0 means no bound
	Duration time.Duration // how long they are played; 0 means no bound

	// Jobs is how many conversations there are side by side; 0 means a number
	// that suits the machine.
	Jobs int

	// PerClause is how many findings are kept of each clause; 0 means 1.
	PerClause int

	// MaxFindings ends the run once there are so many that were reproduced; 0
	// means no bound.
	MaxFindings int

	// Ignore are patterns of clause ids, in which "*" stands for anything: what
	// breaks them is not looked at.
	Ignore []string

	// Dir is where findings are written; "" means nowhere.
	Dir string

	// ShrinkTries is how many shorter scripts are tried for a finding, and
	// ShrinkTime how long; 0 means 1,000 and 10 s.
	ShrinkTries int
	ShrinkTime  time.Duration

	// Progress, where not nil, is called every so often, one call at a time.
	Progress func(Stats)
}

// Defaults of Options.
const (
	defaultShrinkTries = 1000
	defaultShrinkTime  = 10 * time.Second
	progressEvery      = 200 * time.Millisecond
)

// jobs leaves room for conversations that wait for something. A peer that
// connects of its own accord is waited for by few, so that it soon comes to
// what matters.
func (o *Options) jobs(incoming bool) int {
	if incoming {
		return cmp.Or(o.Jobs, 8)
	}
	return cmp.Or(o.Jobs, 64*runtime.GOMAXPROCS(0))
}

func (o *Options) perClause() int { return cmp.Or(o.PerClause, 1) }

// Check reports what in o makes no sense.
func (o *Options) Check() error {
	_, err := o.check()
	return err
}

// check also returns what is ignored.
func (o *Options) check() (ignored *regexp.Regexp, err error) {
	for _, n := range []struct {
		name  string
		value int
	}{
		{"scripts", o.Scripts}, {"jobs", o.Jobs}, {"findings per clause", o.PerClause},
		{"max findings", o.MaxFindings}, {"shrink tries", o.ShrinkTries},
	} {
		if n.value < 0 {
			return nil, fmt.Errorf("%s: %d is less than 0", n.name, n.value)
		}
	}
	if o.Duration < 0 || o.ShrinkTime < 0 {
		return nil, fmt.Errorf("duration: %v is less than 0", min(o.Duration, o.ShrinkTime))
	}
	return clausePattern(o.Ignore)
}

// clausePattern returns nil where there is no pattern. The error names a pattern
// that matches no clause.
func clausePattern(patterns []string) (*regexp.Regexp, error) {
	var all []string
	for _, p := range patterns {
		ids, err := report.ClauseGlob(p)
		if err != nil {
			return nil, err
		}
		all = append(all, ids.String())
	}
	if all == nil {
		return nil, nil
	}
	return regexp.MustCompile(strings.Join(all, "|")), nil
}
