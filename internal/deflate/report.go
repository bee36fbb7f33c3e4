package deflate

import "fmt"

// Report is what an [Inflater] saw of one message. It is comparable.
type Report struct {
	// In counts the octets of compressed payload given, Out those inflated.
	In, Out int64
	// Blocks counts the blocks begun. The one whose end RFC 7692 7.2.1 takes off
	// is not among them.
	Blocks Blocks
	// MaxDistance is the longest distance of any back-reference, 0 without one.
	MaxDistance int
	// Window reports distances longer than the agreed window (RFC 7692 7.1.2).
	// Reach.Max is by how many octets.
	Window Reach
	// Context reports distances from a message that has to begin with an empty
	// window to before its start (RFC 7692 7.1.1).
	Context Reach
	// PastFinal reports distances to before the end of the last block with
	// BFINAL set, in this message or an earlier one. RFC 7692 allows data after
	// such a block (7.2.1) and leaves open whether the window is kept, though
	// common inflaters start anew.
	PastFinal Reach
	// Start reports the distance to before the first octet of the connection
	// that was fatal ([FaultDistance]).
	Start Reach
	// Finals counts the blocks begun with BFINAL set.
	Finals int64
	// Final is the first of them.
	Final Final
	// Trailing counts the octets of payload after the first block with BFINAL
	// set. Conforming endpoints have one at least (RFC 7692 7.2.3.4).
	Trailing int64
	// Padding says that bits between a block with BFINAL set and the next octet
	// were not zero, as they have to be (RFC 7692 7.2.1).
	Padding bool
	// Ending is how the payload ended; 0 while it has not.
	Ending Ending
	// Err is the fault that stopped the inflater, if any.
	Err Error
}

// Blocks counts blocks by kind.
type Blocks struct {
	Stored, Fixed, Dynamic int64
	// Empty counts the stored blocks without an octet: flush points.
	Empty int64
}

// Reach counts back-references that go too far.
type Reach struct {
	// Count is the number of them.
	Count int64
	// Max is by how many octets the farthest went too far.
	Max int
	// Bit is the place of the first one's distance code in the compressed
	// payload, as in [Error].
	Bit int64
}

func (r *Reach) add(excess int, bit int64) {
	if excess <= 0 {
		return
	}
	if r.Count == 0 {
		r.Bit = bit
	}
	r.Count++
	r.Max = max(r.Max, excess)
}

// Final is the place of a block with BFINAL set.
type Final struct {
	// Bit is the place of the block's first bit in the compressed payload.
	Bit int64
	// Octet is the offset of the first octet after the block and its padding; 0
	// if the block does not end.
	Octet int64
	// Out is the number of octets inflated up to the block's end.
	Out int64
}

// Ending is how a compressed payload ended (RFC 7692 7.2.1).
type Ending uint8

const (
	// EndNone: the message continues.
	EndNone Ending = iota
	// EndStripped: as it must, right before the LEN of a stored block, which the
	// four octets 00 00 FF FF complete.
	EndStripped
	// EndKept: after an empty stored block from which nothing was taken off.
	EndKept
	// EndFinal: after a block with BFINAL set, without the stored block that has
	// to follow it (RFC 7692 7.2.3.4).
	EndFinal
	// EndBoundary: after any other block.
	EndBoundary
	// EndNothing: the payload had no octet, whereas an empty message needs one
	// at least (RFC 7692 7.2.3.6).
	EndNothing
	// EndWithin: within a block, so that some of the message is missing.
	EndWithin
	// EndFault: the inflater had stopped at a fault before.
	EndFault

	numEndings
)

var endingNames = [numEndings]string{
	EndNone:     "continues",
	EndStripped: "flushed and stripped",
	EndKept:     "flushed, not stripped",
	EndFinal:    "final block, not flushed",
	EndBoundary: "not flushed",
	EndNothing:  "no octet",
	EndWithin:   "within a block",
	EndFault:    "fault",
}

// String returns the ending in words.
func (e Ending) String() string {
	if e < numEndings {
		return endingNames[e]
	}
	return fmt.Sprintf("ending %d", uint8(e))
}

// Conforming reports whether the payload ended as RFC 7692 7.2.1 wants.
func (e Ending) Conforming() bool { return e == EndStripped }
