package main

import (
	"testing"

	"github.com/wscheck/wscheck/internal/testseeds"
)

func TestMedian(t *testing.T) {
	if got := median([]float64{3, 1, 2}); got != 2 {
		t.Errorf("%v, want 2", got)
	}
}

// TestCompare builds as docs/fuzzing.md advises, and demands counters in the library.
func TestCompare(t *testing.T) {
	if !testseeds.All() {
		t.Skip("it builds a test: set WSCHECK_ALL, as .ci/run does")
	}
	if err := compare("gobwas", 1000, 1, false); err != nil {
		t.Error(err)
	}
	if err := compare("nobody", 1000, 1, false); err == nil {
		t.Error("no error for a library that there is not")
	}
}
