package fuzz

import "testing"

// FuzzFrames takes streams of frames apart, in chops.
func FuzzFrames(f *testing.F) {
	for _, seed := range Seeds("FuzzFrames") {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if err := checkFrames(data); err != nil {
			t.Fatal(err)
		}
	})
}
