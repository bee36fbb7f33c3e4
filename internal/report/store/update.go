package store

import (
	"bufio"
	"bytes"
	"cmp"
	"encoding/json"
	"github.com/wscheck/wscheck/internal/report"
	"github.com/wscheck/wscheck/internal/report/page"
	"github.com/wscheck/wscheck/internal/report/sink"
	"io"
	"maps"
	"os"
	"slices"
	"time"
)

// How often index files are written: every updateEvery, or so rarely that it takes
// no more than one part in updateShare of the time.
const (
	updateEvery = time.Second
	updateShare = 20
)

// unfinished is what a report says of a run that has not come to its end.
const unfinished = "the run has not ended, or it was killed"

// touch sees to it that the index files are written soon. w.mu is held.
func (w *Writer) touch() {
	w.dirty = true
	switch {
	case w.armed || w.closed || w.still:
		return
	case w.timer == nil:
		w.timer = time.AfterFunc(w.wait, w.updateLate)
	default:
		w.timer.Reset(w.wait)
	}
	w.armed = true
}

// updateLate is what the timer calls. What goes wrong is told by Flush or Close,
// which try again.
func (w *Writer) updateLate() {
	began := time.Now()
	err := w.update()
	w.mu.Lock()
	defer w.mu.Unlock()
	w.armed = false
	w.wait = max(updateEvery, updateShare*time.Since(began))
	if w.dirty && err == nil {
		w.touch()
	}
}

// Flush brings the index files up to date.
func (w *Writer) Flush() error {
	return w.failed(w.update())
}

// Close writes what is not written yet. The report is complete then; where it
// could not be written, the journal stays. Nothing can be added any more.
func (w *Writer) Close() error {
	w.mu.Lock()
	if w.closed {
		w.mu.Unlock()
		return nil
	}
	w.closed, w.dirty = true, true
	if w.timer != nil {
		w.timer.Stop()
	}
	if !w.ended {
		w.head.Took, w.ended = w.taken(), true
	}
	err := w.makeRoom(0)
	w.mu.Unlock()
	defer w.leave()
	if err == nil {
		err = w.redraw()
	}
	if err == nil {
		err = w.update()
	}
	switch {
	case err == nil:
		err = w.journal.remove()
	case w.still:
		_ = w.journal.remove() // there is nothing to go on with
	default:
		w.journal.file.Close()
	}
	return w.failed(err)
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

// update writes the index files, if they do not have it all.
func (w *Writer) update() error {
	w.updating.Lock()
	defer w.updating.Unlock()
	w.mu.Lock()
	if !w.dirty {
		w.mu.Unlock()
		return nil
	}
	s := w.snapshot(func(*entry) bool { return true })
	w.dirty = false
	w.mu.Unlock()

	err := w.writeIndex(s)
	if err != nil {
		w.mu.Lock()
		w.dirty = true
		w.mu.Unlock()
	}
	return err
}

func (w *Writer) writeIndex(s *snapshot) error {
	var b bytes.Buffer
	if err := page.WriteIndex(&b, s.report, s.layout); err != nil {
		return err
	}
	if err := writeFile(w.root, "index.html", b.Bytes()); err != nil {
		return err
	}
	failed, err := page.FailedList(s.report, s.layout)
	if err != nil {
		return err
	}
	if err := writeFile(w.root, page.FailedName, failed); err != nil {
		return err
	}
	if err := replaceFile(w.root, report.FileName, func(f *os.File) error { return w.writeDocument(f, s) }); err != nil {
		return err
	}
	return writeFile(w.root, "index.json", sink.AutobahnIndex(s.report, s.layout))
}

// writeDocument writes the machine-readable form, for which the results are
// copied from the journal.
func (w *Writer) writeDocument(f *os.File, s *snapshot) error {
	out := bufio.NewWriterSize(f, 64<<10)
	if err := writeOpen(out, newDocument(s.report), "agents"); err != nil {
		return err
	}
	for i, agent := range s.report.Agents {
		if i > 0 {
			out.WriteByte(',')
		}
		if err := writeOpen(out, agent, "results"); err != nil {
			return err
		}
		for j, p := range s.places[i] {
			if j > 0 {
				out.WriteByte(',')
			}
			if _, err := io.Copy(out, w.journal.open(p)); err != nil {
				return err
			}
		}
		out.WriteString("]}")
	}
	out.WriteString("]}")
	return out.Flush()
}

// writeOpen writes v, which is a JSON object, with a further key whose value is
// an array that the caller fills. Errors of out are kept by it.
func writeOpen(out *bufio.Writer, v any, key string) error {
	object, err := json.Marshal(v)
	if err == nil {
		out.Write(object[:len(object)-1])
		out.WriteString(`,"` + key + `":[`)
	}
	return err
}
