package drive

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/wscheck/wscheck/internal/autobahn"
	"github.com/wscheck/wscheck/internal/catalogue"
	"github.com/wscheck/wscheck/internal/engine"
	"github.com/wscheck/wscheck/internal/report"
	"github.com/wscheck/wscheck/internal/report/store"
	"github.com/wscheck/wscheck/oracle"
	"github.com/wscheck/wscheck/wsproto"
)

// Run plays the configured cases with the client that a command is, and returns
// what was found. A client that breaks every rule, or never comes, is not an error;
// a command that cannot be started is. When ctx ends, the first 16 starts all come to
// nothing, or the client was never seen to send a message, Run returns the report of what
// was played by then, and its Stopped says why.
func Run(ctx context.Context, config *Config) (*report.Report, error) {
	if err := config.check(); err != nil {
		return nil, err
	}
	cases, err := engine.Plan(wsproto.Client, &config.Config)
	switch {
	case err != nil:
		return nil, err
	case len(cases) == 0:
		return nil, errors.New("no case is selected")
	}
	r := &run{
		Config: config, cases: cases,
		report: report.Report{
			Role: wsproto.Server, Started: time.Now(), Judge: config.Judge, Quick: config.Quick,
			Cases: cases, Shards: config.Shard.Parts(), Dir: config.ReportDir,
		},
	}
	r.report.Judge = cmp.Or(r.report.Judge, engine.DefaultJudge)
	if err := config.client().Find(); err != nil {
		return nil, err
	}
	if config.Once {
		err = r.once(ctx)
	} else {
		err = r.each(ctx)
	}
	return r.end(err)
}

// run is a run under way.
type run struct {
	*Config
	cases  []*catalogue.Case
	report report.Report // without results where each start reports to a writer
	writer *store.Writer // nil for none
	stop   context.CancelCauseFunc

	mu     sync.Mutex
	done   int
	arrive int   // cases for which the client came
	err    error // the first of writing
}

// each starts the command once per case.
func (r *run) each(ctx context.Context) error {
	if err := r.open(); err != nil {
		return err
	}
	ctx, r.stop = context.WithCancelCause(ctx)
	defer r.stop(nil)
	d := newDriver(r)
	for _, round := range d.rounds() {
		engine.PlayRounds(ctx, round, r.jobs(), func(cs *catalogue.Case, _ bool) { d.playOne(ctx, cs) })
	}
	if ctx.Err() == nil {
		return nil
	}
	var fatal *startError
	if errors.As(context.Cause(ctx), &fatal) {
		return fatal.err
	}
	r.report.Stopped = context.Cause(ctx).Error()
	return nil
}

// url is where the client has to connect to for a case.
func (r *run) url(server net.Addr, cs *catalogue.Case) string {
	number := slices.Index(r.cases, cs) + 1
	query := url.Values{"case": {strconv.Itoa(number)}, "agent": {r.Config.agent()}}
	return "ws://" + server.String() + "/runCase?" + query.Encode()
}

// startError is why the command cannot be started.
type startError struct{ err error }

// Error returns the reason.
func (e *startError) Error() string { return e.err.Error() }

// open begins the report.
func (r *run) open() (err error) {
	if r.ReportDir != "" {
		r.writer, err = store.Open(r.ReportDir, &r.report)
	}
	return err
}

// add adds a result. came says that the client did, for its case.
func (r *run) add(agent string, result *report.Result, came bool, output []byte) {
	var err error
	if r.writer != nil {
		err = r.writer.Add(agent, result)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.err == nil {
		r.err = err
	}
	if r.writer == nil || r.Once {
		r.keep(agent, result)
	}
	r.done++
	if came {
		r.arrive++
	}
	if r.Progress != nil {
		r.Progress(engine.Progress{Agent: agent, Result: result, Judge: r.report.Judge, Done: r.done, Total: len(r.cases)})
	}
	if r.Shown != nil && result.Failed(r.report.Judge) {
		r.Shown(result, output)
	}
	if r.arrive == 0 && r.done == firstStarts {
		r.stop(fmt.Errorf("the first %d starts came to nothing: %s", firstStarts, result.RFC.Reason))
	}
}

// keep adds a result to the report in memory. r.mu is held.
func (r *run) keep(agent string, result *report.Result) {
	for _, a := range r.report.Agents {
		if a.Name == agent {
			a.Results = append(a.Results, result)
			return
		}
	}
	r.report.Agents = append(r.report.Agents, &report.Agent{Name: agent, Results: []*report.Result{result}})
}

func (r *run) end(err error) (*report.Report, error) {
	r.report.Took = time.Since(r.report.Started)
	found := &r.report
	if r.writer != nil {
		head := r.report
		head.Agents = nil
		err = errors.Join(err, r.err)
		r.writer.Update(&head)
		if !r.Once {
			head.Agents = r.writer.Added().Agents
			found = &head
		}
		err = errors.Join(err, r.writer.Close())
	}
	for _, a := range found.Agents {
		report.SortResults(a.Results, r.cases)
	}
	return found, err
}

// inconclusive is the result of a case that was not played.
func inconclusive(cs *catalogue.Case, agent string, started time.Time, reason string) *report.Result {
	r := &report.Result{
		Case: cs, Agent: agent, Started: started, Duration: time.Since(started),
		Trace: &oracle.Trace{Role: wsproto.Server},
		RFC:   oracle.Verdict{Outcome: oracle.Inconclusive, Reason: reason},
	}
	if cs.Autobahn != nil {
		r.Record = autobahn.Unplayed(wsproto.Server, cs.Autobahn, reason)
	}
	return r
}

// cutShort leaves of a result what was wrong before we ended the command. How the
// conversation went on from then is our doing, and that it took so long proves nothing.
func cutShort(r *report.Result, ended time.Time, reason string) {
	before := func(ev *oracle.Event) bool { return r.Started.Add(ev.At).Before(ended) }
	findings := r.RFC.Findings[:0:0]
	outcome := oracle.Slow
	for _, f := range r.RFC.Findings {
		if f.Event < 0 || f.Event >= len(r.Trace.Events) || !before(&r.Trace.Events[f.Event]) {
			continue
		}
		findings = append(findings, f)
		if f.Outcome == oracle.Violation {
			outcome = oracle.Violation
		}
	}
	r.RFC = oracle.Verdict{Outcome: outcome, Findings: findings, Reason: reason}
	r.Record = inconclusive(r.Case, r.Agent, r.Started, reason).Record
}
