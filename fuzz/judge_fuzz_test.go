package fuzz

import "testing"

// FuzzJudge judges conversations, in chops.
func FuzzJudge(f *testing.F) {
	for _, seed := range Seeds("FuzzJudge") {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if err := checkJudge(data); err != nil {
			t.Fatal(err)
		}
	})
}
