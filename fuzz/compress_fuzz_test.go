package fuzz

import "testing"

// FuzzCompress compresses messages, and inflates them.
func FuzzCompress(f *testing.F) {
	for _, seed := range Seeds("FuzzCompress") {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if err := checkCompress(data); err != nil {
			t.Fatal(err)
		}
	})
}
