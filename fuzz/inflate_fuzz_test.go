package fuzz

import "testing"

// FuzzInflate inflates DEFLATE streams, in chops.
func FuzzInflate(f *testing.F) {
	for _, seed := range Seeds("FuzzInflate") {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if err := checkInflate(data); err != nil {
			t.Fatal(err)
		}
	})
}
