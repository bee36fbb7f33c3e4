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
	w        *os.File
	progress *mpb.Progress
	bar      *mpb.Bar
	last     time.Time
}

// lineEvery is the time between two lines of progress in a log.
const lineEvery = 5 * time.Second

// newMeter returns a meter whose bar is so many columns wide, and full at total.
func newMeter(w *os.File, columns, total int, decorators ...mpb.BarOption) meter {
	m := meter{w: w, last: time.Now()}
	if isTerminal(w) {
		m.progress = mpb.New(mpb.WithOutput(w), mpb.WithWidth(columns), mpb.WithRefreshRate(100*time.Millisecond))
		m.bar = m.progress.AddBar(int64(total), append(decorators, mpb.BarRemoveOnComplete())...)
	}
	return m
}

// newCounter returns a meter that counts to total.
func newCounter(w *os.File, total int, noun string, more ...decor.Decorator) meter {
	return newMeter(w, 48, total,
		mpb.PrependDecorators(decor.CountersNoUnit("%d/%d "+plural.Noun(total, noun))),
		mpb.AppendDecorators(append([]decor.Decorator{decor.Elapsed(decor.ET_STYLE_GO)}, more...)...))
}

// show sets the bar to done, or prints the line if it is time for one.
func (m *meter) show(done int, line func() string) {
	if m.bar != nil {
		m.bar.SetCurrent(int64(done))
		return
	}
	if now := time.Now(); now.Sub(m.last) >= lineEvery {
		m.last = now
		fmt.Fprintln(m.w, line())
	}
}

// done takes the bar away.
func (m *meter) done() {
	if m.bar != nil {
		m.bar.Abort(true)
		m.progress.Wait()
	}
}

// caseMeter shows how many cases are done, and how many of them failed.
type caseMeter struct {
	meter
	width  int // of the terminal, 0 elsewhere
	failed int
}

func newCaseMeter(w *os.File, total int) *caseMeter {
	m := new(caseMeter)
	m.meter = newCounter(w, total, "case", decor.Any(func(decor.Statistics) string {
		if m.failed == 0 {
			return ""
		}
		return fmt.Sprintf("  %d failed", m.failed)
	}))
	if m.bar != nil {
		m.width, _, _ = cwriter.GetSize(int(w.Fd()))
	}
	return m
}

// preflight prints what is known of a peer before its cases are played: above the
// bar, where there is one.
func (m *caseMeter) preflight(p engine.Preflight) {
	var w io.Writer = m.w
	if m.progress != nil {
		w = m.progress
	}
	fmt.Fprintln(w, visible.Fold(p.String(), 0, m.width))
}

// add counts a case that has ended.
func (m *caseMeter) add(p engine.Progress) {
	if p.Result.Failed(p.Judge) {
		m.failed++
	}
	m.show(p.Done, func() string { return fmt.Sprintf("%d of %s, %d failed", p.Done, plural.Of(p.Total, "case"), m.failed) })
}

// colorAllowed reports whether colors are not forbidden: see no-color.org.
func colorAllowed() bool { return os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb" }

func isTerminal(f *os.File) bool { return cwriter.IsTerminal(int(f.Fd())) }
