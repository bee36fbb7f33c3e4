package fuzzingserver

import (
	"slices"
	"sync"

	"github.com/wscheck/wscheck/harness"
	"github.com/wscheck/wscheck/harness/catalogue"
	"github.com/wscheck/wscheck/harness/report"
)

// agents are the clients that have come, by name.
type agents struct {
	max    int
	config *harness.Config
	cases  []*catalogue.Case

	mu     sync.Mutex
	byName map[string]*agent
	order  []*agent // in which they came
}

// agent is one client: all connections that name it.
type agent struct {
	visitor *harness.Visitor

	mu      sync.Mutex
	results map[*catalogue.Case]*report.Result
	running map[*catalogue.Case]int // conversations under way
	changed chan struct{}           // closed at the next change of the above
}

// enter returns the agent of that name, which may be new; nil if there are too
// many.
func (as *agents) enter(name string) *agent {
	as.mu.Lock()
	defer as.mu.Unlock()
	a := as.byName[name]
	if a != nil || len(as.order) >= as.max {
		return a
	}
	a = &agent{
		visitor: harness.NewVisitor(name, as.config),
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
