package blackbox

import (
	"context"
	"slices"
	"time"

	"github.com/wscheck/wscheck/gen"
	"github.com/wscheck/wscheck/internal/catalogue"
	"github.com/wscheck/wscheck/internal/engine"
	"github.com/wscheck/wscheck/internal/report"
	"github.com/wscheck/wscheck/oracle"
)

// examiner plays the scripts of one finding.
type examiner struct {
	working context.Context
	player  *engine.Player
	clause  oracle.ClauseID
	base    *base
	cs      *catalogue.Case // the script is one of it, or is made of its
	alone   bool            // the finding is a death, and others may die of it
	slow    bool            // it shows with patience alone
	tries   int             // shorter scripts at most
	time    time.Duration   // for all of it
	until   time.Time
}

// confirmTries is how often a script is played again to see whether it shows
// what it showed.
const confirmTries = 3

// shortened returns the finding with a shorter script, where one shows it as well.
func (x *examiner) shortened(f *Finding) *Finding {
	short := x.shrink(f.Script)
	if short == f.Script {
		return f
	}
	g := *f
	g.Script = short
	if x.confirm(&g); !g.Reproduced() || x.known(&g) {
		return f
	}
	return &g
}

// showsToo reports whether another script shows the finding's clause.
func (x *examiner) showsToo(f *Finding, s *oracle.Script) bool {
	if s.String() == f.Script.String() {
		return true
	}
	y := *x
	y.cs, y.slow, y.until = caseOf("input", s), false, time.Now().Add(x.time)
	g := Finding{Clause: f.Clause, Script: s, Result: f.Result}
	y.confirm(&g)
	return g.Reproduced() && !g.Flaky()
}

// confirmBriskly is confirm, with a script that waits for nothing where that shows the clause too:
// each try takes as long as its waits. One in which our side stops reading is about them.
func (x *examiner) confirmBriskly(f *Finding) {
	stops := slices.ContainsFunc(f.Script.Steps, func(s oracle.Step) bool { return s.Kind == oracle.StepStopReading })
	if brisk := withoutWaits(f.Script); len(brisk.Steps) < len(f.Script.Steps) && !stops {
		if result, err := x.play(brisk); err == nil && breaks(result, x.clause) {
			g := *f
			g.Script = brisk
			if x.confirm(&g); g.Reproduced() {
				*f = g
				return
			}
		}
		x.until = time.Now().Add(x.time) // that has not been a try
	}
	x.confirm(f)
}

// confirm plays the finding's script again, as a replay does, and
// notes in how many tries it showed.
func (x *examiner) confirm(f *Finding) {
	f.Shown, f.Tries = 0, 0
	if silent(f.Result, x.clause) {
		x.prove(f)
		return
	}
	for range confirmTries {
		result, err := x.play(f.Script)
		if err != nil {
			return
		}
		f.Tries++
		if breaks(result, x.clause) {
			f.Shown++
			f.Result = result
		}
		if f.Shown == f.Tries && f.Shown > 1 || x.over() {
			return
		}
	}
}

// prove is confirm for what rests on silence: the player has a way of its own to
// make sure of it.
func (x *examiner) prove(f *Finding) {
	result, err := x.player.PlayAlone(x.working, x.caseOf(f.Script))
	if err != nil {
		return
	}
	f.Tries = max(1, result.Tries)
	if breaks(result, x.clause) {
		f.Shown, f.Result = f.Tries, result
	}
}

// known reports whether the base breaks the finding's clause by its script too.
func (x *examiner) known(f *Finding) bool {
	alone := x.alone || silent(f.Result, x.clause)
	return len(x.base.broken(x.working, x.caseOf(f.Script), []oracle.ClauseID{x.clause}, alone)) > 0
}

// over reports whether the time is up.
func (x *examiner) over() bool { return x.working.Err() != nil || time.Now().After(x.until) }

func (x *examiner) caseOf(s *oracle.Script) *catalogue.Case {
	if s == &x.cs.Script {
		return x.cs
	}
	return engine.Shorter(x.cs, s)
}

// play plays a script with patience.
func (x *examiner) play(s *oracle.Script) (*report.Result, error) {
	if x.alone {
		return x.player.PlayAlone(x.working, x.caseOf(s))
	}
	return x.player.Play(x.working, x.caseOf(s))
}

// shrink returns a shorter script that shows the clause too, or the same.
func (x *examiner) shrink(s *oracle.Script) *oracle.Script {
	ctx, cancel := context.WithDeadline(x.working, x.until)
	defer cancel()
	x.slow = !x.alone && !x.glimpse(ctx, s)
	return gen.Shrink(s, func(try *oracle.Script) bool {
		return ctx.Err() == nil && x.shows(ctx, try) && len(x.base.unknown(ctx, x.caseOf(try), []oracle.ClauseID{x.clause})) > 0
	}, x.tries)
}

// withoutWaits returns a script without its steps that give the peer a second and more.
func withoutWaits(s *oracle.Script) *oracle.Script {
	brisk := *s
	brisk.Steps = slices.DeleteFunc(slices.Clone(s.Steps), func(step oracle.Step) bool {
		return step.Kind == oracle.StepWait && step.Timeout >= time.Second
	})
	return &brisk
}

// shows reports whether a script shows the clause, in the quickest way that
// decides it.
func (x *examiner) shows(ctx context.Context, s *oracle.Script) bool {
	if !x.alone && !x.slow {
		return x.glimpse(ctx, s)
	}
	result, err := x.play(s)
	return err == nil && breaks(result, x.clause)
}

// glimpse reports whether a script shows the clause in haste, or would if it
// were known that the peer does nothing more.
func (x *examiner) glimpse(ctx context.Context, s *oracle.Script) bool {
	result, owed, _, err := x.player.PlayFast(ctx, x.caseOf(s))
	return err == nil && (breaks(result, x.clause) || slices.Contains(owed, x.clause))
}
