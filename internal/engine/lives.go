package engine

import (
	"slices"
	"sync"

	"github.com/wscheck/wscheck/internal/catalogue"
	"github.com/wscheck/wscheck/internal/process"
	"github.com/wscheck/wscheck/internal/report"
	"github.com/wscheck/wscheck/oracle"
)

// Death is an end of the peer's process that was not asked for.
type Death struct {
	How string // its exit status and last words

	// Suspects are the cases that were under way or had been played shortly
	// before, the latest first: [Player.Culprit] finds which it was.
	Suspects []*catalogue.Case
}

// culprit has the suspects of a death played by themselves until the peer dies of one, and
// returns the result of that; nil where it dies of none. play returns nil where it cannot
// play any more.
func culprit(suspects []*catalogue.Case, play func(*catalogue.Case) *report.Result) *report.Result {
	for _, cs := range suspects {
		if r := play(cs); r == nil || r.Died != "" {
			return r
		}
	}
	return nil
}

// Bounds of what is kept of deaths.
const (
	keptCases  = 256 // in one life
	keptDeaths = 16
)

// lives follows the peer's process from life to life.
type lives struct {
	mu     sync.Mutex
	number int
	recent []*catalogue.Case // that were begun in this life, the latest last
	deaths []Death
}

// reach notes that the process has come to a life.
func (l *lives) reach(life int, process *process.Process) {
	if life <= l.number {
		return
	}
	if l.number > 0 {
		l.died(process)
	}
	l.number = life
}

func (l *lives) died(process *process.Process) {
	suspects := l.latest()
	l.recent = nil
	if len(l.deaths) < keptDeaths {
		l.deaths = append(l.deaths, Death{How: process.DeathReport(), Suspects: suspects})
	}
}

// begin notes that a case is begun in a life; process is nil for none.
func (l *lives) begin(life int, process *process.Process, cs *catalogue.Case) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.reach(life, process)
	if life != l.number {
		return
	}
	l.recent = append(l.recent, cs)
	if len(l.recent) > 2*keptCases {
		l.recent = slices.Delete(l.recent, 0, len(l.recent)-keptCases)
	}
}

// accountFor notes that it is known which case a life ended of.
func (l *lives) accountFor(life int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.number == life {
		l.recent, l.number = nil, 0
	}
}

// take returns the deaths that became known since it was last called.
func (l *lives) take(process *process.Process) []Death {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.recent) > 0 && process.OverIn(l.number) {
		l.died(process)
	}
	deaths := l.deaths
	l.deaths = nil
	return deaths
}

// latest returns the cases that were begun last, the latest first.
func (l *lives) latest() []*catalogue.Case {
	cases := slices.Clone(l.recent[max(0, len(l.recent)-keptCases):])
	slices.Reverse(cases)
	return cases
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
