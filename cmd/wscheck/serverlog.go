package main

import (
	"fmt"
	"io"
	"sync"

	"github.com/wscheck/wscheck/internal/autobahn"
	"github.com/wscheck/wscheck/internal/engine"
	"github.com/wscheck/wscheck/internal/report"
)

// serverLog prints a line as each case ends. Clients come side by side and as
// they please, so that no bar could show how far they are.
type serverLog struct {
	mu    sync.Mutex
	out   io.Writer
	quiet bool // failures alone
}

// progress reports a case that has ended.
func (l *serverLog) progress(p engine.Progress) {
	if l.quiet && !p.Result.Failed(p.Judge) {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	fmt.Fprintf(l.out, "%q %d/%d %s: %s\n", p.Agent, p.Done, p.Total, p.Result.Case.ID, verdictWord(p.Result, p.Judge))
}

// notice prints a line about something else.
func (l *serverLog) notice(line string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	fmt.Fprintf(l.out, "wscheck: %s\n", line)
}

// verdictWord is the verdict on a result in a word or two.
func verdictWord(r *report.Result, judge report.Judge) string {
	if judge != report.JudgeAutobahn || r.Record == nil {
		return r.RFC.Outcome.String()
	}
	if r.Failed(judge) && r.Record.Behavior != autobahn.Failed {
		return string(r.Record.BehaviorClose) + " on close"
	}
	return string(r.Record.Behavior)
}
