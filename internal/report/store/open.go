package store

import (
	"errors"
	"fmt"
	"github.com/wscheck/wscheck/internal/report"
	"io/fs"
	"os"
	"path/filepath"
)

// Open is [Create] for a directory whose report is to be added to: what is there
// of other agents and other cases stays. Where there is none, it is made. A
// report of the other role, one that is not of this program, and one that cannot
// be read are errors that say so, and stay as they are.
func Open(dir string, r *report.Report) (*Writer, error) {
	there, _, err := openReport(dir)
	switch {
	case err == nil:
		there.Close()
	case !errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("reading a report: %w", err)
	default:
		if _, err := os.Lstat(filepath.Join(dir, "index.json")); err == nil {
			return nil, fmt.Errorf("%s has a report of another program, which cannot be added to: give another directory, or remove it", dir)
		}
		return Create(dir, r)
	}

	head := *r
	head.Cases, head.Agents = nil, nil
	w, err := newWriter(dir, &head)
	if err != nil {
		return nil, fmt.Errorf("writing a report: %w", err)
	}
	if err := w.resume(r); err != nil {
		w.leave()
		return nil, err
	}
	return w, nil
}

// resume makes a journal of what is there and of r, and lets it take its place.
func (w *Writer) resume(r *report.Report) error {
	var err error
	if w.journal, err = startJournal(w.root, newDocument(&w.head)); err != nil {
		return w.failed(err)
	}
	there, err := w.adopt(w.dir, false, nil)
	if err == nil {
		w.goOn(there)
		err = w.addCases(r.Cases)
	}
	if err == nil {
		err = w.describe(r.Agents)
	}
	if err == nil {
		err = w.noteHead()
	}
	if err == nil {
		err = w.sweep()
	}
	if err == nil {
		err = w.journal.settle()
	}
	if err == nil {
		err = writeShared(w.root)
	}
	if err != nil {
		return errors.Join(err, w.journal.remove())
	}
	return nil
}

// goOn makes the head that of a run which follows the one that is there, whose
// pages stay where this writer would write the same.
func (w *Writer) goOn(there *source) {
	r := there.report
	w.head.Started = earlier(w.head.Started, r.Started)
	w.head.Quick = w.head.Quick || r.Quick
	w.head.Shards = joinShards(w.head.Shards, r.Shards)
	w.earlier = r.Took
	w.head.LeftOut += r.LeftOut
	if there.killed || r.Judge != w.head.Judge {
		return
	}
	places := make(map[string]int, len(r.Cases))
	for i, c := range r.Cases {
		places[c.ID] = i
	}
	for i, agent := range r.Agents {
		for k, result := range agent.Results {
			e := w.agents[i].entries[result.Case.ID]
			e.stale, e.at = false, places[result.Case.ID]
			if k > 0 {
				e.prev = agent.Results[k-1].Case.ID
			}
			if k+1 < len(agent.Results) {
				e.next = agent.Results[k+1].Case.ID
			}
		}
	}
}
