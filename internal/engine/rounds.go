package engine

import (
	"cmp"
	"context"
	"runtime"
	"slices"

	"github.com/wscheck/wscheck/internal/catalogue"
	"github.com/wscheck/wscheck/internal/workers"
	"github.com/wscheck/wscheck/oracle"
)

// PlayRounds calls play for each case, in an order that suits them, and returns once the
// calls have returned: first for those that may run side by side, at most jobs at a time,
// then for those that measure time, one after the other, and last for those that carry
// much, one for each processor. alone says that no other call is under way. After the end
// of ctx it begins no more calls.
func PlayRounds(ctx context.Context, cases []*catalogue.Case, jobs int, play func(cs *catalogue.Case, alone bool)) {
	var together, bulk, alone []*catalogue.Case
	for _, cs := range cases {
		switch {
		case cs.Alone && cs.Bulk:
			bulk = append(bulk, cs)
		case cs.Alone:
			alone = append(alone, cs)
		default:
			together = append(together, cs)
		}
	}
	round := func(cases []*catalogue.Case, side int) {
		workers.Each(ctx, len(cases), side, func(i int) { play(cases[i], side == 1) })
	}
	round(ranked(together), jobs)
	round(alone, 1)
	round(bulk, min(jobs, runtime.GOMAXPROCS(0)))
}

// ranked puts cases that may run side by side into the order in which they are best begun.
func ranked(cases []*catalogue.Case) []*catalogue.Case {
	slices.SortStableFunc(cases, func(a, b *catalogue.Case) int {
		return cmp.Compare(rank(&a.Script), rank(&b.Script))
	})
	// Some quick ones go first, so that there is something to see at once.
	first := min(gateStart/2, len(cases))
	if i := slices.IndexFunc(cases, func(c *catalogue.Case) bool { return rank(&c.Script) == 0 }); i >= 0 {
		quick := slices.Clone(cases[i:min(i+first, len(cases))])
		cases = slices.Concat(quick, slices.Delete(cases, i, i+len(quick)))
	}
	return cases
}

// rank orders cases by when they are best begun: those with very many pieces or waits
// first, so that others fill their time; and last those that wait in the middle of a
// frame, where all that was learned of the peer's pace is needed.
func rank(s *oracle.Script) int {
	waits, blind, pieces := false, false, 0
	for i := range s.Steps {
		step := &s.Steps[i]
		waits = waits || step.Kind == oracle.StepWait
		blind = blind || step.Kind == oracle.StepFrameData
		if step.Chop > 0 {
			pieces += (step.Payload.Size() + smallHeader) / step.Chop
		}
	}
	switch {
	case pieces > manyPieces:
		return -2
	case blind:
		return 1
	case waits:
		return -1
	}
	return 0
}

// manyPieces are more than leave within a moment, where the header of a frame has
// smallHeader octets, as that of a short one of a client has.
const (
	manyPieces  = 128
	smallHeader = 6
)
