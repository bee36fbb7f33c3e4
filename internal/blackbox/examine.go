package blackbox

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/wscheck/wscheck/gen"
	"github.com/wscheck/wscheck/internal/catalogue"
	"github.com/wscheck/wscheck/internal/engine"
	"github.com/wscheck/wscheck/internal/report"
	"github.com/wscheck/wscheck/oracle"
)

// shrinkers is how many findings are made short side by side.
const shrinkers = 4

// confirmTries is how often a script is played again to see whether it shows
// what it showed.
const confirmTries = 3

// examine makes findings of candidates.
func (r *run) examine() {
	for s := range r.cases {
		r.mu.Lock()
		r.examined++
		r.mu.Unlock()
		f := r.finding(&s)
		r.mu.Lock()
		if r.examined--; r.examined == 0 {
			r.idle.Broadcast()
		}
		state := r.state(s.clause)
		state.open--
		if f == nil {
			state.seen--
			r.mu.Unlock()
			continue
		}
		known := slices.IndexFunc(r.findings, func(g *Finding) bool { return g.Clause == f.Clause && !g.Reproduced() })
		switch {
		case f.Reproduced() && known >= 0:
			r.findings[known] = f // worth more
			state.kept++
		case f.Reproduced():
			r.findings = append(r.findings, f)
			state.kept++
		case silent(s.result, s.clause):
			state.refuted++
			state.seen--
			state.unproved++
		default:
			state.refuted++
			if known < 0 && state.kept == 0 {
				r.findings = append(r.findings, f)
			}
		}
		if n := r.options.MaxFindings; n > 0 && r.reproduced() >= n {
			r.finish(errEnough)
		}
		r.mu.Unlock()
	}
}

// reproduced is the number of findings that are sure. r.mu is held.
func (r *run) reproduced() (n int) {
	for _, f := range r.findings {
		if f.Reproduced() {
			n++
		}
	}
	return n
}

// finding examines a candidate. It returns nil where the peer's process had died
// of another conversation, and that was all that was to be seen.
func (r *run) finding(s *candidate) *Finding {
	f := &Finding{Clause: s.clause, Number: s.number, Script: &s.cs.Script, Original: &s.cs.Script, Result: s.result}
	x := r.examiner(s.clause, s.cs)
	x.confirm(f)
	if !f.Reproduced() && silent(s.result, s.clause) {
		return f
	}
	if !f.Reproduced() {
		if r.player.Deaths() != s.deaths || f.Tries == 0 && r.working.Err() != nil && r.outer.Err() == nil {
			return nil
		}
		r.note(r.save(f))
		return f
	}
	if short := x.shrink(f.Script); short != f.Script {
		g := *f
		g.Script = short
		if x.confirm(&g); g.Reproduced() {
			f = &g
		}
	}
	r.note(r.save(f))
	return f
}

func (r *run) note(err error) {
	if err != nil {
		r.mu.Lock()
		r.errs = append(r.errs, err)
		r.mu.Unlock()
	}
}

// examiner plays the scripts of one finding.
type examiner struct {
	run    *run
	clause oracle.ClauseID
	base   *catalogue.Case
	alone  bool // the finding is a death, and others may die of it
	slow   bool // it shows with patience alone
	until  time.Time
}

func (r *run) examiner(clause oracle.ClauseID, base *catalogue.Case) *examiner {
	return &examiner{
		run: r, clause: clause, base: base, alone: slices.Contains(died, clause),
		until: time.Now().Add(cmp.Or(r.options.ShrinkTime, defaultShrinkTime)),
	}
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
	var result *report.Result
	var err error
	if cs := x.caseOf(f.Script); cs == f.Result.Case {
		result, err = x.run.player.Prove(x.run.working, f.Result)
	} else {
		result, err = x.run.player.PlayAlone(x.run.working, cs)
	}
	if err != nil {
		return
	}
	f.Tries = max(1, result.Tries)
	if breaks(result, x.clause) {
		f.Shown, f.Result = f.Tries, result
	}
}

// over reports whether there is no time left.
func (x *examiner) over() bool { return x.run.working.Err() != nil || time.Now().After(x.until) }

func (x *examiner) caseOf(s *oracle.Script) *catalogue.Case {
	if s == &x.base.Script {
		return x.base
	}
	return engine.Shorter(x.base, s)
}

// play plays a script with patience.
func (x *examiner) play(s *oracle.Script) (*report.Result, error) {
	if x.alone {
		return x.run.player.PlayAlone(x.run.working, x.caseOf(s))
	}
	return x.run.player.Play(x.run.working, x.caseOf(s))
}

// shrink returns a shorter script that shows the clause too, or the same.
func (x *examiner) shrink(s *oracle.Script) *oracle.Script {
	ctx, cancel := context.WithDeadline(x.run.working, x.until)
	defer cancel()
	x.slow = !x.alone && !x.glimpse(ctx, s)
	return gen.Shrink(s, func(try *oracle.Script) bool {
		return ctx.Err() == nil && x.shows(ctx, try)
	}, cmp.Or(x.run.options.ShrinkTries, defaultShrinkTries))
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
	result, owed, _, err := x.run.player.PlayFast(ctx, x.caseOf(s))
	return err == nil && (breaks(result, x.clause) || slices.Contains(owed, x.clause))
}
