package engine

import (
	"cmp"
	"context"
	"fmt"
	"runtime"
	"runtime/metrics"
	"strings"
	"time"

	"github.com/wscheck/wscheck/internal/catalogue"
	"github.com/wscheck/wscheck/internal/process"
	"github.com/wscheck/wscheck/internal/report"
	"github.com/wscheck/wscheck/oracle"
)

// gauge measures a peer.
type gauge struct {
	here  bool                       // the peer is in this process
	renew func(context.Context) bool // has the peer begin anew, where taken counts from there; false if it cannot
	taken func() uint64              // the most memory that it had, or all that it asked for, in octets
	work  func() time.Duration       // the processors' time that it took
	hangs func() bool                // it still answers nobody, after a case that was given up; nil if it never does
	held  func() holding             // the memory that it has now
	loose bool                       // what is held may be garbage
}

// holding is the memory of a peer, in octets: what is in use, and what the system lets it use.
type holding struct{ used, granted uint64 }

// scales weigh a peer. Whatever else runs on the machine, or in this process, can
// only make a measurement larger. So what is to be small has to be so once, and
// what is to be large each time; and of two that are compared, the larger has to be
// so each time than the smaller ever was.
type scales struct {
	gauge
	limits Proportion

	// replay plays a case once more, with the peer to itself; it returns nil if it cannot.
	replay func(context.Context, *catalogue.Case) *report.Result

	// connect plays a case on so many connections, and reports whether it could.
	connect func(ctx context.Context, cs *catalogue.Case, connections int) bool

	ctx context.Context // of a weighing
}

// weighings is how often a measurement is taken that is out of proportion.
const weighings = 3

// measuredLimit bounds all weighing in a case, and each conversation of the case before it, on a
// machine that has time. A peer that is slow at each of many connections would take hours.
const measuredLimit = 2 * time.Minute

// weigh measures the peer in a case, and adds to the result what it took and whether that is
// out of proportion. It stops at the limit, where nothing is out of proportion yet.
func (s *scales) weigh(ctx context.Context, r *report.Result) {
	limit := process.Stretch(measuredLimit)
	if r.Duration >= measuredLimit {
		r.Measured = "not measured: " + tookLong(r.Duration)
		return
	}
	var cancel func()
	s.ctx, cancel = context.WithTimeout(ctx, limit)
	defer cancel()
	findings := len(r.RFC.Findings)
	s.measure(r)
	if s.ctx.Err() != nil && ctx.Err() == nil && len(r.RFC.Findings) == findings {
		r.Measured = strings.TrimPrefix(r.Measured+"; not measured to the end: "+tookLong(limit), "; ")
	}
}

// tookLong says why a measurement, or a try, was not made.
func tookLong(took time.Duration) string { return fmt.Sprintf("it took %v", took.Round(time.Second)) }

// play is replay within the time of the weighing.
func (s *scales) play(cs *catalogue.Case) *report.Result {
	if s.ctx.Err() != nil {
		return nil
	}
	return s.replay(s.ctx, cs)
}

func (s *scales) measure(r *report.Result) {
	switch {
	case r.Died != "":
	case r.Case.Measure.What == catalogue.MeasureMemory:
		s.memory(r)
	case r.Case.Measure.What == catalogue.MeasureWork:
		s.toil(r)
	case r.Case.Measure.What == catalogue.MeasureKept:
		s.keeping(r)
	case r.Case.Measure.What == catalogue.MeasureDeclared:
		s.declared(r)
	}
}

// outOfProportion adds a finding to a result, of what was measured. The clause has the name of
// the event.
func outOfProportion(r *report.Result, kind oracle.EventKind, outcome oracle.Outcome) {
	var at time.Duration
	var offset int64
	for i := range r.Trace.Events {
		ev := &r.Trace.Events[i]
		if at = ev.At; ev.Kind == oracle.EventReceived {
			offset += int64(ev.N)
		}
	}
	r.Trace.Events = append(r.Trace.Events, oracle.Event{Kind: kind, At: at, Step: -1, Tag: r.Measured})
	r.RFC = r.RFC.With(oracle.Finding{
		Clause: oracle.ClauseID("wscheck/" + kind.String()), Outcome: outcome, Event: len(r.Trace.Events) - 1, Offset: offset, Got: r.Measured,
	})
}

// smallestOf takes a measurement again as long as it is too large, and returns the
// least; false if it could not be taken.
func smallestOf[T uint64 | time.Duration](measure func() (T, bool), tooLarge func(T) bool) (T, bool) {
	n, ok := measure()
	for i := 1; i < weighings && ok && tooLarge(n); i++ {
		var again T
		if again, ok = measure(); ok {
			n = min(n, again)
		}
	}
	return n, ok
}

// largestOf returns the largest of several measurements; false if one could not be
// taken.
func largestOf[T uint64 | time.Duration](measure func() (T, bool)) (n T, ok bool) {
	for range weighings {
		next, ok := measure()
		if !ok {
			return 0, false
		}
		n = max(n, next)
	}
	return n, true
}

// peak measures the memory that the peer takes in a case, and notes whether it
// refused what came.
func (s *scales) peak(cs *catalogue.Case, refused *bool) func() (uint64, bool) {
	return func() (uint64, bool) {
		if !s.renew(s.ctx) {
			return 0, false
		}
		before := s.taken()
		again := s.play(cs)
		if again == nil || again.Died != "" {
			return 0, false
		}
		*refused = again.RFC.Outcome == oracle.Unsupported
		return max(s.taken(), before) - before, true
	}
}

// memory weighs the memory for a message that is short on the wire.
func (s *scales) memory(r *report.Result) {
	m := r.Case.Measure
	if r.RFC.Reason == oracle.ReasonDeclined {
		return
	}
	var refused bool
	peak := func(cs *catalogue.Case) func() (uint64, bool) { return s.peak(cs, &refused) }
	each := uint64(memoryEach)
	if s.here {
		each = memoryEachHere
	}
	limit := each*uint64(m.Size) + memoryBase
	if s.limits.Memory > 0 {
		limit = uint64(s.limits.Memory)
	}
	took, ok := smallestOf(peak(r.Case), func(n uint64) bool { return n > memorySlack })
	if !ok {
		return
	}
	declined := refused
	r.Measured = fmt.Sprintf("%s of memory for a message of %s", mebi(took), mebi(uint64(m.Size)))
	switch {
	case took > limit && (declined || s.limits.Memory > 0):
		outOfProportion(r, oracle.EventPeerBloated, oracle.Violation)
	case took > limit:
		outOfProportion(r, oracle.EventPeerBloated, oracle.Allowed)
	case declined && took > memorySlack && s.limits.Memory == 0:
		less, ok := largestOf(peak(m.Less))
		if !ok || !refused || took <= less+memorySlack {
			return
		}
		r.Measured += fmt.Sprintf(", and %s for one of %s; it refused both", mebi(less), mebi(uint64(m.Size/m.Times)))
		outOfProportion(r, oracle.EventPeerBloated, oracle.Violation)
	}
}

// declared weighs the memory for a length that was declared and did not come.
func (s *scales) declared(r *report.Result) {
	limit := uint64(r.Case.Measure.Size) / 2
	if s.limits.Memory > 0 {
		limit = uint64(s.limits.Memory)
	}
	var refused bool
	took, ok := smallestOf(s.peak(r.Case, &refused), func(n uint64) bool { return n > limit })
	if !ok {
		return
	}
	r.Measured = fmt.Sprintf("%s of memory for a frame that declared %s and had a few octets", mebi(took), mebi(uint64(r.Case.Measure.Size)))
	if took > limit {
		outOfProportion(r, oracle.EventPeerBloated, oracle.Violation)
	}
}

// workEnough is so much work that no more connections are needed to tell its growth, by the clock of
// the system.
const workEnough = 4 * workFloor

// toil weighs the work for much of something against that for less of it.
func (s *scales) toil(r *report.Result) {
	m := r.Case.Measure
	connections, busy := max(m.Connections, 1), false
	work := func(cs *catalogue.Case) func() (time.Duration, bool) {
		return func() (took time.Duration, ok bool) {
			if s.hangs != nil && s.hangs() && !s.renew(s.ctx) {
				return 0, false
			}
			before := s.work()
			for n := 1; n <= connections; n++ { // one after the other: what is left to do of one would count for the next
				again := s.play(cs)
				if again == nil || again.Died != "" {
					return 0, false
				}
				busy = busy || endedByWait(again)
				if took = s.work() - before; cs == r.Case && took >= workEnough {
					connections = n // as many of less
				}
			}
			return took, before > 0 && took >= 0 // else it was started again meanwhile
		}
	}
	took, ok := smallestOf(work(r.Case), func(d time.Duration) bool { return d > workFloor })
	if !ok {
		return
	}
	r.Measured = fmt.Sprintf("%v of work", took.Round(time.Millisecond))
	if took <= workFloor {
		return
	}
	if busy && !s.renew(s.ctx) { // what it still does of the large would count for the small
		return
	}
	less, ok := largestOf(work(m.Less))
	if !ok {
		return
	}
	r.Measured += fmt.Sprintf(", and %v for an %s of it", less.Round(time.Millisecond), ordinals[m.Times])
	if took > time.Duration(cmp.Or(s.limits.Work, workGrowth)*m.Times)*max(less, workTick) {
		outOfProportion(r, oracle.EventPeerToiled, oracle.Violation)
	}
}

var ordinals = map[int]string{8: "eighth"}

// Memory is kept where it grows with each batch of connections, and does not stop
// to. What is garbage, or kept for use again, grows too, but not for ever: the first
// batch does not count, and what grew in the first half has to grow in the second. A
// collector's garbage hides what is kept in the first few of them.
// A garbage collector may have been granted more than all that before: so, once it
// looks like that, the peer begins anew and has to ask the system for what it keeps.
const (
	keptBatch   = 16
	keptBatches = 20
	keptFew     = 5
)

// keeping weighs what is left of connections that are over.
func (s *scales) keeping(r *report.Result) {
	granted, grew := s.growth(r)
	if grew && s.loose {
		if !s.renew(s.ctx) {
			return
		}
		granted, grew = s.growth(r)
	}
	if grew && (s.limits.Kept > 0 || granted >= keptBatches*keptBatch*uint64(s.limits.kept(r.Case))/2) {
		outOfProportion(r, oracle.EventPeerKept, oracle.Violation)
	}
}

// growth returns by how much grew what the system lets the peer use, and whether
// what it uses has grown with each batch of connections.
func (s *scales) growth(r *report.Result) (granted uint64, all bool) {
	var held []holding
	limit := keptBatch * uint64(s.limits.kept(r.Case))
	grew := func(from, to int, by uint64) bool { return held[to].used >= held[from].used+uint64(to-from)*by }
	for n := range keptBatches + 1 {
		if s.ctx.Err() != nil || !s.connect(s.ctx, r.Case, keptBatch) {
			return 0, false
		}
		if held = append(held, s.held()); held[n].used == 0 {
			return 0, false
		}
		r.Measured = fmt.Sprintf("%s kept of %d connections", mebi(max(held[n].used, held[0].used)-held[0].used), n*keptBatch)
		if n >= keptFew && (!grew(0, n, limit/2) || !grew(n/2, n, limit/2)) {
			return 0, false
		}
	}
	last := held[keptBatches].granted
	return max(last, held[0].granted) - held[0].granted, grew(0, keptBatches, limit)
}

func mebi(octets uint64) string { return fmt.Sprintf("%.1f MiB", float64(octets)/(1<<20)) }

// ownGauge measures this process, with the peer in it and all else.
var ownGauge = gauge{
	here:  true,
	renew: func(context.Context) bool { return true },
	taken: func() uint64 { return metric("/gc/heap/allocs:bytes") },
	work:  process.OwnWork,
	held: func() holding {
		for range 2 { // what a finalizer or a pool holds goes in the second
			runtime.GC()
		}
		octets := metric("/memory/classes/heap/objects:bytes")
		return holding{octets, octets}
	},
}

func metric(name string) uint64 {
	sample := [1]metrics.Sample{{Name: name}}
	metrics.Read(sample[:])
	return sample[0].Value.Uint64()
}

// gaugeOf measures a peer that was started for the test. again starts it again, and has a first
// conversation with it.
func gaugeOf(p *process.Process, again func(context.Context) bool) gauge {
	return gauge{renew: again, taken: p.LargestMemory, work: p.Work, loose: true, held: func() holding {
		used, granted := p.HeldMemory()
		return holding{used, granted}
	}}
}
