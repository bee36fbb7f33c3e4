package engine

import (
	"sync"

	"github.com/wscheck/wscheck/oracle"
)

// companions are the conversations of a case on connections besides the one that
// is judged: see [catalogue.Case.Beside].
type companions struct {
	wg   sync.WaitGroup
	turn chan struct{} // in a bubble: see [link.MemLink.TakeTurns]
	runs []*peerRun

	mu       sync.Mutex
	findings []oracle.Finding
}

// take keeps what is seen to be wrong in a conversation that is over.
func (o *companions) take(c *conversation) {
	v := c.verdict()
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, f := range v.Findings {
		if f.Outcome == oracle.Violation && f.Basis == oracle.Seen {
			o.findings = append(o.findings, f)
		}
	}
}

// join waits for the conversations to end. What was wrong in them is part of the
// verdict on c.
func (o *companions) join(c *conversation) {
	if o == nil {
		return
	}
	if o.turn != nil {
		<-o.turn
	}
	o.wg.Wait()
	c.besides = o.findings
}

func (o *companions) cancelClients() {
	if o == nil {
		return
	}
	for _, run := range o.runs {
		run.cancel()
	}
}
