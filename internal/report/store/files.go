package store

import (
	"bytes"
	"context"
	"os"
	"runtime"

	"github.com/wscheck/wscheck/internal/report"
	"github.com/wscheck/wscheck/internal/report/page"
	"github.com/wscheck/wscheck/internal/report/sink"
	"github.com/wscheck/wscheck/internal/wholefile"
	"github.com/wscheck/wscheck/internal/workers"
)

// sideBySide calls do for each item on all processors, since making files takes most
// of the time. It returns the first error, and stops there.
func sideBySide[T any](items []T, do func(T) error) error {
	ctx, cancel := context.WithCancelCause(context.Background())
	defer cancel(nil)
	workers.Each(ctx, len(items), min(runtime.GOMAXPROCS(0), 8), func(i int) {
		if err := do(items[i]); err != nil {
			cancel(err)
		}
	})
	return context.Cause(ctx)
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

// writeFile puts a file into its place in one step.
func writeFile(root *os.Root, name string, data []byte) error {
	return wholefile.Replace(root, name, func(f *os.File) error {
		_, err := f.Write(data)
		return err
	})
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
