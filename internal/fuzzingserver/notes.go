package fuzzingserver

import (
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/wscheck/wscheck/internal/catalogue"
	"github.com/wscheck/wscheck/internal/engine"
	"github.com/wscheck/wscheck/internal/report"
	"github.com/wscheck/wscheck/internal/visible"
)

// notes call the config's functions, one call at a time.
type notes struct {
	config  *Config
	cases   []*catalogue.Case
	started time.Time
	warned  seldom // that there are too many connections
	turned  seldom // that a request is refused

	mu sync.Mutex
}

// notice passes a line to Config.Notice, if there is one.
func (n *notes) notice(format string, args ...any) {
	if n.config.Notice == nil {
		return
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	n.config.Notice(visible.Plain(fmt.Sprintf(format, args...)))
}

// noticeSeldom is notice for what anybody can cause: once in a while.
func (n *notes) noticeSeldom(s *seldom, format string, args ...any) {
	if s.due(n.started) {
		n.notice(format, args...)
	}
}

// progress reports the result of an agent that now has so many.
func (n *notes) progress(agent string, r *report.Result, done int) {
	if n.config.Progress == nil {
		return
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	n.config.Progress(engine.Progress{Agent: agent, Result: r, Judge: n.config.Judge, Done: done, Total: len(n.cases)})
}

// updated reports that an agent has its report.
func (n *notes) updated(agent string) {
	if n.config.Updated == nil {
		return
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	n.config.Updated(agent)
}

// seldom keeps notices of one kind apart: anybody can cause them. It holds when
// the last one was, in nanoseconds.
type seldom struct{ atomic.Int64 }

// noticeEvery is the time between two notices of one kind.
const noticeEvery = time.Second

// due reports whether it is time for a notice.
func (s *seldom) due(started time.Time) bool {
	now, last := time.Since(started), s.Load()
	return (last == 0 || now-time.Duration(last) >= noticeEvery) && s.CompareAndSwap(last, max(1, int64(now)))
}
