package fuzz

import "testing"

// FuzzCorpusEntry reads and writes entries of the corpus.
func FuzzCorpusEntry(f *testing.F) {
	for _, seed := range Seeds("FuzzCorpusEntry") {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if err := checkCorpusEntry(data); err != nil {
			t.Fatal(err)
		}
	})
}
