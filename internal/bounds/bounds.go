// Package bounds holds the limits of what the steps of a script do.
package bounds

import "time"

// Pongs bounds the pongs to one ping of the peer's.
const Pongs = 100

// How long our side does not read at most.
const (
	Stall   = time.Minute
	Blocked = time.Second / 2 // with octets of ours on their way
)

// Wait is the wait of a step that has no time-out of its own, and the longest one.
const Wait = 100 * time.Second
