package main

import (
	"fmt"
	"os"
	"sync/atomic"
	"time"

	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"

	"github.com/wscheck/wscheck/internal/blackbox"
	"github.com/wscheck/wscheck/internal/plural"
)

// fuzzMeter shows how random conversations get on.
type fuzzMeter struct {
	meter
	duration time.Duration
	scripts  int
	stats    atomic.Pointer[blackbox.Stats]
}

func newFuzzMeter(w *os.File, duration time.Duration, scripts int) *fuzzMeter {
	m := &fuzzMeter{duration: duration, scripts: scripts}
	m.stats.Store(new(blackbox.Stats))
	m.meter = newMeter(w, 32, barWhole,
		mpb.PrependDecorators(decor.Elapsed(decor.ET_STYLE_GO)),
		mpb.AppendDecorators(decor.Any(func(decor.Statistics) string { return fuzzLine(m.stats.Load()) })))
	return m
}

// barWhole is the length of a bar that is full.
const barWhole = 1000

// take takes the figures.
func (m *fuzzMeter) take(s blackbox.Stats) {
	m.stats.Store(&s)
	m.show(int(barWhole*m.share(&s)), func() string { return fuzzLine(&s) })
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
