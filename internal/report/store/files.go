package store

import (
	"bytes"
	"errors"
	"fmt"
	"github.com/wscheck/wscheck/internal/report"
	"github.com/wscheck/wscheck/internal/report/page"
	"github.com/wscheck/wscheck/internal/report/sink"
	"os"
	"runtime"
	"sync"
	"sync/atomic"
)

// WriteDir writes the report into the directory, which is made where it is
// missing:
//
//   - index.json and a JSON file per case and agent, in the form of
//     Autobahn|Testsuite and with its cases alone;
//   - wscheck.json, everything in one file, which [Load] reads (see [FileName]);
//   - index.html, with nothing outside it, and a page per case and agent, with a
//     style sheet and scripts that the pages share (wscheck-*.css, wscheck-*.js).
//
// A file is written under a temporary name and then renamed, so that a reader
// never finds half of one; index.json comes last. The files of an earlier report
// are taken away, see [Create]. Nothing outside the directory is written, whatever
// the agents and cases are called.
//
// A [Writer] writes the same files while the run goes on.
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

// addAll adds all results of a report.
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

// sideBySide does what is to be done with each item on all processors: most of
// the time goes into making files.
func sideBySide[T any](items []T, do func(T) error) error {
	next := make(chan T)
	errs := make([]error, min(runtime.GOMAXPROCS(0), 8))
	var wg sync.WaitGroup
	for worker := range errs {
		wg.Go(func() {
			for item := range next {
				if errs[worker] == nil { // else the channel is only emptied
					errs[worker] = do(item)
				}
			}
		})
	}
	for _, item := range items {
		next <- item
	}
	close(next)
	wg.Wait()
	return errors.Join(errs...)
}

// caseJob is the files of a result.
type caseJob struct {
	page.Case
	number int    // Autobahn's number of the case
	file   string // without its extension
}

// write writes the page of the result and, if Autobahn has the case, its JSON
// file.
func (job *caseJob) write(root *os.Root) error {
	var b bytes.Buffer
	if id, ok := report.AutobahnID(job.Result.Case); ok && job.Result.Record != nil {
		b.Write(sink.AutobahnCase(b.AvailableBuffer(), job.Report.Role, job.Name, id, job.number, job.Result))
		if err := writeFile(root, job.file+".json", b.Bytes()); err != nil {
			return err
		}
	}
	b.Reset()
	if err := page.WriteCase(&b, &job.Case); err != nil {
		return err
	}
	return writeFile(root, job.file+".html", b.Bytes())
}

// temporaries numbers the temporary files of this process, so that several
// reports can be on their way into one directory.
var temporaries atomic.Uint64

// temporaryName is a name of its own for a file that will have another one.
func temporaryName(name string) string {
	return fmt.Sprintf(".%d.%d.%s", os.Getpid(), temporaries.Add(1), name)
}

// writeFile puts a file into its place in one step.
func writeFile(root *os.Root, name string, data []byte) error {
	return replaceFile(root, name, func(f *os.File) error {
		_, err := f.Write(data)
		return err
	})
}

// replaceFile is writeFile for what write writes.
func replaceFile(root *os.Root, name string, write func(*os.File) error) error {
	temporary := temporaryName(name)
	f, err := root.OpenFile(temporary, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	if err != nil {
		return err
	}
	err = write(f)
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	if err == nil {
		err = root.Rename(temporary, name)
	}
	if err != nil {
		root.Remove(temporary) // the error that counts is the first one
	}
	return err
}

// writeShared writes what the pages of cases share.
func writeShared(root *os.Root) error {
	for name, text := range page.SharedFiles() {
		if err := writeFile(root, name, []byte(text)); err != nil {
			return err
		}
	}
	return nil
}
