package fuzz

import "testing"

// FuzzRequest reads opening handshakes' requests.
func FuzzRequest(f *testing.F) {
	for _, seed := range Seeds("FuzzRequest") {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if err := checkRequest(data); err != nil {
			t.Fatal(err)
		}
	})
}
