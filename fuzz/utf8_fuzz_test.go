package fuzz

import "testing"

// FuzzUTF8 checks text for UTF-8, in chops.
func FuzzUTF8(f *testing.F) {
	for _, seed := range Seeds("FuzzUTF8") {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if err := checkUTF8(data); err != nil {
			t.Fatal(err)
		}
	})
}
