package main

import (
	"fmt"
	"io"
	"os"
	"sync/atomic"
	"time"

	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"

	"github.com/wscheck/wscheck/internal/blackbox"
	"github.com/wscheck/wscheck/internal/plural"
)

// fuzzMeter shows how random conversations get on: a bar on a terminal, a line
// every few seconds elsewhere.
type fuzzMeter struct {
	w        io.Writer
	duration time.Duration
	scripts  int
	progress *mpb.Progress
	bar      *mpb.Bar
	stats    atomic.Pointer[blackbox.Stats]
	last     time.Time
}

func newFuzzMeter(w *os.File, duration time.Duration, scripts int) *fuzzMeter {
	m := &fuzzMeter{w: w, duration: duration, scripts: scripts, last: time.Now()}
	m.stats.Store(new(blackbox.Stats))
	if isTerminal(w) {
		m.progress = mpb.New(mpb.WithOutput(w), mpb.WithWidth(32), mpb.WithRefreshRate(100*time.Millisecond))
		m.bar = m.progress.AddBar(barWhole,
			mpb.BarRemoveOnComplete(),
			mpb.PrependDecorators(decor.Elapsed(decor.ET_STYLE_GO)),
			mpb.AppendDecorators(decor.Any(func(decor.Statistics) string { return fuzzLine(m.stats.Load()) })),
		)
	}
	return m
}

// barWhole is the length of a bar that is full.
const barWhole = 1000

// show takes the figures.
func (m *fuzzMeter) show(s blackbox.Stats) {
	m.stats.Store(&s)
	if m.bar != nil {
		m.bar.SetCurrent(int64(barWhole * m.share(&s)))
		return
	}
	if now := time.Now(); now.Sub(m.last) >= lineEvery {
		m.last = now
		fmt.Fprintln(m.w, fuzzLine(&s))
	}
}

// share is how much of the run is done, if it has an end.
func (m *fuzzMeter) share(s *blackbox.Stats) float64 {
	var share float64
	if m.duration > 0 {
		share = s.Took.Seconds() / m.duration.Seconds()
	}
	if m.scripts > 0 {
		share = max(share, float64(s.Conversations+s.Skipped)/float64(m.scripts))
	}
	return min(share, 0.999) // a full bar is taken away
}

func fuzzLine(s *blackbox.Stats) string {
	line := fmt.Sprintf("%d %s, %.0f a second, %d of %d clauses, %d broken",
		s.Conversations, plural.Noun(s.Conversations, "conversation"), s.PerSecond(), s.Reached(), s.Visible, len(s.Findings))
	if s.Open > 0 {
		line += fmt.Sprintf(" (%d looked into)", s.Open)
	}
	if s.Deaths > 0 {
		line += ", died " + times(s.Deaths)
	}
	return line
}

// done takes the bar away.
func (m *fuzzMeter) done() {
	if m.bar != nil {
		m.bar.Abort(true)
		m.progress.Wait()
	}
}
