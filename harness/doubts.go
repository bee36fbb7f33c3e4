package harness

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/wscheck/wscheck/harness/report"
	"github.com/wscheck/wscheck/oracle"
	"github.com/wscheck/wscheck/oracle/autobahn"
)

// doubts is the one place that decides what silence proves. That something did
// not come in time proves nothing on a busy machine, or with a slow peer. So a
// case whose verdict rests on that is played again, alone and with patience, and
// only a silence that is the same each time counts. What is left is Slow: it
// fails nothing.
//
// It decides so for every engine, and for both verdicts.
type doubts struct {
	most  int  // how often a case is played at most
	exact bool // cases are played in bubbles, where one more try tells all

	mu    sync.Mutex
	kinds map[string]*doubt
	cases int           // in which a silence was proved
	spent time.Duration // on that
}

// doubt is one kind of silence: that of a clause.
type doubt struct {
	proved  []string      // the cases in which it was the same each time
	slowest time.Duration // how long what was missed took, where it came
}

// Bounds of playing again. A silence has to be the same in tries plays, unless
// [Config.Retries] says otherwise. Once it
// was, in enough cases, others like it are not played again: with a peer that
// never answers a run would have no end.
const (
	tries  = 3
	enough = 2
)

// A peer that hangs in case after case would take hours to prove it in each. After
// some proofs there is less patience for it, though never less than it has made
// use of, and after so much time nothing is played again.
const (
	patientCases  = 4
	lessPatience  = 4 // divides it
	patienceTimes = 20
	proofBudget   = 3 * time.Minute
)

// patience is how long the waits of the next try are, where longest is what the
// peer is given at most and slowest what it has needed so far.
func (d *doubts) patience(longest, slowest time.Duration) time.Duration {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.exact || d.cases < patientCases {
		return longest
	}
	return min(longest, max(longest/lessPatience, patienceTimes*slowest))
}

// silences returns the clauses that a verdict calls broken because of something
// that was not seen.
func silences(v *oracle.Verdict) (clauses []string) {
	for i := range v.Findings {
		if f := &v.Findings[i]; f.Outcome == oracle.Violation && f.Basis != oracle.Seen {
			clauses = append(clauses, string(f.Clause))
		}
	}
	return clauses
}

// doubtsOf names what a result rests on that was not seen: nothing, for most
// results.
func (d *doubts) doubtsOf(r *report.Result) (kinds []string) {
	switch {
	case r.Died != "":
	case r.RFC.Outcome == oracle.Inconclusive:
		kinds = append(kinds, r.RFC.Reason)
	case d.exact || r.RFC.Basis() != oracle.Seen:
		kinds = silences(&r.RFC)
	}
	if r.Died == "" && r.Record != nil && r.Record.Waited && !best(r.Record) {
		kinds = append(kinds, fmt.Sprintf("Autobahn: %s, on closing: %s, %s", r.Record.Behavior, r.Record.BehaviorClose, r.Record.WasNotCleanReason))
	}
	return kinds
}

// best reports whether more patience cannot make a record better.
func best(r *autobahn.Record) bool {
	behavior := r.Behavior == autobahn.OK || r.Behavior == autobahn.Informational || r.Behavior == autobahn.Unimplemented
	return behavior && (r.BehaviorClose == autobahn.OK || r.BehaviorClose == autobahn.Informational)
}

// drops are the clauses about the end of TCP. Nothing comes after it: a peer that
// is known to take its time over it need not be waited for in each case.
var drops = []string{"rfc6455/7.1.7/close-tcp", "rfc6455/5.5.1/close-tcp", "rfc6455/5.5.1/server-close-tcp"}

// lateDrop is how long such a peer takes.
const lateDrop = time.Second

// slowest returns the longest time that passed in a trace before something of the
// peer's came; ends says that the end of the stream counts too.
func slowest(t *oracle.Trace, ends bool) (longest time.Duration) {
	var last time.Duration
	for i := range t.Events {
		switch ev := &t.Events[i]; ev.Kind {
		case oracle.EventReceived, oracle.EventReceivedEOF, oracle.EventReceivedReset:
			if ends || ev.Kind == oracle.EventReceived {
				longest = max(longest, ev.At-last)
			}
			last = ev.At
		case oracle.EventSent, oracle.EventWritten:
			last = ev.At
		}
	}
	return longest
}

// proved reports whether a kind of silence was the same each time in enough
// cases.
func (d *doubts) proved(kind string) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	k := d.kinds[kind]
	return k != nil && len(k.proved) >= enough
}

// settle returns the result that counts for a case. again plays the case once
// more, alone and with patience; it returns nil where it cannot.
func (d *doubts) settle(r *report.Result, again func() *report.Result) *report.Result {
	kinds := d.doubtsOf(r)
	if len(kinds) == 0 {
		// What was not seen besides what was is not worth another try.
		r.RFC = r.RFC.Doubted(func(*oracle.Finding) bool { return false })
		return r
	}
	if why := d.known(kinds); why != "" {
		return doubted(r, nil, "not played again: "+why)
	}
	plays, most := []*report.Result{r}, d.most
	if d.exact {
		most = 2
	}
	if most < 2 {
		return doubted(r, nil, "it was not played again")
	}
	for len(plays) < most {
		next := again()
		if next == nil {
			return doubted(r, plays, "it could not be played again")
		}
		plays = append(plays, next)
		if len(d.doubtsOf(next)) == 0 {
			break
		}
	}
	return d.decide(plays)
}

// decide makes one result of several plays of a case, each of which left doubts
// but perhaps the last.
func (d *doubts) decide(plays []*report.Result) *report.Result {
	last := plays[len(plays)-1]
	last.Tries = len(plays)
	if len(d.doubtsOf(last)) == 0 {
		slowest := slowest(last.Trace, true)
		d.note(d.doubtsOf(plays[0]), func(k *doubt) { k.slowest = max(k.slowest, slowest) })
		return last
	}
	same := append(d.doubtsOf(plays[0]), silences(&plays[0].RFC)...)
	for _, r := range plays[1:] {
		kinds := append(d.doubtsOf(r), silences(&r.RFC)...)
		same = slices.DeleteFunc(same, func(kind string) bool { return !slices.Contains(kinds, kind) })
	}
	if len(same) == 0 {
		return doubted(last, plays, "each time something else was not seen")
	}
	d.note(same, func(k *doubt) { k.proved = append(k.proved, last.Case.ID) })
	d.mu.Lock()
	d.cases++
	for _, r := range plays[1:] {
		d.spent += r.Duration
	}
	d.mu.Unlock()
	last.RFC = last.RFC.Doubted(func(f *oracle.Finding) bool { return slices.Contains(same, string(f.Clause)) })
	return last
}

// known returns in words why a result with these doubts need not be played
// again, and "" if it has to.
func (d *doubts) known(kinds []string) string {
	if d.exact {
		return ""
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.spent > proofBudget {
		return fmt.Sprintf("waiting for the peer came to nothing in %d cases before", d.cases)
	}
	words := ""
	for _, kind := range kinds {
		k := d.kinds[kind]
		switch {
		case k != nil && len(k.proved) >= enough:
			words = "as in " + strings.Join(k.proved, " and ") + ", where it never came"
		case k != nil && k.slowest >= lateDrop && slices.Contains(drops, kind):
			words = fmt.Sprintf("with this peer it comes after %v", k.slowest.Round(100*time.Millisecond))
		default:
			return ""
		}
	}
	return words
}

func (d *doubts) note(kinds []string, f func(*doubt)) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.kinds == nil {
		d.kinds = map[string]*doubt{}
	}
	for _, kind := range kinds {
		if d.kinds[kind] == nil {
			d.kinds[kind] = new(doubt)
		}
		f(d.kinds[kind])
	}
}

// doubted is a result that rests on what was not seen, and that is not proved.
func doubted(r *report.Result, plays []*report.Result, why string) *report.Result {
	r.Tries = max(1, len(plays))
	r.Doubt = why
	if r.RFC.Outcome == oracle.Inconclusive {
		why = r.RFC.Reason + "; " + why
		r.RFC.Outcome = oracle.Slow
	}
	r.RFC = r.RFC.Doubted(func(*oracle.Finding) bool { return false })
	if r.RFC.Outcome == oracle.Slow {
		r.RFC.Reason = why
	}
	return r
}
