package main

import (
	"testing"
	"time"
)

func TestRate(t *testing.T) {
	const out = `fuzz: elapsed: 0s, gathering baseline coverage: 0/1 completed
fuzz: elapsed: 3s, execs: 100 (33/sec), new interesting: 10 (total: 11)
fuzz: elapsed: 6s, execs: 1100 (333/sec), new interesting: 12 (total: 13)
fuzz: elapsed: 9s, execs: 4100 (1000/sec), new interesting: 12 (total: 13)
fuzz: elapsed: 1m6s, execs: 61100 (1000/sec), new interesting: 12 (total: 13)
PASS
`
	for _, c := range []struct {
		from time.Duration
		want float64
	}{{6 * time.Second, 1000}, {8 * time.Second, 1000}, {0, 61000.0 / 63}} {
		if got, err := rate([]byte(out), c.from); err != nil || got != c.want {
			t.Errorf("from %v: %v, %v; want %v", c.from, got, err, c.want)
		}
	}
	for _, out := range []string{"", "PASS\n", "fuzz: elapsed: 3s, execs: 100 (33/sec)\n", "fuzz: elapsed: soon, execs: 100 \n"} {
		if got, err := rate([]byte(out), 0); err == nil {
			t.Errorf("%q: %v", out, got)
		}
	}
}

func TestMedian(t *testing.T) {
	if got := median([]float64{3, 1, 2}); got != 2 {
		t.Errorf("%v, want 2", got)
	}
}
