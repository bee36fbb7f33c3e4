package engine

import (
	"cmp"
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
	config = cmp.Or(config, new(Config))
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
	cases, err := config.selectedCases(targets[0].role().Peer(), false)
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
		agent, err := runTarget(ctx, t, config, cases, progress)
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
		if agent != nil && slices.ContainsFunc(agent.Results, func(result *report.Result) bool { return config.endsAt(agent, result) }) {
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

// Parity is a comparison of the two agents of a report. Each case is in one of its
// counts.
type Parity struct {
	Equal     int
	Differ    []Difference // in the order of the cases
	Unplayed  [2]int       // cases that were not played with the agent
	Undecided int          // cases that at least one of the two did not decide, or that neither showed anything in
}

// Compare compares the two agents of a report, case by case. A case that was played with
// neither counts for the first of them that it was not played with.
func Compare(r *report.Report) (p Parity) {
	var results [2]map[string]*report.Result
	for i := range results {
		results[i] = make(map[string]*report.Result, len(r.Agents[i].Results))
		for _, result := range r.Agents[i].Results {
			results[i][result.Case.ID] = result
		}
	}
	for _, cs := range report.AllCases(r) {
		a, b := results[0][cs.ID], results[1][cs.ID]
		switch {
		case a == nil:
			p.Unplayed[0]++
			continue
		case b == nil:
			p.Unplayed[1]++
			continue
		case !decided(a) || !decided(b) || a.RFC.Outcome == oracle.Inconclusive && b.RFC.Outcome == oracle.Inconclusive:
			p.Undecided++
			continue
		}
		ours, theirs := summaryOf(a), summaryOf(b)
		if ours == theirs {
			p.Equal++
			continue
		}
		fails := a.RFC.Outcome == oracle.Violation
		p.Differ = append(p.Differ, Difference{Case: cs.ID, First: ours, Second: theirs, Fails: fails != (b.RFC.Outcome == oracle.Violation)})
	}
	return p
}

func decided(r *report.Result) bool {
	return r.RFC.Outcome != oracle.Slow && r.RFC.Outcome != oracle.Undecidable
}

// summaryOf is the outcome of a result, and the clauses that it breaks.
func summaryOf(r *report.Result) string {
	ids := []string{}
	for _, id := range r.RFC.Broken() {
		ids = append(ids, string(id))
	}
	if len(ids) == 0 {
		return r.RFC.Outcome.String()
	}
	slices.Sort(ids)
	return r.RFC.Outcome.String() + " of " + strings.Join(ids, ", ")
}
