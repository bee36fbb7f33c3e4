package report

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"runtime"
	"sync"
	"sync/atomic"

	"github.com/wscheck/wscheck/wsproto"
)

// WriteDir writes the report into the directory, which is made where it is
// missing:
//
//   - index.json and a JSON file per case and agent, in the form of
//     Autobahn|Testsuite and with its cases alone;
//   - wscheck.json, everything in one file, which [Load] reads (see [FileName]);
//   - index.html and a page per case and agent, each on its own, with no outside
//     resource.
//
// A file is written under a temporary name and then renamed, so that a reader
// never finds half of one; index.json comes last. Files of an earlier run that
// this report does not have stay. Nothing outside the directory is written,
// whatever the agents and cases are called.
func WriteDir(dir string, r *Report) error {
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return fmt.Errorf("writing the report: %w", err)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return fmt.Errorf("writing the report: %w", err)
	}
	defer root.Close()
	if err := writeAll(root, clipReport(r)); err != nil {
		return fmt.Errorf("writing the report into %s: %w", dir, err)
	}
	return nil
}

// writeAll writes the files of a clipped report.
func writeAll(root *os.Root, r *Report) error {
	l := newLayout(r)
	if err := writeCases(root, r, l); err != nil {
		return err
	}
	var b bytes.Buffer
	if err := renderIndex(&b, r, l); err != nil {
		return err
	}
	if err := writeFile(root, "index.html", b.Bytes()); err != nil {
		return err
	}
	document, err := json.Marshal(newDocument(r))
	if err != nil {
		return err
	}
	if err := writeFile(root, FileName, document); err != nil {
		return err
	}
	return writeFile(root, "index.json", autobahnIndex(r, l))
}

// caseWriter writes the files of single cases. One goroutine uses it.
type caseWriter struct {
	root    *os.Root
	report  *Report
	numbers map[string]int // Autobahn's, by case id
	buffer  bytes.Buffer
}

// caseJob is one result and its place among its agent's.
type caseJob struct {
	agent  *Agent
	layout *agentLayout
	ran    []*Result // in the order of the cases
	at     int       // index into ran
}

// writeCases writes the files of the single cases, side by side: most of the
// time goes into making files.
func writeCases(root *os.Root, r *Report, l *layout) error {
	cases, numbers := allCases(r), caseNumbers(r)
	jobs := make(chan caseJob)
	errs := make([]error, min(runtime.GOMAXPROCS(0), 8))
	var wg sync.WaitGroup
	for worker := range errs {
		wg.Go(func() {
			w := &caseWriter{root: root, report: r, numbers: numbers}
			for job := range jobs {
				if errs[worker] == nil { // else the channel is only emptied
					errs[worker] = w.write(job)
				}
			}
		})
	}
	for i := range l.agents {
		a := &l.agents[i]
		ran := a.inOrder(cases)
		for at := range ran {
			jobs <- caseJob{agent: r.Agents[i], layout: a, ran: ran, at: at}
		}
	}
	close(jobs)
	wg.Wait()
	return errors.Join(errs...)
}

// write writes the page of the result and, if Autobahn has the case, its JSON
// file.
func (w *caseWriter) write(job caseJob) error {
	result := job.ran[job.at]
	caseID := result.Case.ID
	file := job.layout.files[caseID]
	if id, ok := autobahnID(result.Case); ok && result.Record != nil {
		w.buffer.Reset()
		w.buffer.Write(autobahnCase(w.buffer.AvailableBuffer(), w.report.Role, job.layout.name, id, w.numbers[caseID], result))
		if err := writeFile(w.root, file+".json", w.buffer.Bytes()); err != nil {
			return err
		}
	}
	w.buffer.Reset()
	if err := renderCase(&w.buffer, w.report, job); err != nil {
		return err
	}
	return writeFile(w.root, file+".html", w.buffer.Bytes())
}

// caseNumbers returns Autobahn's number of each case by its id. Its fuzzing
// client counts within all of its cases, its fuzzing server within the selected
// ones.
func caseNumbers(r *Report) map[string]int {
	numbers := make(map[string]int, len(r.Cases))
	selected := 0
	for _, c := range allCases(r) {
		if _, ok := autobahnID(c); !ok {
			continue
		}
		selected++
		numbers[c.ID] = c.Number
		if r.Role == wsproto.Server {
			numbers[c.ID] = selected
		}
	}
	return numbers
}

// temporaries numbers the temporary files of this process, so that several
// reports can be on their way into one directory.
var temporaries atomic.Uint64

// writeFile puts a file into its place in one step.
func writeFile(root *os.Root, name string, data []byte) error {
	temporary := fmt.Sprintf(".%d.%d.%s", os.Getpid(), temporaries.Add(1), name)
	err := root.WriteFile(temporary, data, 0o666)
	if err == nil {
		err = root.Rename(temporary, name)
	}
	if err != nil {
		root.Remove(temporary) // the error that counts is the first one
	}
	return err
}
