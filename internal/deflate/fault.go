package deflate

import "fmt"

// Fault is why a message cannot be inflated any further. The set is closed;
// values are comparable and are errors themselves, so that errors.Is finds one
// in an [Error].
type Fault uint8

// The faults, with the sections of RFC 1951 that they break.
const (
	// FaultNone: nothing is wrong.
	FaultNone Fault = iota
	// FaultBlockType: the reserved block type 11 (3.2.3).
	FaultBlockType
	// FaultStoredLength: NLEN is not the complement of LEN (3.2.4).
	FaultStoredLength
	// FaultLitLenCount: HLIT announces more than 286 literal/length codes (3.2.7).
	FaultLitLenCount
	// FaultDistCount: HDIST announces more than 30 distance codes (3.2.7).
	FaultDistCount
	// FaultCodeLenOver: the code length code is over-subscribed (3.2.2, 3.2.7).
	FaultCodeLenOver
	// FaultCodeLenUnder: the code length code is incomplete or empty.
	FaultCodeLenUnder
	// FaultRepeatFirst: a repeat of the previous length where there is none (3.2.7).
	FaultRepeatFirst
	// FaultRepeatLong: a repeat runs past the last code length (3.2.7).
	FaultRepeatLong
	// FaultNoEndOfBlock: symbol 256 has no code, so that the block cannot end (3.2.7).
	FaultNoEndOfBlock
	// FaultLitLenOver: the literal/length code is over-subscribed.
	FaultLitLenOver
	// FaultLitLenUnder: the literal/length code is incomplete. A single code of
	// one bit is allowed, as zlib does.
	FaultLitLenUnder
	// FaultDistOver: the distance code is over-subscribed.
	FaultDistOver
	// FaultDistUnder: the distance code is incomplete. No code at all and a
	// single code of one bit are allowed (3.2.7).
	FaultDistUnder
	// FaultLitLenSymbol: symbol 286 or 287, or an unused code (3.2.6).
	FaultLitLenSymbol
	// FaultDistSymbol: symbol 30 or 31, or an unused code (3.2.6, 3.2.7).
	FaultDistSymbol
	// FaultDistance: a distance reaches before the start of the data (3.2).
	FaultDistance
	// FaultUnfinished: the message ends within a block (RFC 7692 7.2.1).
	FaultUnfinished
	// FaultLimit: the message is longer than the caller's limit. It says nothing
	// against the sender.
	FaultLimit

	numFaults
)

var faultNames = [numFaults]string{
	FaultNone:         "no fault",
	FaultBlockType:    "reserved block type",
	FaultStoredLength: "stored length and its complement differ",
	FaultLitLenCount:  "too many literal/length codes",
	FaultDistCount:    "too many distance codes",
	FaultCodeLenOver:  "over-subscribed code length code",
	FaultCodeLenUnder: "incomplete code length code",
	FaultRepeatFirst:  "repeat of a code length before the first",
	FaultRepeatLong:   "repeat past the last code length",
	FaultNoEndOfBlock: "no code for the end of the block",
	FaultLitLenOver:   "over-subscribed literal/length code",
	FaultLitLenUnder:  "incomplete literal/length code",
	FaultDistOver:     "over-subscribed distance code",
	FaultDistUnder:    "incomplete distance code",
	FaultLitLenSymbol: "invalid literal/length symbol",
	FaultDistSymbol:   "invalid distance symbol",
	FaultDistance:     "distance before the start of the data",
	FaultUnfinished:   "message ends within a block",
	FaultLimit:        "message longer than the limit",
}

// String returns the fault in words.
func (f Fault) String() string {
	if f < numFaults {
		return faultNames[f]
	}
	return fmt.Sprintf("fault %d", uint8(f))
}

// Error returns the fault in words.
func (f Fault) Error() string { return "deflate: " + f.String() }

// Error is a fault and its place. It is comparable.
type Error struct {
	Fault Fault
	// Bit is the place in the message's compressed payload, in bits from its
	// start, least significant first (RFC 1951 3.1.1): of the first bit of the
	// wrong symbol, field or block header, and the payload's end for
	// [FaultUnfinished].
	Bit int64
}

// Octet returns the offset of the octet that holds the bit.
func (e Error) Octet() int64 { return e.Bit / 8 }

// Error returns the fault in words and its place.
func (e Error) Error() string {
	return fmt.Sprintf("%s, at octet %d bit %d", e.Fault.Error(), e.Octet(), e.Bit%8)
}

// Unwrap returns the fault.
func (e Error) Unwrap() error { return e.Fault }
