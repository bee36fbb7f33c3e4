package store

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/wscheck/wscheck/internal/report"
)

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

// begin starts the journal and lets it take the place of an earlier one.
func (w *Writer) begin() error {
	var err error
	if w.journal, err = startJournal(w.root, newDocument(&w.head)); err != nil {
		return err
	}
	for _, a := range w.agents {
		w.noteAgent(a)
	}
	if err := replaceEarlier(w.root, w.journal); err != nil {
		return errors.Join(err, w.journal.remove())
	}
	return nil
}

// WriteDir writes the report into the directory, which is made where it is
// missing:
//
//   - index.json and a JSON file per case and agent, in the form of
//     Autobahn|Testsuite and with its cases alone;
//   - wscheck.json, everything in one file, which [Load] reads (see [report.FileName]);
//   - index.html, with nothing outside it, and a page per case and agent, with a
//     style sheet and scripts that the pages share (wscheck-*.css, wscheck-*.js).
//
// A file is written under a temporary name and then renamed, so that a reader
// never finds half of one; index.json comes last. The files of an earlier report
// are taken away, see [Create]. Nothing outside the directory is written, whatever
// the agents and cases are called.
//
// A [Writer] writes the same files during a run.
func WriteDir(dir string, r *report.Report) error {
	head := *r
	head.Cases = report.AllCases(r)
	w, err := Create(dir, &head)
	if err != nil {
		return err
	}
	w.still, w.ended = true, true // all is there, and written in one go
	if err = w.addAll(r); err == nil {
		err = w.Close()
	} else {
		w.abandon()
	}
	if err != nil {
		return fmt.Errorf("writing the report into %s: %w", dir, err)
	}
	return nil
}

// abandon takes away the journal of a report that is not to be gone on with.
func (w *Writer) abandon() {
	_ = w.journal.remove() // the error that counts is the one before
	w.leave()
}

func (w *Writer) addAll(r *report.Report) error {
	type job struct {
		agent  *agentFiles
		result *report.Result
	}
	var jobs []job
	for i, agent := range r.Agents {
		a := w.agents[i]
		last := make(map[string]*report.Result, len(agent.Results))
		for _, result := range agent.Results {
			last[result.Case.ID] = result
		}
		a.planned = func(id string) bool { return last[id] != nil }
		for _, result := range agent.Results {
			if last[result.Case.ID] == result {
				jobs = append(jobs, job{a, result})
			}
		}
	}
	return sideBySide(jobs, func(j job) error { return w.add(j.agent, j.result) })
}

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
		w.addCases(r.Cases)
		w.describe(r.Agents)
		w.noteHead()
		err = sweep(w.root, w.journal)
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
