package engine

import (
	"slices"
	"sync"

	"github.com/wscheck/wscheck/internal/catalogue"
	"github.com/wscheck/wscheck/internal/process"
	"github.com/wscheck/wscheck/oracle"
)

// Death is an end of the peer's process that was not asked for.
type Death struct {
	How string // its exit status and last words

	// Suspects are the cases that were under way or had been played shortly
	// before, the latest first: [Player.PlayAlone] reports which it was.
	Suspects []*catalogue.Case
}

// Bounds of what is kept of deaths.
const (
	keptCases  = 256 // in one life
	keptDeaths = 16
)

// lives follows the process of a player's target from life to life.
type lives struct {
	// alone is held for reading by each conversation, and for writing by one
	// that has the peer to itself.
	alone sync.RWMutex

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
