package engine

import (
	"maps"
	"slices"
	"sync"

	"github.com/wscheck/wscheck/internal/report"
	"github.com/wscheck/wscheck/oracle"
)

// owing returns the clauses that the peer would have broken had it been known,
// at the end of each wait, to do nothing more.
func owing(r *report.Result, options oracle.Options) (owed []oracle.ClauseID) {
	waited := slices.ContainsFunc(r.Trace.Events, func(ev oracle.Event) bool { return ev.Kind == oracle.EventTimer })
	if !waited || r.Trace.Elided() {
		return nil
	}
	j := judges.Get().(*oracle.Judge)
	defer judges.Put(j)
	j.Reset(r.Trace.Role, options)
	for i := range r.Trace.Events {
		ev := &r.Trace.Events[i]
		j.Feed(ev)
		if ev.Kind == oracle.EventTimer {
			j.Feed(&oracle.Event{Kind: oracle.EventQuiet, At: ev.At, Step: ev.Step})
		}
	}
	for _, id := range broken(j.Verdict()) {
		if !slices.Contains(broken(r.RFC), id) {
			owed = append(owed, id)
		}
	}
	return owed
}

// broken returns the clauses of a verdict's violations.
func broken(v oracle.Verdict) (ids []oracle.ClauseID) {
	for i := range v.Findings {
		if f := &v.Findings[i]; f.Outcome == oracle.Violation {
			ids = append(ids, f.Clause)
		}
	}
	return ids
}

// covered adds up what conversations put to the test.
type covered struct {
	mu        sync.Mutex
	exercised map[oracle.ClauseID]int
	reached   map[string]int
}

// add takes what a conversation put to the test. Its judge still has to be its
// own.
func (c *covered) add(j *oracle.Judge) {
	exercised, reached := j.Exercised(), j.Reached()
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.exercised == nil {
		c.exercised, c.reached = map[oracle.ClauseID]int{}, map[string]int{}
	}
	for _, id := range exercised {
		c.exercised[id]++
	}
	for _, state := range reached {
		c.reached[state]++
	}
}

// Covered returns in how many conversations each clause was put to the test,
// and each state of a connection was reached: "open", "in-fragment-text".
func (p *Player) Covered() (exercised map[oracle.ClauseID]int, reached map[string]int) {
	p.covered.mu.Lock()
	defer p.covered.mu.Unlock()
	return maps.Clone(p.covered.exercised), maps.Clone(p.covered.reached)
}
