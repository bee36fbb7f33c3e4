package report

import (
	"slices"
	"time"

	"github.com/wscheck/wscheck/internal/autobahn"
	"github.com/wscheck/wscheck/internal/catalogue"
	"github.com/wscheck/wscheck/oracle"
	"github.com/wscheck/wscheck/wsproto"
)

// Report is the outcome of one run of the suite: some cases against some peers.
type Report struct {
	Role    wsproto.Role // the role that we played
	Started time.Time
	Took    time.Duration
	Judge   Judge             // which verdict decides what fails
	Quick   bool              // loops of sections 12 and 13 were cut to 20 messages
	Cases   []*catalogue.Case // that were selected, in order of execution
	Agents  []*Agent
	Shards  []catalogue.Shard // which parts of the selection it holds, nil for the whole
	Stopped string            // why the run ended before its time, "" if it did not
	LeftOut int               // agents that came and are left out for others: see [Writer.Bound]
	Dir     string            // where the report's files lie, for summaries; "" for nowhere

	// Baseline is what a [Baseline] said of the report, nil if none was asked. It
	// is not in the files of the report.
	Baseline *Comparison
}

// Ran reports whether a case was played with any agent.
func (r *Report) Ran() bool {
	return slices.ContainsFunc(r.Agents, func(a *Agent) bool { return len(a.Results) > 0 })
}

// Judge names the verdict that decides what fails.
type Judge string

// The two judges.
const (
	JudgeRFC      Judge = "rfc"
	JudgeAutobahn Judge = "autobahn"
)

// Agent is one peer and what it did.
type Agent struct {
	Name        string
	URL         string
	Results     []*Result // in order of the cases; those that did not run are missing
	Unreachable string    // why the peer could not be reached, "" if it was
	PeakMemory  uint64    // octets, 0 if it is not known
	Deaths      int       // how often the peer's process died
	Dialect     string    // what the peer does with messages, "" for an echo
	Ended       string    // why not all cases were played, "" if they were
	Skipped     string    // which cases were left out for it on purpose, and why; "" for none
}

// Result is one case against one peer.
type Result struct {
	Case     *catalogue.Case
	Agent    string
	Started  time.Time
	Duration time.Duration
	Trace    *oracle.Trace
	RFC      oracle.Verdict
	Record   *autobahn.Record // nil for a case that Autobahn|Testsuite does not have
	Died     string           // how the peer's process died during the case, "" if it did not

	// Tries is how often the case was played; 0 means once. The result is that of
	// the last time. Doubt says why what was not seen proves nothing, "" where
	// nothing rests on that or it was the same each time: such a result fails by
	// no judge.
	Tries int
	Doubt string

	// Measured says what was measured of the peer in the case, "" where nothing
	// was.
	Measured string

	// Known is the entry of a [Baseline] that accounts for a result that fails,
	// nil if there is none; or one without a verdict, for a deviation that the run
	// was told of. It is not in the files of the report.
	Known *Known

	// Omitted tells what is missing from the middle of Trace and Record, because
	// the report keeps a bounded part of them.
	Omitted Omission
}

// Omission is what a report leaves out of a result. Its zero value is nothing.
type Omission struct {
	Before int // index into Trace.Events of the event that follows the gap
	Events int // events left out
	Rows   int // rows left out of Record.Wirelog, where it is switched off and on
	Seen   int // observations left out of Record.Received
	Sizes  int // sizes left out of Record.RxOctets and TxOctets
}
