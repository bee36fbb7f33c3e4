package fuzz

import "testing"

// FuzzProgram decodes and encodes the program form of scripts.
func FuzzProgram(f *testing.F) {
	for _, seed := range Seeds("FuzzProgram") {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if err := checkProgram(data); err != nil {
			t.Fatal(err)
		}
	})
}
