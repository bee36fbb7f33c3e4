package fuzz

import "testing"

// FuzzResponse reads opening handshakes' responses.
func FuzzResponse(f *testing.F) {
	for _, seed := range Seeds("FuzzResponse") {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if err := checkResponse(data); err != nil {
			t.Fatal(err)
		}
	})
}
