package fuzz

import "testing"

// FuzzMask masks payloads.
func FuzzMask(f *testing.F) {
	for _, seed := range Seeds("FuzzMask") {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if err := checkMask(data); err != nil {
			t.Fatal(err)
		}
	})
}
