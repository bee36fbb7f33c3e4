package fuzzingserver

import (
	"slices"
	"sync"

	"github.com/wscheck/wscheck/internal/catalogue"
	"github.com/wscheck/wscheck/internal/engine"
	"github.com/wscheck/wscheck/internal/report"
)

// agents are the clients that have come, by name. Clients name themselves: where
// there are too many, the ones with fewest results make room for others.
type agents struct {
	max    int
	config *engine.Config
	cases  []*catalogue.Case

	mu      sync.Mutex
	byName  map[string]*agent
	order   []*agent // in which they came
	turn    int      // number of the last connection that came for one
	leftOut int      // that made room

	left chan struct{} // has one when a connection has ended since
}

// agent is one client: all connections that name it.
type agent struct {
	visitor *engine.Visitor

	// Of agents.mu.
	present int // connections that are there for it
	last    int // number of the last of them

	mu      sync.Mutex
	results map[*catalogue.Case]*report.Result
	running map[*catalogue.Case]int // conversations under way
	changed chan struct{}           // closed at the next change of the above
}

// enter returns the agent of that name, which may be new, and which is present
// until leave is called; nil if there are too many, and the one that would have to
// make room is present.
func (as *agents) enter(name string) *agent {
	as.mu.Lock()
	defer as.mu.Unlock()
	a := as.byName[name]
	if a == nil && len(as.order) >= as.max && !as.makeRoom() {
		return nil
	}
	if a == nil {
		a = as.add(name)
	}
	as.turn++
	a.last = as.turn
	a.present++
	return a
}

// leave ends what enter began.
func (as *agents) leave(a *agent) {
	as.mu.Lock()
	defer as.mu.Unlock()
	a.present--
	select {
	case as.left <- struct{}{}:
	default:
	}
}

// makeRoom forgets the agent that has fewest results, and of several the one that
// came for one longest ago. It reports false if that one is present: it may have
// more in a moment, and none with more has to go instead. as.mu is held.
func (as *agents) makeRoom() bool {
	least, fewest := -1, 0
	for i, a := range as.order {
		n := a.done()
		if least < 0 || n < fewest || n == fewest && a.last < as.order[least].last {
			least, fewest = i, n
		}
	}
	if as.order[least].present > 0 {
		return false
	}
	delete(as.byName, as.order[least].visitor.Agent())
	as.order = slices.Delete(as.order, least, least+1)
	if fewest > 0 {
		as.leftOut++
	}
	return true
}

// add adds an agent. as.mu is held.
func (as *agents) add(name string) *agent {
	a := &agent{
		visitor: engine.NewVisitor(name, as.config),
		results: make(map[*catalogue.Case]*report.Result),
		running: make(map[*catalogue.Case]int),
		changed: make(chan struct{}),
	}
	if as.byName == nil {
		as.byName = make(map[string]*agent)
	}
	as.byName[name] = a
	as.order = append(as.order, a)
	return a
}

// find returns the agent of that name, nil if it has not come.
func (as *agents) find(name string) *agent {
	as.mu.Lock()
	defer as.mu.Unlock()
	return as.byName[name]
}

// all returns the agents in the order in which they came.
func (as *agents) all() []*agent {
	as.mu.Lock()
	defer as.mu.Unlock()
	return slices.Clone(as.order)
}

// forgotten is how many agents with results made room for others.
func (as *agents) forgotten() int {
	as.mu.Lock()
	defer as.mu.Unlock()
	return as.leftOut
}

// report returns what is known of each agent that has a result.
func (as *agents) report() (list []*report.Agent) {
	for _, a := range as.all() {
		r := &report.Agent{Name: a.visitor.Agent()}
		a.mu.Lock()
		for _, cs := range as.cases {
			if result := a.results[cs]; result != nil {
				r.Results = append(r.Results, result)
			}
		}
		a.mu.Unlock()
		if len(r.Results) > 0 {
			list = append(list, r)
		}
	}
	return list
}

// begin notes that a case is being played.
func (a *agent) begin(cs *catalogue.Case) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.running[cs]++
	a.change()
}

// record takes the result of a case that was played, and returns how many cases
// have one.
func (a *agent) record(cs *catalogue.Case, r *report.Result) (done int) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.results[cs] = r
	return len(a.results)
}

// done is how many cases have a result.
func (a *agent) done() int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return len(a.results)
}

// end notes that all is done that comes with a case.
func (a *agent) end(cs *catalogue.Case) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.running[cs]--; a.running[cs] == 0 {
		delete(a.running, cs)
	}
	a.change()
}

// change wakes those that wait. a.mu is held.
func (a *agent) change() {
	close(a.changed)
	a.changed = make(chan struct{})
}

// result returns the result of a case, nil as long as there is none or the case
// is being played again, and a channel that is closed when that may change.
func (a *agent) result(cs *catalogue.Case) (*report.Result, <-chan struct{}) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.running[cs] > 0 {
		return nil, a.changed
	}
	return a.results[cs], a.changed
}

// idle reports whether no case is being played, and returns a channel that is
// closed when that may change.
func (a *agent) idle() (bool, <-chan struct{}) {
	a.mu.Lock()
	defer a.mu.Unlock()
	return len(a.running) == 0, a.changed
}
