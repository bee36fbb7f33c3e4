package report

import (
	"cmp"
	"slices"
	"time"

	"github.com/wscheck/wscheck/internal/autobahn"
	"github.com/wscheck/wscheck/internal/catalogue"
	"github.com/wscheck/wscheck/oracle"
	"github.com/wscheck/wscheck/wsproto"
)

// FileName is the name of the file that holds a whole report, in the directory
// of the report.
//
// It is one JSON object: "format" and "version" say what it is, "cases" holds
// every case that was selected, once, and "agents" what each peer did in them,
// with both verdicts, the findings and the trace. Times are RFC 3339, durations
// and offsets in time are nanoseconds, octets are hexadecimal digits. A trace
// keeps its first 16 KiB, of later events a beginning, with the full size as "n",
// and no more than 512 events; of a result that is as it should be, the first 2 KiB
// and 128 events. A result takes some 200 kB at most. Scripts are not in it: the case's id names one.
//
// A reader must refuse a version that it does not know, and may ignore keys that
// it does not know.
const FileName = "wscheck.json"

// Report is the outcome of one run of the suite: some cases against some peers.
// Its JSON form is that of the file that holds it, less the agents.
type Report struct {
	Role    wsproto.Role      `json:"role"` // the role that we played
	Started time.Time         `json:"started"`
	Took    time.Duration     `json:"took"`
	Judge   Judge             `json:"judge"`             // which verdict decides what fails
	Quick   bool              `json:"quick,omitempty"`   // loops of sections 12 and 13 were cut to 20 messages
	Stopped string            `json:"stopped,omitempty"` // why the run ended before its time, "" if it did not
	LeftOut int               `json:"leftOut,omitempty"` // agents that came and are left out for others: see store.Writer.Bound
	Shards  []catalogue.Shard `json:"shards,omitempty"`  // which parts of the selection it holds, nil for the whole
	Cases   []*catalogue.Case `json:"cases"`             // that were selected, in order of execution

	Agents []*Agent `json:"-"`
	Dir    string   `json:"-"` // where the report's files lie, for summaries; "" for nowhere

	// Baseline is what a [Baseline] said of the report, nil if none was asked.
	Baseline *Comparison `json:"-"`
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

// Agent is one peer and what it did. Its JSON form lacks the results.
type Agent struct {
	Name        string `json:"name"`
	URL         string `json:"url,omitempty"`
	Unreachable string `json:"unreachable,omitempty"` // why the peer could not be reached, "" if it was
	PeakMemory  uint64 `json:"peakMemory,omitempty"`  // bytes, 0 if it is not known
	Deaths      int    `json:"deaths,omitempty"`      // how often the peer's process died
	Ended       string `json:"ended,omitempty"`       // why not all cases were played, "" if they were
	Skipped     string `json:"skipped,omitempty"`     // which cases were left out for it on purpose, and why; "" for none
	Dialect     string `json:"dialect,omitempty"`     // what the peer does with messages, "" for an echo

	Results []*Result `json:"-"` // in order of the cases; those that did not run are missing
}

// Result is one case against one peer. Its JSON form lacks the case, the agent and
// the trace.
type Result struct {
	Case     *catalogue.Case `json:"-"`
	Agent    string          `json:"-"`
	Started  time.Time       `json:"started"`
	Duration time.Duration   `json:"duration"`

	// Died says how the peer's process died during the case, "" if it did not.
	Died string `json:"died,omitempty"`

	// Tries is how often the case was played; 0 means once. The result is that of
	// the last time. Doubt says why what was not seen proves nothing, "" where
	// nothing rests on that or it was the same each time: such a result fails by
	// no judge.
	Tries int    `json:"tries,omitempty"`
	Doubt string `json:"doubt,omitempty"`

	// Reading is how long the peer, at the fastest pace that it has shown, may still have been
	// reading what it was sent when the case was over; 0 where it must have read that, and the
	// longest of durations where not all of it had arrived at the peer's system.
	Reading time.Duration `json:"-"`

	// Measured says what was measured of the peer in the case, "" where nothing
	// was.
	Measured string `json:"measured,omitempty"`

	RFC    oracle.Verdict   `json:"rfc"`
	Record *autobahn.Record `json:"autobahn,omitempty"` // nil for a case that Autobahn|Testsuite does not have
	Trace  *oracle.Trace    `json:"-"`

	// Omitted says what is missing from the middle of Trace and Record, because
	// the report keeps a bounded part of them.
	Omitted Omission `json:"-"`

	// Known is the entry of a [Baseline] that accounts for a result that fails,
	// nil if there is none; or one without a verdict, for a deviation that the
	// run was configured with.
	Known *Known `json:"-"`
}

// Omission is what a report leaves out of a result. Its zero value is nothing.
type Omission struct {
	Before int `json:"omittedBefore,omitempty"` // index into Trace.Events of the event that follows the gap
	Events int `json:"omittedEvents,omitempty"` // events left out
	Rows   int `json:"omittedRows,omitempty"`   // rows left out of Record.Wirelog, where it is switched off and on
	Seen   int `json:"omittedSeen,omitempty"`   // observations left out of Record.Received
	Sizes  int `json:"omittedSizes,omitempty"`  // sizes left out of Record.RxOctets and TxOctets
}

// SortResults puts results into the order of the cases.
func SortResults(results []*Result, cases []*catalogue.Case) {
	order := make(map[string]int, len(cases))
	for i, c := range cases {
		order[c.ID] = i
	}
	slices.SortStableFunc(results, func(a, b *Result) int { return cmp.Compare(order[a.Case.ID], order[b.Case.ID]) })
}

// AllCases returns the cases of the report in order of execution: those that
// were selected, and after them any that has a result alone.
func AllCases(r *Report) []*catalogue.Case {
	seen := make(map[string]bool, len(r.Cases))
	var cases []*catalogue.Case
	add := func(c *catalogue.Case) {
		if !seen[c.ID] {
			seen[c.ID] = true
			cases = append(cases, c)
		}
	}
	for _, c := range r.Cases {
		add(c)
	}
	for _, agent := range r.Agents {
		for _, result := range agent.Results {
			add(result.Case)
		}
	}
	return cases
}

// Known is a deviation that is known: a case that fails, and may continue to
// fail in that way. In all of its texts but the reason, "*" stands for anything.
type Known struct {
	// Agent is the name that the peer has in reports.
	Agent string `json:"agent"`

	// Case is a pattern of case ids as on the command line, "autobahn/4.2.4",
	// "6.*".
	Case string `json:"case"`

	// Judge is who says that it fails. A case that Autobahn|Testsuite does not
	// have is always judged by the RFCs.
	Judge Judge `json:"judge"`

	// Verdict is what the judge says: "violation" or "inconclusive" by the RFCs,
	// behavior and closing behavior by Autobahn, "FAILED, UNCLEAN"; or "died",
	// if the peer's process did.
	Verdict string `json:"verdict"`

	// Clauses are the clauses of the violation. There may be others.
	Clauses []oracle.ClauseID `json:"clauses,omitempty"`

	// Reason says why it may stay so.
	Reason string `json:"reason"`
}

// Comparison is what a baseline says of a report.
type Comparison struct {
	// New are the deviations that the baseline does not have, in the order of the
	// agents and cases.
	New []Known

	// Gone are those entries that did not occur though the cases ran in which
	// they did. An entry with clauses is here with those that are gone.
	Gone []Known

	// Excused counts the results that fail in a known way.
	Excused int

	// Updated says that the baseline knows the new ones by now, and the gone no
	// more.
	Updated bool

	died []string // agents whose processes died in a way that is not known
}
