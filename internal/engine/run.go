package engine

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/wscheck/wscheck/internal/catalogue"
	"github.com/wscheck/wscheck/internal/report"
	"github.com/wscheck/wscheck/internal/report/store"
	"github.com/wscheck/wscheck/oracle"
)

// Run plays the configured cases with a peer and returns what was found. A
// peer that breaks every rule is not an error; one that cannot be reached is an
// [*UnreachableError], and the report says so too. When ctx ends, Run returns
// the report of what was played by then, and its Stopped says why.
func Run(ctx context.Context, target Target, config *Config) (*Report, error) {
	return RunAll(ctx, []Target{target}, config)
}

// RunAll is Run for several peers, one after the other, in one report. The
// errors of unreachable peers are joined.
func RunAll(ctx context.Context, targets []Target, config *Config) (*Report, error) {
	if config == nil {
		config = new(Config)
	}
	if err := config.check(); err != nil {
		return nil, err
	}
	if len(targets) == 0 {
		return nil, errors.New("no target: there is nothing to test")
	}
	for _, t := range targets {
		if t.role() != targets[0].role() {
			return nil, errors.New("servers and clients cannot be tested in one run")
		}
		if err := t.check(); err != nil {
			return nil, err
		}
	}
	cases, err := config.selectedCases(targets[0].role().Peer())
	if err != nil {
		return nil, err
	}
	if err := config.checkSelected(cases); err != nil {
		return nil, err
	}
	if config.Quick {
		cases = quick(cases)
	}
	r := &Report{Role: targets[0].role().Peer(), Started: time.Now(), Judge: config.decidingJudge(), Quick: config.Quick, Cases: cases, Shards: config.Shard.Parts(), Dir: config.ReportDir}
	playable := len(slices.DeleteFunc(slices.Clone(cases), func(cs *catalogue.Case) bool { return config.unsupported(cs) != "" }))
	progress := &progressMeter{config: config, total: playable * len(targets)}
	if config.ReportDir != "" {
		if progress.writer, err = store.Create(config.ReportDir, r); err != nil {
			return nil, err
		}
	}
	var errs []error
	for _, t := range targets {
		agent, err := t.run(ctx, config, cases, progress)
		if agent != nil {
			r.Agents = append(r.Agents, agent)
		}
		if err != nil {
			errs = append(errs, err)
		}
		if ctx.Err() != nil {
			r.Stopped = context.Cause(ctx).Error()
			break
		}
		if config.FailFast && r.Failed() {
			r.Stopped = "ended with the first case that failed"
			break
		}
	}
	r.Took = time.Since(r.Started)
	if err := progress.complete(r); err != nil {
		errs = append(errs, err)
	}
	return r, errors.Join(errs...)
}

// Difference is a case whose verdicts over two carriers differ, with one server: one
// of the two is wrong.
type Difference struct {
	Case          string
	First, Second string // the outcome, and the clauses that are broken
	Fails         bool   // over one of them alone
}

// Differences returns the cases in which two agents of a report differ, in the order
// of the report. A case that was played with one of them alone is left out, and so
// is one that was not decided in time.
func Differences(first, second *report.Agent) (differ []Difference) {
	other := make(map[string]*report.Result, len(second.Results))
	for _, r := range second.Results {
		other[r.Case.ID] = r
	}
	for _, a := range first.Results {
		b := other[a.Case.ID]
		if b == nil || a.RFC.Outcome == oracle.Slow || b.RFC.Outcome == oracle.Slow {
			continue
		}
		ours, theirs := summaryOf(a), summaryOf(b)
		if ours == theirs {
			continue
		}
		fails := a.RFC.Outcome == oracle.Violation
		differ = append(differ, Difference{Case: a.Case.ID, First: ours, Second: theirs, Fails: fails != (b.RFC.Outcome == oracle.Violation)})
	}
	return differ
}

// summaryOf is the outcome of a result, and the clauses that it breaks.
func summaryOf(r *report.Result) string {
	ids := []string{}
	for _, id := range brokenClauses(r.RFC) {
		ids = append(ids, string(id))
	}
	if len(ids) == 0 {
		return r.RFC.Outcome.String()
	}
	slices.Sort(ids)
	return r.RFC.Outcome.String() + " of " + strings.Join(ids, ", ")
}
