package main

import "testing"

func TestMedian(t *testing.T) {
	if got := median([]float64{3, 1, 2}); got != 2 {
		t.Errorf("%v, want 2", got)
	}
}
