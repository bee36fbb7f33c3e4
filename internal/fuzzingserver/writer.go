package fuzzingserver

import (
	"sync"
	"time"

	"github.com/wscheck/wscheck/internal/report"
	"github.com/wscheck/wscheck/internal/report/store"
)

// writer writes the report as cases end, or nothing where there is no directory
// for it.
type writer struct {
	to    *store.Writer // nil for none
	blank *report.Report

	mu     sync.Mutex
	failed error // the first that went wrong with a case's files
}

// newWriter begins the report in the directory, or continues the one that is
// there. It has room for so many agents.
func newWriter(dir string, blank *report.Report, agents int) (*writer, error) {
	w := &writer{blank: blank}
	if dir == "" {
		return w, nil
	}
	var err error
	if w.to, err = store.Open(dir, blank); err == nil {
		w.to.Bound(agents)
	}
	return w, err
}

// writes reports whether what is added can be read from files.
func (w *writer) writes() bool { return w.to != nil }

func (w *writer) add(agent string, r *report.Result) error {
	if w.to == nil {
		return nil
	}
	err := w.to.Add(agent, r)
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.failed == nil {
		w.failed = err
	}
	return err
}

// flush brings the files up to date.
func (w *writer) flush() error {
	if w.to == nil {
		return nil
	}
	return w.to.Flush()
}

// close is flush for the last time. Its error may be one of long ago.
func (w *writer) close() error {
	if w.to == nil {
		return nil
	}
	last := *w.blank
	last.Took = time.Since(last.Started)
	w.to.Update(&last)
	err := w.to.Close()
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.failed != nil {
		return w.failed
	}
	return err
}
