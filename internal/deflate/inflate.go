package deflate

import (
	"fmt"
	"math"
)

// Inflater inflates the messages of one direction of a connection (RFC 7692
// 7.2.2), in pieces of any size, and reports on each. It stops at what is not
// DEFLATE (RFC 1951); it continues after what is DEFLATE, yet more than was agreed
// on, as long as it knows the octets referred to, and it knows the last 32,768
// within any agreed window.
//
// Per message, call [Inflater.Append] for each piece of payload and then
// [Inflater.End]; or [Inflater.Message] once. An Inflater holds as much memory as
// its history needs, 97 KiB at most, and within a message 13 KiB of tables from a
// pool; a message longer than the limit does not cost more than the limit. One that is
// not made by [NewInflater] has to be [Inflater.Reset] first.
type Inflater struct {
	window     int
	noTakeover bool
	limit      int

	history
	input

	state  state
	final  bool  // BFINAL of the present block
	header int64 // place of its first bit
	left   int   // octets to come of a stored block

	// The header of a dynamic block: the numbers of codes, and how many lengths of
	// the present kind were read.
	numLit, numDist, numPre, lens int

	codes *tables // of the present block
	own   *tables // taken from the pool, returned at the end of the message

	// Of the last block that ended: BFINAL was set, it was an empty stored one.
	afterFinal, afterFlush bool

	report Report
}

// state is what the inflater wants next.
type state uint8

const (
	wantHeader  state = iota // three bits
	wantStored               // LEN and NLEN
	wantOctets               // the rest of a stored block
	wantCounts               // HLIT, HDIST, HCLEN
	wantPreLens              // lengths of the code length code
	wantLens                 // lengths of the two codes
	wantSymbols              // the rest of a block of codes
	stopped
)

// NewInflater returns an inflater for one direction of a connection. limit is
// the longest message in octets that it inflates. It panics at a limit below 0
// and at a window that cannot be (see [Stream.Window]).
func NewInflater(s Stream, limit int) *Inflater {
	z := new(Inflater)
	z.Reset(s, limit)
	return z
}

// Reset makes the inflater as [NewInflater] returns it, for another connection.
// It keeps the memory.
func (z *Inflater) Reset(s Stream, limit int) {
	if limit < 0 {
		panic(fmt.Sprintf("deflate: limit of %d octets", limit))
	}
	z.releaseTables()
	buf := z.buf
	*z = Inflater{
		window:     s.Window(),
		noTakeover: s.NoContextTakeover,
		// Halved, no sum of two can overflow.
		limit: min(limit, math.MaxInt/2),
	}
	z.buf = buf
}

// Append inflates a piece of the present message's payload, appends to dst all
// that can be known from it, and returns dst. A piece may be empty and may end
// anywhere.
//
// The error is nil or an [Error]; with it comes what was inflated before. Then
// all further pieces are counted and ignored until [Inflater.End].
func (z *Inflater) Append(dst, piece []byte) ([]byte, error) {
	z.in = piece
	z.given += int64(len(piece))
	dst = z.run(dst)
	z.in = nil
	if z.state == stopped {
		return dst, z.report.Err
	}
	return dst, nil
}

// End ends the present message, as if the four octets 00 00 FF FF of RFC 7692
// 7.2.2 came, and returns the report on it. The error is nil or the [Error] that
// is the report's Err. The inflater is then ready for the next message.
func (z *Inflater) End() (Report, error) {
	if z.state != stopped {
		z.report.Ending = z.ending()
		if z.report.Ending == EndWithin {
			z.report.Err = Error{FaultUnfinished, z.given * 8}
		}
	} else {
		z.report.Ending = EndFault
	}
	report := z.Report()

	z.releaseTables()
	z.input = input{}
	z.beginMessage()
	z.state = wantHeader
	z.final, z.afterFinal, z.afterFlush = false, false, false
	z.report = Report{}
	if report.Err.Fault != FaultNone {
		return report, report.Err
	}
	return report, nil
}

// Report returns the report on the present message so far.
func (z *Inflater) Report() Report {
	r := z.report
	r.In, r.Out = z.given, z.out()
	if r.Final.Octet != 0 {
		r.Trailing = max(0, r.In-r.Final.Octet)
	}
	return r
}

// Overran reports whether the present message refers to what the receiver need
// not have kept: see [Report.Window], [Report.Context] and [Report.PastFinal].
func (z *Inflater) Overran() bool {
	return z.report.Window.Count > 0 || z.report.Context.Count > 0 || z.report.PastFinal.Count > 0
}

// Message inflates a whole message and appends it to dst: [Inflater.Append] and
// [Inflater.End] in one.
func (z *Inflater) Message(dst, payload []byte) ([]byte, Report, error) {
	dst, _ = z.Append(dst, payload)
	report, err := z.End()
	return dst, report, err
}

// ending says how the payload ended, and books the block that the stripped
// octets complete.
func (z *Inflater) ending() Ending {
	switch {
	case z.given == 0:
		return EndNothing
	case z.state == wantStored && z.held == 0:
		if z.final {
			z.endBlock()
		}
		return EndStripped
	case z.state != wantHeader:
		return EndWithin
	case z.afterFinal && z.held == 0:
		return EndFinal
	case z.afterFlush && z.held == 0:
		return EndKept
	}
	return EndBoundary
}

// run inflates what z.in holds.
func (z *Inflater) run(dst []byte) []byte {
	for {
		var more bool
		switch z.state {
		case wantHeader:
			more = z.readHeader()
		case wantStored:
			more = z.readStored()
		case wantOctets:
			dst, more = z.copyStored(dst)
		case wantCounts:
			more = z.readCounts()
		case wantPreLens:
			more = z.readPreLens()
		case wantLens:
			more = z.readLens()
		case wantSymbols:
			dst, more = z.readSymbols(dst)
		}
		if !more {
			dst = z.flush(dst)
			z.settle(dst)
			return dst
		}
	}
}

// fail stops the inflater at a fault. It returns false: nothing is left to do.
func (z *Inflater) fail(f Fault, bit int64) bool {
	z.report.Err = Error{f, bit}
	z.state = stopped
	return false
}

// endBlock books the end of a block.
func (z *Inflater) endBlock() {
	z.state = wantHeader
	z.afterFinal, z.afterFlush = z.final, false
	if !z.final {
		return
	}
	if z.align() != 0 {
		z.report.Padding = true
	}
	z.finalEnd = z.pos
	if z.report.Finals == 1 {
		z.report.Final.Octet, z.report.Final.Out = z.place()/8, z.out()
	}
}

func (z *Inflater) releaseTables() {
	if z.own != nil {
		tablePool.Put(z.own)
		z.own = nil
	}
	z.codes = nil
}
