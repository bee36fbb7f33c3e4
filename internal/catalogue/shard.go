package catalogue

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/wscheck/wscheck/oracle"
)

// Shard is one of several parts of a selection, which as many machines run. The
// zero value is the whole.
type Shard struct {
	Index int // from 1 to Count
	Count int
}

// MaxShards bounds the parts of a selection.
const MaxShards = 10_000

// String returns the form of the command line, such as "2/8".
func (s Shard) String() string { return strconv.Itoa(s.Index) + "/" + strconv.Itoa(s.Count) }

// MarshalText returns the form of the command line.
func (s Shard) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText reads the form of the command line. The index may also be written
// as a number from 0 and "+1", as in "0+1/8": some schedulers count from 0, and
// put their number into arguments where nothing else can calculate.
func (s *Shard) UnmarshalText(text []byte) error {
	index, count, ok := strings.Cut(string(text), "/")
	index, fromZero := strings.CutSuffix(index, "+1")
	var err, cerr error
	if ok {
		s.Index, err = strconv.Atoi(index)
		s.Count, cerr = strconv.Atoi(count)
	}
	if !ok || err != nil || cerr != nil {
		return fmt.Errorf("%.40q is not a part: want I/N, such as 2/8", text)
	}
	if fromZero && s.Index <= s.Count {
		s.Index++
	}
	return s.Check()
}

// Check reports a part that there is not.
func (s Shard) Check() error {
	if s.Count < 1 || s.Count > MaxShards || s.Index < 1 || s.Index > s.Count {
		return fmt.Errorf("%v is not a part: in I/N, I goes from 1 to N, and N to %d", s, MaxShards)
	}
	return nil
}

// Parts is the part as reports have it: a list of itself, nil for the whole.
func (s Shard) Parts() []Shard {
	if s.Count <= 1 {
		return nil
	}
	return []Shard{s}
}

// Of returns the cases of the part, in their order. The parts are disjoint and
// make up the whole, take about the same time each, and depend on the cases and
// their order alone.
func (s Shard) Of(cases []*Case) []*Case {
	if s.Count <= 1 {
		return cases
	}
	costs := make([]time.Duration, len(cases))
	order := make([]int, len(cases)) // the dearest first
	for i, c := range cases {
		costs[i], order[i] = c.cost(), i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(costs[b], costs[a]) })
	loads := make([]time.Duration, s.Count)
	var mine []int
	for _, i := range order {
		least := 0
		for part, load := range loads {
			if load < loads[least] {
				least = part
			}
		}
		loads[least] += costs[i]
		if least == s.Index-1 {
			mine = append(mine, i)
		}
	}
	slices.Sort(mine)
	part := make([]*Case, len(mine))
	for k, i := range mine {
		part[k] = cases[i]
	}
	return part
}

// cost is about how long the case keeps a machine busy: what it waits for, where
// nothing runs beside it, and else its work.
func (c *Case) cost() time.Duration {
	const (
		perCase    = time.Millisecond
		perMessage = 200 * time.Microsecond
		perOctet   = 20 * time.Nanosecond
	)
	cost := perCase
	for i := range c.Script.Steps {
		step := &c.Script.Steps[i]
		switch step.Kind {
		case oracle.StepWait:
			if c.Alone {
				cost += step.Timeout
			} else {
				cost += step.Timeout / 64 // as many others fill the time
			}
		case oracle.StepFrame, oracle.StepMessage, oracle.StepFrameData, oracle.StepRaw, oracle.StepEcho:
			n := max(step.Count, 1)
			cost += time.Duration(n)*perMessage + time.Duration(n*step.Payload.Size())*perOctet
		}
	}
	return cost
}
