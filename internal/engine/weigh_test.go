package engine

import (
	"context"
	"net"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/wscheck/wscheck/internal/catalogue"
	"github.com/wscheck/wscheck/internal/process"
	"github.com/wscheck/wscheck/internal/report"
	"github.com/wscheck/wscheck/oracle"
)

// pretended is a peer that is only said to take what it takes. Each play of a case
// takes the next of its amounts, and the last of them again and again.
type pretended struct {
	amounts map[*catalogue.Case][]uint64
	refuses map[*catalogue.Case]bool
	base    uint64
	taking  uint64
	plays   int
	renewed int

	reserves bool          // it asks the system for memory before it needs it
	waits    bool          // each play ends by a wait
	stall    time.Duration // of each play
}

func (p *pretended) gauge() gauge {
	taken := func() uint64 { return p.base + p.taking }
	return gauge{
		renew: func(context.Context) bool { p.taking, p.renewed = 0, p.renewed+1; return true }, loose: true,
		taken: taken, work: func() time.Duration { return time.Duration(taken()) },
		held: func() holding {
			if p.reserves {
				return holding{taken(), p.base}
			}
			return holding{taken(), taken()}
		},
	}
}

func (p *pretended) play(ctx context.Context, cs *catalogue.Case) *report.Result {
	if process.Pause(ctx, nil, p.stall); ctx.Err() != nil {
		return nil
	}
	p.plays++
	p.taking += p.amounts[cs][0]
	if len(p.amounts[cs]) > 1 {
		p.amounts[cs] = p.amounts[cs][1:]
	}
	r := &report.Result{Case: cs, Trace: new(oracle.Trace)}
	if p.waits {
		r.Trace.Events = append(r.Trace.Events, oracle.Event{Kind: oracle.EventTimer})
	}
	if p.refuses[cs] {
		r.RFC.Outcome = oracle.Unsupported
	}
	return r
}

func (p *pretended) connect(ctx context.Context, cs *catalogue.Case, _ int) bool {
	return p.play(ctx, cs) != nil
}

// weighed returns the result of a measured case with a peer that takes much for it
// and less for the smaller one.
func weighed(t *testing.T, what catalogue.Measured, limits Proportion, much, less []uint64, refuses, refusesLess bool) (*report.Result, *pretended) {
	const size, times = 60 << 20, 8
	smaller := &catalogue.Case{ID: "less"}
	cs := &catalogue.Case{ID: "much", Measure: &catalogue.Measure{What: what, Size: size, Times: times, Less: smaller}}
	p := &pretended{
		base:    1 << 40,
		amounts: map[*catalogue.Case][]uint64{cs: much, smaller: less},
		refuses: map[*catalogue.Case]bool{cs: refuses, smaller: refusesLess},
	}
	r := &report.Result{Case: cs, Trace: new(oracle.Trace)}
	(&scales{gauge: p.gauge(), limits: limits, replay: p.play, connect: p.connect}).weigh(t.Context(), r)
	return r, p
}

func TestWeigh(t *testing.T) {
	const mib, ms = 1 << 20, uint64(time.Millisecond)
	n := func(amounts ...uint64) []uint64 { return amounts }
	memory, work, kept, declared := catalogue.MeasureMemory, catalogue.MeasureWork, catalogue.MeasureKept, catalogue.MeasureDeclared
	for _, c := range []struct {
		name                 string
		what                 catalogue.Measured
		limits               Proportion
		much, less           []uint64
		refuses, refusesLess bool
		want                 oracle.Outcome
	}{
		{"refused early", memory, Proportion{}, n(5 * mib), n(5 * mib), true, true, oracle.Pass},
		{"refused at a limit", memory, Proportion{}, n(64 * mib), n(60 * mib), true, true, oracle.Pass},
		{"refused after all of it", memory, Proportion{}, n(189 * mib), n(95 * mib), true, true, oracle.Violation},
		{"once too much", memory, Proportion{}, n(189*mib, 189*mib, 100*mib), n(95 * mib), true, true, oracle.Pass},
		{"once as much for less", memory, Proportion{}, n(189 * mib), n(95*mib, 170*mib, 95*mib), true, true, oracle.Pass},
		{"a limit between the two", memory, Proportion{}, n(189 * mib), n(95 * mib), true, false, oracle.Pass},
		{"a limit between the two, and no end", memory, Proportion{}, n(900 * mib), n(95 * mib), true, false, oracle.Violation},
		{"taken", memory, Proportion{}, n(240 * mib), n(120 * mib), false, false, oracle.Pass},
		{"taken at a high price", memory, Proportion{}, n(900 * mib), n(120 * mib), false, false, oracle.Allowed},
		{"more than the user wants", memory, Proportion{Memory: 100 * mib}, n(120 * mib), n(60 * mib), false, false, oracle.Violation},
		{"as much as the user wants", memory, Proportion{Memory: 200 * mib}, n(189 * mib), n(95 * mib), true, true, oracle.Pass},
		{"nothing for what did not come", declared, Proportion{}, n(mib), nil, false, false, oracle.Pass},
		{"a buffer of a limit", declared, Proportion{}, n(16 * mib), nil, true, false, oracle.Pass},
		{"as much as was declared", declared, Proportion{}, n(60 * mib), nil, false, false, oracle.Violation},
		{"as much as was declared, and then a refusal", declared, Proportion{}, n(60 * mib), nil, true, false, oracle.Violation},
		{"as much as was declared, once", declared, Proportion{}, n(60*mib, 60*mib, mib), nil, false, false, oracle.Pass},
		{"no work", work, Proportion{}, n(200 * ms), n(ms), false, false, oracle.Pass},
		{"linear", work, Proportion{}, n(4000 * ms), n(500 * ms), false, false, oracle.Pass},
		{"slower where it is much", work, Proportion{}, n(8000 * ms), n(400 * ms), false, false, oracle.Pass},
		{"square", work, Proportion{}, n(4000 * ms), n(63 * ms), false, false, oracle.Violation},
		{"square, by a machine of its own mind", work, Proportion{}, n(9000*ms, 4000*ms, 5000*ms), n(63*ms, 100*ms, 70*ms), false, false, oracle.Violation},
		{"once slow", work, Proportion{}, n(4000*ms, 240*ms), n(10 * ms), false, false, oracle.Pass},
		{"square, and that is known", work, Proportion{Work: 10}, n(4000 * ms), n(63 * ms), false, false, oracle.Pass},
		{"nothing kept", kept, Proportion{}, n(900*mib, 0), nil, false, false, oracle.Pass},
		{"all kept", kept, Proportion{}, n(1000 * mib), nil, false, false, oracle.Violation},
		{"a heap that grows for a while", kept, Proportion{}, append(slices.Repeat(n(1000*mib), 9), 0), nil, false, false, oracle.Pass},
		{"a little kept", kept, Proportion{}, n(20 * mib), nil, false, false, oracle.Pass},
		{"a little more than the user wants", kept, Proportion{Kept: mib}, n(20 * mib), nil, false, false, oracle.Violation},
	} {
		t.Run(c.name, func(t *testing.T) {
			r, p := weighed(t, c.what, c.limits, c.much, c.less, c.refuses, c.refusesLess)
			if r.RFC.Outcome != c.want {
				t.Errorf("%v, want %v; measured %q", r.RFC.Outcome, c.want, r.Measured)
			}
			if (len(r.RFC.Findings) > 0) != (c.want != oracle.Pass) || len(r.Trace.Events) != len(r.RFC.Findings) {
				t.Errorf("%d findings and %d events", len(r.RFC.Findings), len(r.Trace.Events))
			}
			if r.Measured == "" || p.plays > 3*keptBatches {
				t.Errorf("measured %q in %d plays", r.Measured, p.plays)
			}
		})
	}
}

// A heap that is as large as it may ever be does not grow by what fills it.
func TestWeighHeap(t *testing.T) {
	cs := &catalogue.Case{ID: "kept", Measure: &catalogue.Measure{What: catalogue.MeasureKept, Size: 1 << 20}}
	for reserves, want := range map[bool]oracle.Outcome{true: oracle.Pass, false: oracle.Violation} {
		p := &pretended{base: 1 << 30, amounts: map[*catalogue.Case][]uint64{cs: {64 << 20}}, reserves: reserves}
		r := &report.Result{Case: cs, Trace: new(oracle.Trace)}
		(&scales{gauge: p.gauge(), replay: p.play, connect: p.connect}).weigh(t.Context(), r)
		if r.RFC.Outcome != want || r.Measured != "1280.0 MiB kept of 320 connections" {
			t.Errorf("reserves %t: %v, want %v; measured %q", reserves, r.RFC.Outcome, want, r.Measured)
		}
	}
}

// Where the work is that of many connections, that is how many there are.
func TestWeighConnections(t *testing.T) {
	const connections = 7
	less := &catalogue.Case{ID: "less"}
	cs := &catalogue.Case{ID: "much", Measure: &catalogue.Measure{
		What: catalogue.MeasureWork, Times: 8, Connections: connections, Less: less,
	}}
	p := &pretended{base: 1 << 40, amounts: map[*catalogue.Case][]uint64{
		cs: {uint64(150 * time.Millisecond)}, less: {uint64(2 * time.Millisecond)},
	}}
	r := &report.Result{Case: cs, Trace: new(oracle.Trace)}
	(&scales{gauge: p.gauge(), replay: p.play}).weigh(t.Context(), r)
	if want := 2 * weighings * connections; r.RFC.Outcome != oracle.Violation || p.plays != want {
		t.Errorf("%v in %d plays, want a violation in %d", r.RFC.Outcome, p.plays, want)
	}
}

// A peer that has no compression is not asked what it takes for it.
func TestWeighDeclined(t *testing.T) {
	cs := &catalogue.Case{Measure: &catalogue.Measure{What: catalogue.MeasureMemory}}
	r := &report.Result{Case: cs, Trace: new(oracle.Trace), RFC: oracle.Verdict{Outcome: oracle.Unsupported, Reason: oracle.ReasonDeclined}}
	p := new(pretended)
	(&scales{gauge: p.gauge(), replay: p.play}).weigh(t.Context(), r)
	if p.plays > 0 || r.Measured != "" {
		t.Errorf("%d plays, measured %q", p.plays, r.Measured)
	}
}

// TestWeighEnough demands that a peer whose work grows as the square is not asked for more of it than
// shows that, and begins anew before the small is measured, where it may still be at work on the large.
func TestWeighEnough(t *testing.T) {
	for name, waits := range map[string]bool{"answers": false, "is waited for": true} {
		less := &catalogue.Case{ID: "less"}
		cs := &catalogue.Case{ID: "much", Measure: &catalogue.Measure{What: catalogue.MeasureWork, Times: 8, Connections: 8, Less: less}}
		p := &pretended{base: 1 << 40, waits: waits, amounts: map[*catalogue.Case][]uint64{
			cs: {uint64(time.Second)}, less: {uint64(16 * time.Millisecond)},
		}}
		r := &report.Result{Case: cs, Trace: new(oracle.Trace)}
		(&scales{gauge: p.gauge(), replay: p.play}).weigh(t.Context(), r)
		if want := 2 * weighings * int(workEnough/time.Second); r.RFC.Outcome != oracle.Violation || p.plays != want || p.renewed > 0 != waits {
			t.Errorf("%s: %v in %d plays, want a violation in %d; %d times anew", name, r.RFC.Outcome, p.plays, want, p.renewed)
		}
	}
}

// TestWeighEnds demands an end of the weighing of each kind, with a peer that stalls at each connection
// for good, and with one that is slow at each.
func TestWeighEnds(t *testing.T) {
	const most = 4 * measuredLimit // a busy machine has as much
	for _, what := range []catalogue.Measured{catalogue.MeasureMemory, catalogue.MeasureWork, catalogue.MeasureKept, catalogue.MeasureDeclared} {
		for _, stall := range []time.Duration{5 * time.Minute, time.Hour} {
			synctest.Test(t, func(t *testing.T) {
				less := &catalogue.Case{ID: "less"}
				cs := &catalogue.Case{ID: "much", Measure: &catalogue.Measure{What: what, Size: 1 << 20, Times: 8, Connections: 8, Less: less}}
				p := &pretended{base: 1 << 40, stall: stall, amounts: map[*catalogue.Case][]uint64{cs: {1 << 30}, less: {1 << 30}}}
				r, began := &report.Result{Case: cs, Trace: new(oracle.Trace)}, time.Now()
				(&scales{gauge: p.gauge(), replay: p.play, connect: p.connect}).weigh(t.Context(), r)
				if took := time.Since(began); took > most || r.RFC.Outcome != oracle.Pass || !strings.Contains(r.Measured, "not measured to the end: it took ") {
					t.Errorf("kind %d, %v each: %v in %v, measured %q", what, stall, r.RFC.Outcome, took, r.Measured)
				}
			})
		}
	}
}

// TestMeasuredEnds demands an end of each conversation of the cases that are measured, with a peer that
// reads an octet a second or nothing.
func TestMeasuredEnds(t *testing.T) {
	t.Parallel()
	for name, serve := range map[string]func(net.Conn){
		"slow": func(conn net.Conn) {
			for octet := make([]byte, 1); ; time.Sleep(time.Second) {
				if _, err := conn.Read(octet); err != nil {
					return
				}
			}
		},
		"still": func(conn net.Conn) { time.Sleep(time.Hour) },
	} {
		s, err := newSuite(t.Name(), &localPeer{server: func(conn net.Conn) {
			defer conn.Close()
			serve(conn)
		}}, new(Config))
		if err != nil {
			t.Fatal(err)
		}
		defer s.close()
		measured := 0
		for _, cs := range catalogue.All() {
			if cs.Measure == nil || cs.Roles&catalogue.AsClient == 0 {
				continue
			}
			measured++
			r, err := s.play(t, cs)
			if err != nil {
				t.Fatal(err)
			}
			if events := r.Trace.Events; events[len(events)-1].At > 4*measuredLimit+2*bubblePatience {
				t.Errorf("%s: %s ends after %v", name, cs.ID, events[len(events)-1].At)
			}
		}
		if measured < 5 {
			t.Errorf("%d cases are measured", measured)
		}
	}
}
