package store

import (
	"errors"

	"github.com/wscheck/wscheck/internal/catalogue"
	"github.com/wscheck/wscheck/internal/report"
	"github.com/wscheck/wscheck/internal/report/transcript"
)

// agent returns the agent of that name, which may be new, and which is busy until
// idle is called.
func (w *Writer) agent(name string) (a *agentFiles, idle func(), err error) {
	name = transcript.NameOf(name)
	w.mu.Lock()
	defer w.mu.Unlock()
	if a = w.byName[name]; a == nil {
		if err := w.makeRoom(1); err != nil {
			return nil, nil, w.failed(err)
		}
		a = w.newAgent(&report.Agent{Name: name})
		w.noteAgent(a)
	}
	a.busy++
	return a, func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		a.busy--
	}, nil
}

// Add writes the files of a result. It replaces what there is of the same case
// and the same agent, which its name identifies.
func (w *Writer) Add(agent string, result *report.Result) error {
	if err := w.tidy(); err != nil {
		return w.failed(err)
	}
	w.adding.RLock()
	defer w.adding.RUnlock()
	a, idle, err := w.agent(agent)
	if err != nil {
		return err
	}
	defer idle()
	return w.failed(w.add(a, result))
}

func (w *Writer) add(a *agentFiles, result *report.Result) error {
	result = transcript.Clip(result)
	document, err := encodeResult(a.name, result)
	if err != nil {
		return err
	}
	job, e, err := w.plan(a, result)
	if err != nil {
		return err
	}
	if e.place, err = w.journal.addResult(a.number, document); err != nil {
		return err
	}
	if err := job.write(w.root); err != nil {
		return err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if old := a.entries[result.Case.ID]; old != nil {
		w.live -= old.place.size
	}
	w.live += e.place.size
	w.turn++
	a.last = w.turn
	a.entries[result.Case.ID] = e
	a.layout.Results[result.Case.ID] = e.result
	w.touch()
	return nil
}

// plan finds the names and links of a result's files.
func (w *Writer) plan(a *agentFiles, result *report.Result) (*caseJob, *entry, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.closed {
		return nil, nil, errors.New("it is closed")
	}
	if _, known := w.places[result.Case.ID]; !known {
		w.journal.note(journalLine{Case: result.Case})
		w.appendCase(result.Case)
	}
	e := &entry{result: transcript.Slim(result), added: true}
	planned := a.planned
	if planned == nil {
		planned = func(string) bool { return true }
	}
	at := w.places[result.Case.ID]
	prev, next := neighbors(w.head.Cases, at, planned)
	return w.job(a, result, e, prev, next), e, nil
}

// neighbors returns the nearest cases before and after the one at an index that
// have files, or nil.
func neighbors(cases []*catalogue.Case, at int, has func(id string) bool) (prev, next *catalogue.Case) {
	for i := at - 1; i >= 0; i-- {
		if has(cases[i].ID) {
			prev = cases[i]
			break
		}
	}
	for _, c := range cases[at+1:] {
		if has(c.ID) {
			next = c
			break
		}
	}
	return prev, next
}

// Update takes over what r says of the run and of its agents, but for cases and
// results: how long it took, why it stopped, where an agent is, how often it
// died, and so on.
func (w *Writer) Update(r *report.Report) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.head.Took, w.ended = w.earlier+r.Took, r.Took != 0
	w.head.Stopped, w.head.Judge, w.head.Quick = r.Stopped, r.Judge, w.head.Quick || r.Quick
	w.touch()
	w.noteHead()
	w.describe(r.Agents)
}

// Describe takes over all that is known of an agent but its results. Where that
// is to be on the pages of its cases, as its URL is, it has to come before them.
func (w *Writer) Describe(agent *report.Agent) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.touch()
	w.describe([]*report.Agent{agent})
}

// describe takes over all of the agents but their results.
func (w *Writer) describe(agents []*report.Agent) {
	for _, agent := range agents {
		a := w.byName[transcript.NameOf(agent.Name)]
		if a == nil {
			a = w.newAgent(agent)
		}
		a.about = transcript.AboutOf(agent)
		w.noteAgent(a)
	}
}
