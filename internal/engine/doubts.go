package engine

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/wscheck/wscheck/internal/autobahn"
	"github.com/wscheck/wscheck/internal/catalogue"
	"github.com/wscheck/wscheck/internal/plural"
	"github.com/wscheck/wscheck/internal/process"
	"github.com/wscheck/wscheck/internal/report"
	"github.com/wscheck/wscheck/oracle"
)

// doubts is the one place that decides what silence proves. That something did
// not come in time proves nothing on a busy machine, or with a slow peer. So a
// case whose verdict rests on that is played again, alone and with patience, and
// only a silence that is the same each time counts. What is left is Slow: it
// fails nothing.
//
// It decides so for every engine, and for both verdicts.
type doubts struct {
	most  int          // how often a case is played at most; 0 means tries
	exact bool         // cases are played in bubbles, where one more try decides
	judge report.Judge // which verdict decides what fails

	turn    sync.Mutex // held while a case is played again
	readers int        // cases that were, without proof: the peer may still have been reading

	mu    sync.Mutex
	kinds map[string]*doubt
	cases int           // in which a silence was proved
	spent time.Duration // on that
	again time.Duration // spent on playing cases again, with whatever result
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
// use of, and after so much time no kind is played again a second time: each is once,
// so that what is proved of a peer does not depend on which case came first. There is a bound for all
// that is played again, too: a peer that answers late, or now and then, would have it go on for hours. A
// busy machine has more of both, as it has more patience.
const (
	patientCases  = 2
	lessPatience  = 4 // divides it
	patienceTimes = 20
	proofBudget   = 3 * time.Minute
	againBudget   = 20 * time.Minute
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

// rfcDoubts names what the RFC verdict of a result rests on that was not seen:
// nothing, for most results.
func (d *doubts) rfcDoubts(r *report.Result) (kinds []string) {
	switch {
	case r.Died != "":
	case r.RFC.Outcome == oracle.Inconclusive:
		kinds = append(kinds, r.RFC.Reason)
	case r.RFC.Outcome == oracle.Slow && !d.exact:
		for i := range r.RFC.Findings {
			if f := &r.RFC.Findings[i]; f.Outcome == oracle.Slow {
				kinds = append(kinds, lateKind+string(f.Clause))
			}
		}
	case d.exact || r.RFC.Basis() != oracle.Seen:
		kinds = silences(&r.RFC)
	}
	return kinds
}

// lateKind begins the kinds of what came, but late: the machine may have been busy.
const lateKind = "late: "

// recordDoubts is rfcDoubts for Autobahn's verdict.
func recordDoubts(r *report.Result) (kinds []string) {
	switch {
	case r.Died != "" || r.Record == nil || !r.Record.Waited || cannotImprove(r.Record):
	case goodBehavior(r.Record) && r.Record.BehaviorClose == autobahn.FailedByClient:
		kinds = append(kinds, lateByAutobahn)
	default:
		kinds = append(kinds, fmt.Sprintf("Autobahn: %s, on closing: %s, %s", r.Record.Behavior, r.Record.BehaviorClose, r.Record.WasNotCleanReason))
	}
	return kinds
}

func (d *doubts) doubtsOf(r *report.Result) []string {
	return append(d.rfcDoubts(r), recordDoubts(r)...)
}

func goodBehavior(r *autobahn.Record) bool {
	return r.Behavior == autobahn.OK || r.Behavior == autobahn.Informational || r.Behavior == autobahn.Unimplemented
}

// cannotImprove reports whether more patience cannot make a record better.
func cannotImprove(r *autobahn.Record) bool {
	return goodBehavior(r) && (r.BehaviorClose == autobahn.OK || r.BehaviorClose == autobahn.Informational)
}

// lateByAutobahn is the kind of a record in which nothing was missed but the end of
// TCP.
const lateByAutobahn = "Autobahn: the end of TCP"

// drops are the kinds that are about the end of TCP. Nothing comes after it: a
// peer that takes its time over it need not be waited for in each case.
var drops = []string{lateByAutobahn, "rfc6455/7.1.7/close-tcp", "rfc6455/5.5.1/close-tcp", "rfc6455/5.5.1/server-close-tcp"}

// lateDrop is how long such a peer takes, and busyLoad from which load of the
// machine on any peer may.
const (
	lateDrop = time.Second
	busyLoad = 2
)

// onlyDrop reports whether nothing but the end of TCP was missed, in a case that is
// about something else and on a machine that has time: others are for that.
func (d *doubts) onlyDrop(cs *catalogue.Case, kinds []string) bool {
	isDrop := func(kind string) bool { return slices.Contains(drops, kind) }
	about := slices.ContainsFunc(cs.Clauses, func(id oracle.ClauseID) bool { return isDrop(string(id)) })
	return !d.exact && d.judge != report.JudgeAutobahn && !about &&
		!slices.ContainsFunc(kinds, func(kind string) bool { return !isDrop(kind) }) && process.Load() <= busyLoad
}

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
		case oracle.EventSent, oracle.EventWritten, oracle.EventReading:
			last = ev.At
		}
	}
	return longest
}

// maySettle reports whether a result may be another one with more time. What was seen
// stays.
func (d *doubts) maySettle(r *report.Result) bool {
	return len(d.doubtsOf(r)) > 0 && (r.RFC.Outcome != oracle.Violation || r.RFC.Basis() != oracle.Seen)
}

// awaitTurn waits until no case is played again.
func (d *doubts) awaitTurn() {
	d.turn.Lock()
	defer d.turn.Unlock()
}

// proofs returns in how many cases a silence was the same each time.
func (d *doubts) proofs() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.cases
}

// decideSilence returns the result that counts for a case. again plays the case once
// more, alone and with patience; it returns nil where it cannot.
func (d *doubts) decideSilence(r *report.Result, again func() *report.Result) *report.Result {
	kinds := d.doubtsOf(r)
	if len(kinds) == 0 {
		// What was not seen besides what was is not worth another try.
		r.RFC = r.RFC.Doubted(func(*oracle.Finding) bool { return false })
		return r
	}
	if d.onlyDrop(r.Case, kinds) {
		return doubted(r, nil, "TCP was still open")
	}
	if r.Case.Measure != nil && r.Duration >= measuredLimit {
		return doubted(r, nil, report.NotAgain+tookLong(r.Duration))
	}
	// One after the other: what the one before has shown need not be shown again.
	d.turn.Lock()
	defer d.turn.Unlock()
	if r.Reading > 0 && d.readers >= enough {
		return doubted(r, nil, report.NotAgain+stillReads(r))
	}
	if why := d.knownSilence(kinds); why != "" {
		return doubted(r, nil, report.NotAgain+why)
	}
	plays, most := []*report.Result{r}, cmp.Or(d.most, tries)
	if d.exact {
		most = 2
	}
	if most < 2 {
		return doubted(r, nil, "it was not played again")
	}
	d.note(kinds, func(*doubt) {}) // that they are played again
	for len(plays) < most {
		began := time.Now()
		next := again()
		d.spend(time.Since(began))
		if next == nil {
			return doubted(r, plays, "it could not be played again")
		}
		plays = append(plays, next)
		if len(d.doubtsOf(next)) == 0 || next.RFC.Outcome == oracle.Slow && len(recordDoubts(next)) == 0 {
			break // it answers, if slowly
		}
		if next.Reading > 0 {
			d.readers++
			return doubted(r, plays, stillReads(next))
		}
	}
	return d.decide(plays)
}

// spend notes that playing a case again took so long.
func (d *doubts) spend(took time.Duration) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.again += took
}

// unarrived is [report.Result.Reading] where not all that we sent had arrived at the peer's system.
const unarrived = time.Duration(math.MaxInt64)

// stillReads says of a peer that it may not have had the time to read what it was sent.
func stillReads(r *report.Result) string {
	if r.Reading == unarrived {
		return "octets of ours had not arrived at the peer's system, by what TCP says"
	}
	return fmt.Sprintf("at the fastest pace that it has shown, the peer may have been reading for %v more", max(r.Reading.Round(100*time.Millisecond), 100*time.Millisecond))
}

// decide makes one result of several plays of a case that each left doubts
// but perhaps the last. Each of the two verdicts is that of the play that shows
// most.
func (d *doubts) decide(plays []*report.Result) *report.Result {
	first, last := plays[0], plays[len(plays)-1]
	shows := last
	if len(d.rfcDoubts(first)) == 0 {
		shows = first
	}
	for _, r := range plays {
		if r.RFC.Outcome == oracle.Violation && r.RFC.Basis() == oracle.Seen {
			shows = r // once is enough for what was seen
			break
		}
	}
	result := *shows
	result.Tries, result.Record = len(plays), last.Record
	if len(d.rfcDoubts(shows)) > 0 && shows.RFC.Outcome != oracle.Slow {
		d.decideRFC(&result, plays)
	} else {
		// Autobahn's verdict was in doubt, and that by the RFCs rests on what was seen.
		result.RFC = result.RFC.Doubted(func(*oracle.Finding) bool { return false })
		late := slowest(last.Trace, true)
		d.note(d.doubtsOf(first), func(k *doubt) { k.slowest = max(k.slowest, late) })
	}
	if late := slowest(last.Trace, true); late >= lateDrop && slices.Contains(recordDoubts(first), lateByAutobahn) {
		// Not the machine, but the peer is slow: it is as Autobahn has it.
		result.Record, result.Doubt = first.Record, fmt.Sprintf("TCP was open for %v", late.Round(100*time.Millisecond))
	} else if kinds := recordDoubts(last); len(kinds) > 0 {
		d.prove(kinds, plays)
		record := *last.Record
		record.Waited = false // no longer on one time-out alone
		result.Record = &record
	}
	return &result
}

// decideRFC decides a verdict that each play left in doubt. A peer that ended the
// connection itself, without the answer that was waited for, was silent too.
func (d *doubts) decideRFC(result *report.Result, plays []*report.Result) {
	silent := func(r *report.Result) []string {
		kinds := append(d.rfcDoubts(r), silences(&r.RFC)...)
		slices.Sort(kinds)
		return slices.Compact(kinds)
	}
	same, shown := []string(nil), result
	for _, r := range slices.Backward(plays) {
		if !leftEarly(r) {
			same, shown = silent(r), r
			break
		}
	}
	for _, r := range plays {
		kinds := silent(r)
		same = slices.DeleteFunc(same, func(kind string) bool { return !leftEarly(r) && !slices.Contains(kinds, kind) })
	}
	if len(same) == 0 && !leftEarly(plays[0]) {
		doubted(result, plays, "each time something else was not seen")
		return
	}
	d.prove(same, plays)
	result.Trace, result.RFC = shown.Trace, shown.RFC.Doubted(func(f *oracle.Finding) bool { return slices.Contains(same, string(f.Clause)) })
}

// leftEarly reports whether a conversation showed nothing because the peer ended it.
func leftEarly(r *report.Result) bool {
	return r.RFC.Outcome == oracle.Inconclusive && endedByPeer(r.Trace)
}

// endedByPeer reports whether the peer ended the stream or the connection.
func endedByPeer(t *oracle.Trace) bool {
	return slices.ContainsFunc(t.Events, func(ev oracle.Event) bool {
		return ev.Kind == oracle.EventReceivedEOF || ev.Kind == oracle.EventReceivedReset
	})
}

// gather is decideSilence for a peer whose cases cannot be played again when that is
// wanted: a kind of silence counts once it was the same in as many conversations as
// there are tries, in different cases or in one that the peer has played again. A
// conversation with others beside it does not count: what kept the peer from one may
// have kept it from all.
func (d *doubts) gather(r *report.Result, alone bool) *report.Result {
	kinds := d.doubtsOf(r)
	if len(kinds) == 0 || r.RFC.Outcome == oracle.Slow && len(recordDoubts(r)) == 0 {
		r.RFC = r.RFC.Doubted(func(*oracle.Finding) bool { return false })
		return r
	}
	if !alone {
		return doubted(r, nil, report.RunAgain)
	}
	if r.Reading > 0 {
		return doubted(r, nil, stillReads(r))
	}
	proved := true
	d.note(kinds, func(k *doubt) {
		k.proved = append(k.proved[:min(len(k.proved), tries-1)], r.Case.ID)
		proved = proved && len(k.proved) == tries
	})
	if !proved {
		return doubted(r, nil, report.RunAgain)
	}
	d.mu.Lock()
	d.cases++
	d.mu.Unlock()
	if r.Record != nil {
		r.Record.Waited = false
	}
	return r
}

// endedByWait reports whether a conversation showed nothing because a wait was over, and
// not because of something that the peer did: it may refuse, or leave.
func endedByWait(r *report.Result) bool {
	return !leftEarly(r) && slices.ContainsFunc(r.Trace.Events, func(ev oracle.Event) bool { return ev.Kind == oracle.EventTimer })
}

// prove notes that kinds of silence were the same each time.
func (d *doubts) prove(kinds []string, plays []*report.Result) {
	d.note(kinds, func(k *doubt) { k.proved = append(k.proved, plays[0].Case.ID) })
	d.mu.Lock()
	defer d.mu.Unlock()
	d.cases++
	for _, r := range plays[1:] {
		d.spent += r.Duration
	}
}

// knownSilence returns in words why a result with these doubts need not be played
// again, and "" if it has to.
func (d *doubts) knownSilence(kinds []string) string {
	if d.exact {
		return ""
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.again > process.Stretch(againBudget) {
		return fmt.Sprintf("playing cases again has taken %v before", d.again.Round(time.Second))
	}
	words, over := "", d.spent > process.Stretch(proofBudget)
	for _, kind := range kinds {
		k := d.kinds[kind]
		switch {
		case k != nil && len(k.proved) >= enough:
			words = "as in " + strings.Join(k.proved[:enough], " and ") + ", where it never came"
		case k != nil && k.slowest >= lateDrop && (slices.Contains(drops, kind) || strings.HasPrefix(kind, lateKind)):
			words = fmt.Sprintf("with this peer it comes after %v", k.slowest.Round(100*time.Millisecond))
		case k != nil && over:
			words = "waiting for the peer came to nothing in " + plural.Of(d.cases, "case") + " before"
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
	r.Tries, r.Doubt = max(1, len(plays)), why
	if r.RFC.Outcome == oracle.Inconclusive && endedByWait(r) {
		why = r.RFC.Reason + "; " + why
		r.RFC.Outcome = oracle.Slow
	}
	r.RFC = r.RFC.Doubted(func(*oracle.Finding) bool { return false })
	if r.RFC.Outcome == oracle.Slow {
		r.RFC.Reason = why
	}
	return r
}
