package fuzz

import "testing"

// FuzzTraceText reads and writes the text form of traces.
func FuzzTraceText(f *testing.F) {
	for _, seed := range Seeds("FuzzTraceText") {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if err := checkTraceText(data); err != nil {
			t.Fatal(err)
		}
	})
}
