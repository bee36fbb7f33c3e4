package engine

import (
	"cmp"
	"errors"
	"fmt"
	"sync"

	"github.com/wscheck/wscheck/internal/report"
	"github.com/wscheck/wscheck/internal/report/store"
)

// progressMeter counts cases over all targets of a run, and writes their results
// as they come.
type progressMeter struct {
	config *Config
	writer *store.Writer // nil: nothing is written

	mu          sync.Mutex
	done, total int
	agents      map[string]bool // by name
	err         error           // of the first result that could not be written
}

// join adds an agent, under a name that none before it has.
func (p *progressMeter) join(agent *report.Agent) {
	p.mu.Lock()
	defer p.mu.Unlock()
	name := agent.Name
	for n := 2; p.agents[agent.Name]; n++ {
		agent.Name = fmt.Sprintf("%s (%d)", name, n)
	}
	if p.agents == nil {
		p.agents = map[string]bool{}
	}
	p.agents[agent.Name] = true
	if p.writer != nil {
		p.writer.Describe(agent)
	}
}

func (p *progressMeter) complete(r *Report) error {
	if p.writer == nil {
		return nil
	}
	p.writer.Update(r)
	return errors.Join(p.err, p.writer.Close())
}

func (p *progressMeter) add(agent string, r *report.Result) {
	var err error
	if p.writer != nil {
		err = p.writer.Add(agent, r)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.err = cmp.Or(p.err, err)
	p.done++
	if p.config.Progress != nil {
		p.config.Progress(Progress{Agent: agent, Result: r, Judge: p.config.decidingJudge(), Done: p.done, Total: p.total})
	}
}
