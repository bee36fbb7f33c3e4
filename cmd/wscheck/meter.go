package main

import (
	"fmt"
	"io"
	"os"
	"time"

	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/cwriter"
	"github.com/vbauerster/mpb/v8/decor"

	"github.com/wscheck/wscheck/internal/engine"
	"github.com/wscheck/wscheck/internal/plural"
	"github.com/wscheck/wscheck/internal/visible"
)

// meter shows how a run gets on: a bar on a terminal, a line every few seconds
// elsewhere.
type meter struct {
	w        io.Writer
	width    int // of the terminal, 0 elsewhere
	total    int
	failed   int
	progress *mpb.Progress
	bar      *mpb.Bar
	last     time.Time
}

// lineEvery is the time between two lines of progress in a log.
const lineEvery = 5 * time.Second

func newMeter(w *os.File, total int) *meter {
	m := &meter{w: w, total: total, last: time.Now()}
	if isTerminal(w) {
		m.width, _, _ = cwriter.GetSize(int(w.Fd()))
		m.progress = mpb.New(mpb.WithOutput(w), mpb.WithWidth(48), mpb.WithRefreshRate(100*time.Millisecond))
		m.bar = m.progress.AddBar(int64(total),
			mpb.BarRemoveOnComplete(),
			mpb.PrependDecorators(decor.CountersNoUnit("%d/%d "+plural.Noun(total, "case"))),
			mpb.AppendDecorators(decor.Elapsed(decor.ET_STYLE_GO), decor.Any(func(decor.Statistics) string {
				if m.failed == 0 {
					return ""
				}
				return fmt.Sprintf("  %d failed", m.failed)
			})),
		)
	}
	return m
}

// preflight prints what is known of a peer before its cases are played: above the
// bar, where there is one.
func (m *meter) preflight(p engine.Preflight) {
	w := m.w
	if m.progress != nil {
		w = m.progress
	}
	fmt.Fprintln(w, visible.Fold(p.String(), 0, m.width))
}

// add counts a case that has ended.
func (m *meter) add(p engine.Progress) {
	if p.Result.Failed(p.Judge) {
		m.failed++
	}
	if m.bar != nil {
		m.bar.SetCurrent(int64(p.Done))
		return
	}
	if now := time.Now(); now.Sub(m.last) >= lineEvery {
		m.last = now
		fmt.Fprintf(m.w, "%d of %s, %d failed\n", p.Done, plural.Of(p.Total, "case"), m.failed)
	}
}

// done takes the bar away.
func (m *meter) done() {
	if m.bar != nil {
		m.bar.Abort(true)
		m.progress.Wait()
	}
}

// colorAllowed reports whether colors are not forbidden: see no-color.org.
func colorAllowed() bool { return os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb" }

func isTerminal(f *os.File) bool { return cwriter.IsTerminal(int(f.Fd())) }
