package engine

import (
	"cmp"
	"errors"
	"fmt"
	"time"

	"github.com/wscheck/wscheck/internal/catalogue"
)

// Proportion bounds what a peer may take for what it is sent. The zero value has
// bounds that no peer reaches which does what is needed and no more. A peer is
// measured where it is in this process, or where [Command] has started it on Linux.
type Proportion struct {
	// Memory is how many octets of memory a peer may take at most, besides what it
	// has at rest, for a message that is short on the wire and long once it is
	// inflated. 0 means: for a message that comes back, four times its length and
	// 64 MiB, and what is more is noted; for one that is refused, no more than for
	// a shorter one that is refused, give or take 24 MiB. A bound that is given
	// holds for both. In this process it is memory that is asked for, and four
	// times become sixteen.
	Memory int

	// Work is how many times as fast a peer's work may grow as what it is sent; 0
	// means 3. Work of less than a quarter of a second is never too much.
	Work int

	// Kept is how many octets of memory a peer may keep of each connection that is
	// over; 0 means nine tenths of the message that it had, and twice the message
	// where there is compression, whose state may be kept for other connections.
	Kept int
}

// The defaults of a Proportion, and what is too little to count.
const (
	memoryEach     = 4  // octets for each of a message that comes back
	memoryEachHere = 16 // the same, where it is what was asked for
	memoryBase     = 64 << 20
	memorySlack    = 24 << 20
	workGrowth     = 3
	workFloor      = 250 * time.Millisecond
	workTick       = 10 * time.Millisecond // the system counts in these
)

// MaxWork is the greatest [Proportion.Work].
const MaxWork = 1000

func (p Proportion) check() error {
	switch {
	case p.Memory < 0:
		return fmt.Errorf("proportion: memory: %d is less than 0", p.Memory)
	case p.Work < 0 || p.Work > MaxWork:
		return fmt.Errorf("proportion: work: %d is not in 0 to %d", p.Work, MaxWork)
	case p.Kept < 0:
		return errors.New("proportion: kept: less than 0")
	}
	return nil
}

func (p Proportion) work() int { return cmp.Or(p.Work, workGrowth) }

func (p Proportion) kept(cs *catalogue.Case) int {
	size := cs.Measure.Size
	if len(cs.Script.Handshake.Offers) > 0 {
		return cmp.Or(p.Kept, 2*size)
	}
	return cmp.Or(p.Kept, size/10*9)
}
