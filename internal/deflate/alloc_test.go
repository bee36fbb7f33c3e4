//go:build !race

package deflate

import (
	"testing"
)

// No message takes memory once an inflater or a compressor has what it needs.
// The race detector makes pools forget at random.
func TestSteadyState(t *testing.T) {
	for _, kind := range kinds {
		message := sample(kind, 10_000)
		s := Stream{WindowBits: 12}
		c, z := NewCompressor(s), NewInflater(s, len(message))
		payload, out := make([]byte, 0, 2*len(message)), make([]byte, 0, len(message))
		round := func() {
			payload = c.Message(payload[:0], message)
			if _, _, err := z.Message(out, payload); err != nil {
				t.Fatal(err)
			}
		}
		// The window and the history have to fill up first.
		for range 40 {
			round()
		}
		if n := testing.AllocsPerRun(20, round); n != 0 {
			t.Errorf("%s: %v allocations a message", kind, n)
		}
	}
}
