package engine

import (
	"time"
)

// link is one connection as a conversation sees it. Writing never blocks: what
// is written is handed over, and an inputWritten tells when it is on its way.
// The two implementations are a socket ([liveLink]) and the in-memory
// connection of a bubble.
type link interface {
	// write hands over octets, to be written in pieces of chop octets where
	// chop is positive. They must not be changed until their inputWritten.
	write(b []byte, chop int)
	// next waits for the next input, at the latest until deadline.
	next(deadline time.Time) input
	// shutdown ends our sending direction once all octets are written.
	shutdown()
	// reset drops the connection at once, so that the peer sees a reset.
	reset()
	// close ends the connection and frees what it holds. flush lets octets
	// that were handed over go out first.
	close(flush bool)
	// halt has nothing read from the connection until goOn.
	halt()
	goOn()
	// exact reports whether a passed deadline means that the peer has nothing
	// more to do before it: true under the clock of a bubble.
	exact() bool
}

// inputKind says what a link has to tell.
type inputKind uint8

const (
	inputDeadline inputKind = iota // nothing came until the deadline
	inputData                      // octets from the peer
	inputWritten                   // one write is done
	inputFailed                    // a write failed; further ones are pointless
	inputEOF                       // the peer ended its sending direction
	inputReset                     // the connection broke
	inputDied                      // the peer's process or goroutine is gone
)

// input is one thing that happened on a link. data is valid until the next
// call of next.
type input struct {
	kind inputKind
	data []byte
	err  error
	at   time.Time // of an inputWritten over a socket: when the octets had left

	// quiet, of an inputDeadline, says that the peer has read all that we sent
	// and waits: only a link that is exact knows.
	quiet bool
}
