// Package testseeds says how many conversations drawn at random a test has.
package testseeds

import (
	"os"
	"strconv"
	"testing"
)

// Range returns the seeds of the conversations that a test has: n of them from 0, or
// WSCHECK_SOUNDNESS from WSCHECK_SOUNDNESS_FROM where those are set.
func Range(t testing.TB, n int) (from, to uint64) {
	t.Helper()
	count := uint64(n)
	for name, number := range map[string]*uint64{"WSCHECK_SOUNDNESS": &count, "WSCHECK_SOUNDNESS_FROM": &from} {
		if s := os.Getenv(name); s != "" {
			var err error
			if *number, err = strconv.ParseUint(s, 10, 32); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
		}
	}
	return from, from + count
}
