package jsonvec

import (
	"slices"

	"github.com/wscheck/wscheck/internal/probe"
	"github.com/wscheck/wscheck/oracle"
	"github.com/wscheck/wscheck/wsproto"
)

// judge asks the oracle for what the library may do.
func (v *Vector) judge(p *probe.Prober) {
	whole := len(p.Exchange.Octets)
	if len(p.Taken(whole)) > 0 {
		v.judgeFault(p, whole)
		return
	}
	if n := len(p.Replies); n > 0 && p.Replies[n-1].Frame.Opcode == wsproto.OpClose {
		return // nothing after a close frame counts
	}
	// The wrong part may not be complete, and a library may see it all the same.
	completed, same := p.Exchange.Complete()
	events, err := completed.Events()
	later := probe.NewProber(completed, probe.Replies(events))
	if same || err != nil || len(later.Taken(len(completed.Octets))) == 0 {
		return
	}
	v.judgeFault(later, len(completed.Octets))
	if v.Fail.First > whole {
		v.Result, v.Fail = Keep, nil
		return
	}
	v.Result, v.Fail.Last = Either, whole
}

// judgeFault finds out about a fault in so many octets.
func (v *Vector) judgeFault(p *probe.Prober, whole int) {
	taken := p.Taken
	// A library that has taken the wrong part has done so for good, even if a close
	// frame comes next and ends the connection.
	f := &Failure{Last: bisect(0, whole, func(n int) bool { return len(taken(n)) > 0 })}
	v.Result, v.Fail = Either, f
	switch {
	case violated(taken(f.Last)):
		v.Result = Fail
	case violated(taken(whole)):
		v.Result = Fail
		f.Last = bisect(f.Last, whole, func(n int) bool { return violated(taken(n)) })
	}
	f.Clause = taken(f.Last)[0].Clause
	if ignored := p.Ignored(f.Last); f.Clause == statusCode && len(ignored) > 0 {
		f.Clause = ignored[0].Clause // what is wrong with our close frame
	}
	fits := func(n int, code wsproto.CloseCode) bool { return len(p.Failing(n, code)) == 0 }
	f.First = earliest(f.Last, func(n int) bool {
		return slices.ContainsFunc(failureCodes, func(code wsproto.CloseCode) bool { return fits(n, code) })
	})
	f.Codes = fitting(f.Last, candidates, fits)
	// Of several faults in one frame, a library fails for the one that it sees
	// first. Where any code fits, half a header is only suspected: such places are
	// passed over.
	for _, n := range []int{f.First, f.First + 2, f.First + 6, f.First + 14, f.Last - 1} {
		if n < f.First || n >= f.Last {
			continue
		}
		codes := fitting(n, failureCodes, fits)
		if len(codes) < len(failureCodes) {
			f.Codes = append(f.Codes, codes...)
		}
	}
	slices.SortFunc(f.Codes, func(a, b wsproto.CloseCode) int { return slices.Index(candidates, a) - slices.Index(candidates, b) })
	f.Codes = slices.Compact(f.Codes)
}

// fitting returns those of some codes that fit with so many octets.
func fitting(n int, of []wsproto.CloseCode, fits func(int, wsproto.CloseCode) bool) (codes []wsproto.CloseCode) {
	for _, code := range of {
		if fits(n, code) {
			codes = append(codes, code)
		}
	}
	return codes
}

// violated reports whether a finding is a violation; those come first.
func violated(findings []oracle.Finding) bool {
	return len(findings) > 0 && findings[0].Outcome == oracle.Violation
}

// statusCode is what a peer bends that answers a bad close frame like any other.
const statusCode = "rfc6455/7.1.7/status-code"

// failureCodes are the codes that a peer has no reason to close with if nothing is wrong.
// The others may mean a limit of its own.
var failureCodes = []wsproto.CloseCode{wsproto.CloseProtocolError, wsproto.CloseInvalidPayload}

// candidates are the codes that a library may fail with by itself, the most
// usual first.
var candidates = []wsproto.CloseCode{
	wsproto.CloseProtocolError, wsproto.CloseInvalidPayload, wsproto.ClosePolicy, wsproto.CloseTooBig,
	wsproto.CloseUnsupported, wsproto.CloseInternal,
}

// bisect returns the smallest n of those for which ok holds, which are all from
// there to high.
func bisect(low, high int, ok func(int) bool) int {
	for low < high {
		if mid := low + (high-low)/2; ok(mid) {
			high = mid
		} else {
			low = mid + 1
		}
	}
	return high
}

// nearby is how far back octets are looked at one by one.
const nearby = 32

// earliest returns the smallest n such that ok holds from n up to last. It holds of
// last.
func earliest(last int, ok func(int) bool) int {
	n := last
	for n > 0 && last-n < nearby && ok(n-1) {
		n--
	}
	if last-n < nearby || !ok(n-1) {
		return n
	}
	return bisect(0, n-1, ok)
}
