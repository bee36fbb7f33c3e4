// Package testseeds says how many conversations drawn at random a test has, and how much of what takes long.
package testseeds

import (
	"os"
	"strconv"
	"testing"
)

// All reports whether tests play all of what takes long, as in .ci/run: whether WSCHECK_ALL is set.
func All() bool { return os.Getenv("WSCHECK_ALL") != "" }

// parts is how many tests share the cases of which each has a [Part].
const parts = 3

// Part returns a third of some cases, which is another one for each of the parts 0, 1 and 2, and
// all of them where [All] is true.
func Part[E any](cases []E, part int) (some []E) {
	if All() {
		return cases
	}
	for i := part; i < len(cases); i += parts {
		some = append(some, cases[i])
	}
	return some
}

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
