package store

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
	"os"
	"time"

	"github.com/wscheck/wscheck/internal/catalogue"
	"github.com/wscheck/wscheck/internal/report"
	"github.com/wscheck/wscheck/internal/report/page"
	"github.com/wscheck/wscheck/internal/report/sink"
	"github.com/wscheck/wscheck/internal/wholefile"
)

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
	if err := wholefile.Replace(w.root, report.FileName, func(f *os.File) error { return w.writeDocument(f, s) }); err != nil {
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

// redrawing is a result whose files have to be written again.
type redrawing struct {
	job   *caseJob // its result lacks its trace and logs
	place place
}

// redraw writes the files again whose pages do not lead to the cases beside
// theirs, because one did not run or one came in between, and those that are
// stale.
func (w *Writer) redraw() error {
	w.mu.Lock()
	var all []redrawing
	for _, a := range w.agents {
		var ran []*catalogue.Case
		for _, e := range w.inOrder(a) {
			ran = append(ran, w.head.Cases[w.places[e.result.Case.ID]])
		}
		for i, c := range ran {
			var prev, next *catalogue.Case
			if i > 0 {
				prev = ran[i-1]
			}
			if i+1 < len(ran) {
				next = ran[i+1]
			}
			e := a.entries[c.ID]
			if !e.stale && e.at == w.places[c.ID] && e.prev == idOf(prev) && e.next == idOf(next) {
				continue
			}
			e.prev, e.next, e.stale = "", "", false
			all = append(all, redrawing{w.job(a, e.result, e, prev, next), e.place})
		}
	}
	w.mu.Unlock()
	return sideBySide(all, func(r redrawing) error {
		raw := make([]byte, r.place.size)
		if _, err := w.journal.file.ReadAt(raw, r.place.at); err != nil {
			return err
		}
		result, err := decodeResult(r.job.Result.Agent, raw)
		if err != nil {
			return err
		}
		result.Case, r.job.Result = r.job.Result.Case, result
		return r.job.write(w.root)
	})
}

func idOf(c *catalogue.Case) string {
	if c == nil {
		return ""
	}
	return c.ID
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
