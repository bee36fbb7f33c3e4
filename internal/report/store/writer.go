// Package store keeps the files of a report in a directory. A [Writer] writes them
// during a run: [Create] begins a report, [Open] adds to one, [WriteDir]
// writes one that is complete. [Load] reads a report again, [MergeDirs] makes one of
// several.
package store

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"os"
	"slices"
	"sync"
	"time"

	"github.com/wscheck/wscheck/internal/catalogue"
	"github.com/wscheck/wscheck/internal/dirlock"
	"github.com/wscheck/wscheck/internal/report"
	"github.com/wscheck/wscheck/internal/report/sink"
	"github.com/wscheck/wscheck/internal/report/transcript"
	"github.com/wscheck/wscheck/wsproto"
)

// Writer writes the files of [WriteDir] during a run. A case's own files
// are written when it is added; the index files, and [report.FileName], when the
// writer is flushed or closed, and at most once a second in between. What was added
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

	// planned reports whether a case will have a result; nil: each will.
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

// failed is an error with the name of the directory.
func (w *Writer) failed(err error) error {
	if err != nil {
		err = fmt.Errorf("writing a report into %s: %w", w.dir, err)
	}
	return err
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

// addCases adds cases that are new, and puts all into the order of the
// catalogue if there are any; those that it does not have come last. Of one that
// is there already, the new description counts.
func (w *Writer) addCases(cases []*catalogue.Case) {
	all, first, more := slices.Clone(w.head.Cases), len(w.head.Cases) == 0, false
	for _, c := range cases {
		if at, known := w.places[c.ID]; known {
			all[at] = c
			continue
		}
		more = true
		all = append(all, c)
		w.journal.note(journalLine{Case: c})
	}
	if more && !first {
		sortCases(w.head.Role, all)
	}
	w.setCases(all)
}

func sortCases(role wsproto.Role, cases []*catalogue.Case) {
	places := map[string]int{}
	for i, c := range catalogue.For(role) {
		places[c.ID] = i
	}
	place := func(c *catalogue.Case) int {
		if at, ok := places[c.ID]; ok {
			return at
		}
		return math.MaxInt
	}
	slices.SortStableFunc(cases, func(a, b *catalogue.Case) int { return cmp.Compare(place(a), place(b)) })
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

// noteAgent brings the journal up to date on an agent.
func (w *Writer) noteAgent(a *agentFiles) {
	w.journal.note(journalLine{Agent: a.number, About: &a.about})
}

// noteHead brings the journal up to date on the head.
func (w *Writer) noteHead() {
	head := w.head
	head.Cases = nil
	w.journal.note(journalLine{Head: newDocument(&head)})
}

// taken is how long the run has taken by now, with those before it.
func (w *Writer) taken() time.Duration {
	if w.began.IsZero() {
		return w.earlier
	}
	return w.earlier + time.Since(w.began)
}

// snapshot is what the index files are made of.
type snapshot struct {
	report *report.Report // its results have neither traces nor logs
	layout *report.Layout
	places [][]place // of the results, by agent
}

// snapshot returns what there is by now of the results that are wanted. w.mu is
// held.
func (w *Writer) snapshot(wanted func(*entry) bool) *snapshot {
	r := w.head
	if r.Stopped == "" && !w.closed {
		r.Stopped = unfinished
	}
	if !w.ended {
		r.Took = w.taken()
	}
	s := &snapshot{report: &r, layout: w.layout.Clone()}
	for _, a := range w.agents {
		agent := a.about
		var places []place
		for _, e := range w.inOrder(a) {
			if wanted(e) {
				agent.Results = append(agent.Results, e.result)
				places = append(places, e.place)
			}
		}
		r.Agents, s.places = append(r.Agents, &agent), append(s.places, places)
	}
	return s
}

// inOrder returns the entries of an agent in the order of the cases.
func (w *Writer) inOrder(a *agentFiles) []*entry {
	return slices.SortedFunc(maps.Values(a.entries), func(x, y *entry) int {
		return cmp.Compare(w.places[x.result.Case.ID], w.places[y.result.Case.ID])
	})
}

// unfinished is what a report says of a run that has not come to its end.
const unfinished = "the run has not ended, or it was killed"

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

// How often index files are written: every updateEvery, or so rarely that it takes
// no more than one part in updateShare of the time.
const (
	updateEvery = time.Second
	updateShare = 20
)
