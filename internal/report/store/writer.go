package store

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"sync"
	"time"

	"github.com/wscheck/wscheck/internal/catalogue"
	"github.com/wscheck/wscheck/internal/dirlock"
	"github.com/wscheck/wscheck/internal/report"
	"github.com/wscheck/wscheck/internal/report/page"
	"github.com/wscheck/wscheck/internal/report/sink"
	"github.com/wscheck/wscheck/internal/report/transcript"
)

// Writer writes the files of [WriteDir] while a run goes on. A case's own files
// are written when it is added; the index files, and [FileName], when the
// writer is flushed or closed, and besides at most once a second. What was added
// is in a journal before anything else happens to it, so that no result is lost
// when the program is killed: [Load] and [Open] read the journal too.
//
// A Writer keeps no traces: its memory grows by some hundred octets for each
// result. It can be used by several goroutines at once. While it is open, no other
// can be opened on its directory, in this process or another one.
type Writer struct {
	dir     string
	root    *os.Root
	lock    *dirlock.Lock
	journal *journal

	// updating is held while the index files are written, by one at a time, and
	// adding while a result is, by any number. They are locked before mu, in this
	// order.
	updating sync.Mutex
	adding   sync.RWMutex

	mu      sync.Mutex
	head    report.Report // without agents
	began   time.Time     // of this run; head.Started may be that of one before it
	earlier time.Duration // what earlier runs took
	ended   bool          // head.Took is known
	places  map[string]int
	numbers map[string]int
	layout  *report.Layout
	agents  []*agentFiles
	byName  map[string]*agentFiles // by Agent.Name; the first of that name
	most    int                    // agents that Add makes, 0 for any number
	next    int                    // number of the next agent in the journal
	turn    int64                  // number of the last result
	live    int64                  // octets of the journal that entries are in
	waste   int64                  // octets that need not be, see wasteOctets
	dirty   bool                   // the index files do not have it all
	closed  bool

	left  sync.Once
	timer *time.Timer // goes off when the index files have to be written
	armed bool
	wait  time.Duration
	still bool // they are written on demand alone
}

// agentFiles is what a writer knows of an agent.
type agentFiles struct {
	name    string
	number  int
	about   report.Agent // without results
	layout  *report.AgentLayout
	entries map[string]*entry // by case id
	busy    int               // results that are being added
	last    int64             // number of the last one that was

	// planned tells of which cases there will be results; nil: of all.
	planned func(id string) bool
}

// entry is a result that was written.
type entry struct {
	result     *report.Result // without what makes it large
	place      place          // of its JSON in the journal
	prev, next string         // ids of the cases that its page leads to
	at         int            // place of its case, as its page has it
	stale      bool           // its page has to be written again
	added      bool           // by this writer, not by one before it
}

// Create begins a report in the directory, which is made where it is missing.
// A report that is there is replaced, and all of its files are taken away; other
// files stay. Of r, all but the results is taken over.
func Create(dir string, r *report.Report) (*Writer, error) {
	w, err := newWriter(dir, r)
	if err != nil {
		return nil, fmt.Errorf("writing a report: %w", err)
	}
	if err := w.begin(); err != nil {
		w.leave()
		return nil, w.failed(err)
	}
	return w, nil
}

// failed is an error with the name of the directory.
func (w *Writer) failed(err error) error {
	if err != nil {
		err = fmt.Errorf("writing a report into %s: %w", w.dir, err)
	}
	return err
}

// begin starts the journal and lets it take the place of an earlier one.
func (w *Writer) begin() error {
	var err error
	if w.journal, err = startJournal(w.root, newDocument(&w.head)); err != nil {
		return err
	}
	for _, a := range w.agents {
		if err := w.noteAgent(a); err != nil {
			return errors.Join(err, w.journal.remove())
		}
	}
	if err := w.replaceEarlier(); err != nil {
		return errors.Join(err, w.journal.remove())
	}
	return nil
}

func newWriter(dir string, r *report.Report) (*Writer, error) {
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return nil, err
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	held, err := dirlock.Take(root, dir)
	if err != nil {
		root.Close()
		return nil, err
	}
	w := &Writer{dir: dir, root: root, lock: held, layout: report.EmptyLayout(), byName: map[string]*agentFiles{}, wait: updateEvery, waste: wasteOctets, dirty: true}
	w.head = *r
	w.head.Agents, w.head.Dir = nil, dir
	w.began, w.ended = r.Started, r.Took != 0
	w.setCases(slices.Clone(r.Cases))
	for _, agent := range r.Agents {
		w.newAgent(agent)
	}
	return w, nil
}

// leave lets other runs write into the directory.
func (w *Writer) leave() {
	w.left.Do(func() {
		w.lock.Release()
		w.root.Close()
	})
}

func (w *Writer) setCases(cases []*catalogue.Case) {
	w.head.Cases = cases
	w.places = make(map[string]int, len(cases))
	for i, c := range cases {
		w.places[c.ID] = i
	}
	w.numbers = sink.CaseNumbers(&w.head)
}

// appendCase is setCases for one more.
func (w *Writer) appendCase(c *catalogue.Case) {
	if _, ok := report.AutobahnID(c); ok {
		w.setCases(append(w.head.Cases, c)) // which has a number
		return
	}
	w.places[c.ID] = len(w.head.Cases)
	w.head.Cases = append(w.head.Cases, c)
}

// newAgent takes over all of the agent but its results.
func (w *Writer) newAgent(agent *report.Agent) *agentFiles {
	a := &agentFiles{name: transcript.NameOf(agent.Name), number: w.next, about: transcript.AboutOf(agent), entries: map[string]*entry{}}
	w.next++
	a.layout = w.layout.Add(a.name)
	w.agents = append(w.agents, a)
	if w.byName[a.name] == nil {
		w.byName[a.name] = a
	}
	return a
}

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
		if err := w.noteAgent(a); err != nil {
			return nil, nil, err
		}
	}
	a.busy++
	return a, func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		a.busy--
	}, nil
}

// Add writes the files of a result. It replaces what there is of the same case
// and the same agent, which is told by its name.
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
		if err := w.journal.add(journalLine{Case: result.Case}); err != nil {
			return nil, nil, err
		}
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

// job makes the job of writing a result's files, and notes its links.
func (w *Writer) job(a *agentFiles, result *report.Result, e *entry, prev, next *catalogue.Case) *caseJob {
	head, about := w.head, a.about
	e.at = w.places[result.Case.ID]
	job := &caseJob{
		Case: page.Case{
			Report: &head, Agent: &about, Name: a.layout.Name, Clean: a.layout.Clean,
			Result: result, Place: e.at,
		},
		number: w.numbers[result.Case.ID], file: w.layout.File(a.layout, result.Case),
	}
	if prev != nil {
		e.prev, job.Prev = prev.ID, &page.Link{Href: w.layout.File(a.layout, prev) + ".html", ID: page.ShownID(prev)}
	}
	if next != nil {
		e.next, job.Next = next.ID, &page.Link{Href: w.layout.File(a.layout, next) + ".html", ID: page.ShownID(next)}
	}
	return job
}

// Update takes over what r says of the run and of its agents besides cases and
// results: how long it took, why it stopped, where an agent is, how often it
// died, and so on.
func (w *Writer) Update(r *report.Report) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.head.Took, w.ended = w.earlier+r.Took, r.Took != 0
	w.head.Stopped, w.head.Judge, w.head.Quick = r.Stopped, r.Judge, w.head.Quick || r.Quick
	w.touch()
	if err := w.noteHead(); err != nil {
		return err
	}
	return w.describe(r.Agents)
}

// Describe takes over all that is known of an agent but its results. Where that
// is to be on the pages of its cases, as its URL is, it has to come before them.
func (w *Writer) Describe(agent *report.Agent) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.touch()
	return w.describe([]*report.Agent{agent})
}

// describe takes over all of the agents but their results.
func (w *Writer) describe(agents []*report.Agent) error {
	for _, agent := range agents {
		a := w.byName[transcript.NameOf(agent.Name)]
		if a == nil {
			a = w.newAgent(agent)
		}
		a.about = transcript.AboutOf(agent)
		if err := w.noteAgent(a); err != nil {
			return err
		}
	}
	return nil
}

// Report returns what the directory's report has by now, without traces and wire
// logs: see [LoadVerdicts].
func (w *Writer) Report() *report.Report {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.snapshot(func(*entry) bool { return true }).report
}

// Added is Report for those results alone that this writer was given: it leaves
// out what was there when it was opened.
func (w *Writer) Added() *report.Report {
	w.mu.Lock()
	defer w.mu.Unlock()
	r := w.snapshot(func(e *entry) bool { return e.added }).report
	r.Agents = slices.DeleteFunc(r.Agents, func(a *report.Agent) bool { return len(a.Results) == 0 && a.Unreachable == "" })
	return r
}
