package fuzz

import "testing"

// FuzzScriptText reads and writes the text form of scripts.
func FuzzScriptText(f *testing.F) {
	for _, seed := range Seeds("FuzzScriptText") {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if err := checkScriptText(data); err != nil {
			t.Fatal(err)
		}
	})
}
