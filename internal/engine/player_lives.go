package engine

import (
	"context"
	"slices"
	"sync"

	"github.com/wscheck/wscheck/internal/process"

	"github.com/wscheck/wscheck/internal/catalogue"
)

// Death is an end of the peer's process that nobody asked for.
type Death struct {
	How string // its exit status and last words

	// Suspects are the cases that were under way or had been played shortly
	// before, the latest first: [Player.PlayAlone] tells which it was.
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

// begin starts the peer's process if it does not run, and notes that a case is
// begun in its life.
func (p *Player) begin(ctx context.Context, cs *catalogue.Case) (life int, err error) {
	process := p.server.process
	if process != nil {
		if life, err = process.Ensure(ctx); err != nil {
			return 0, err
		}
	}
	l := &p.lives
	l.mu.Lock()
	defer l.mu.Unlock()
	l.reach(life, process)
	if life == l.number {
		l.recent = append(l.recent, cs)
		if len(l.recent) > 2*keptCases {
			l.recent = slices.Delete(l.recent, 0, len(l.recent)-keptCases)
		}
	}
	return life, nil
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

// Recent returns the cases that were begun last, the latest first: some of
// them may be under way.
func (p *Player) Recent() []*catalogue.Case {
	p.lives.mu.Lock()
	defer p.lives.mu.Unlock()
	return p.lives.latest()
}

// Deaths returns how often the process of the target's command has died.
func (p *Player) Deaths() int {
	if p.server.process == nil {
		return 0
	}
	return p.server.process.Deaths()
}

// TakeDeaths returns the deaths that became known since it was last called.
// Where there were many, it has the first of them.
func (p *Player) TakeDeaths() []Death {
	if p.server.process == nil {
		return nil
	}
	l := &p.lives
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.recent) > 0 && p.server.process.OverIn(l.number) {
		l.died(p.server.process)
	}
	deaths := l.deaths
	l.deaths = nil
	return deaths
}

// diedOf returns how the peer's process died of a conversation that it had to
// itself; "" if it lives.
func (p *Player) diedOf(c *conversation) string {
	process := p.server.process
	if process == nil || c.obituary != "" {
		return ""
	}
	p.lives.mu.Lock()
	life := p.lives.number
	p.lives.mu.Unlock()
	if !process.DiedIn(life) {
		return ""
	}
	p.lives.mu.Lock()
	p.lives.recent = nil // this death is accounted for
	p.lives.number = 0
	p.lives.mu.Unlock()
	return process.DeathReport()
}
