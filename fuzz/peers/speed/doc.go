// Package speed has two fuzz targets that differ in what is done with a library,
// and in nothing else: one judges conversations with it, as every target over
// libraries does, and one only starts it on the same octets. The command fuzzspeed
// compares how many executions a second they reach.
package speed

import (
	"cmp"
	"os"

	"github.com/wscheck/wscheck/fuzz/peers"
)

// Variable is the environment variable that names the library; without it, it is
// gobwas, the fastest.
const Variable = "WSCHECK_SPEED_LIBRARY"

// Library returns the library that the environment names.
func Library() (peers.Library, error) { return peers.Find(cmp.Or(os.Getenv(Variable), "gobwas")) }
