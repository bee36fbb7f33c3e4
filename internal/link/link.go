package link

import "time"

// Link is one connection as a conversation sees it. Writing never blocks: the link
// takes the octets, and an input of kind [Written] reports when they are on their
// way. A [Socket], a [MemLink] and a [CarriedLink] are links.
type Link interface {
	// Write takes octets, to be written in pieces of chop octets where chop is
	// positive. The caller must not change them until their Written.
	Write(b []byte, chop int)

	// Next waits for the next input, at most until deadline.
	Next(deadline time.Time) Input

	// Shutdown ends our sending direction once all octets are written.
	Shutdown()

	// Reset drops the connection at once: the peer sees a reset.
	Reset()

	// Close ends the connection and frees what it holds. With flush, octets that
	// were taken go out first.
	Close(flush bool)

	// StopReading stops reading from the connection until Resume.
	StopReading()
	Resume()

	// Exact reports whether a passed deadline means that the peer has nothing
	// more to do before it: true under the clock of a bubble.
	Exact() bool
}

// Input is one thing that happened on a link.
type Input struct {
	Kind Kind
	Data []byte // valid until the next call of Next
	Err  error
	At   time.Time // of Written over a socket, and of Reading: when the octets had left

	// Quiet, of TimedOut, says that the peer has read all that we sent and waits.
	// Only a link that is exact knows.
	Quiet bool

	// Underway, of TimedOut, says that octets of ours have left and not arrived at the peer's
	// system, as far as ours knows: the peer can do nothing about them.
	Underway bool
}

// Kind is the kind of an input.
type Kind uint8

// The kinds of inputs.
const (
	TimedOut Kind = iota // nothing came until the deadline
	Data                 // octets from the peer
	Written              // one write is done
	Reading              // the peer has read on until the deadline, of what it was sent before; of an exact link alone
	Failed               // a write failed; all further ones will too
	EOF                  // the peer ended its sending direction
	Reset                // the connection broke
	Died                 // the peer's process or goroutine is gone
)
