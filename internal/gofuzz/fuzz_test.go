package gofuzz_test

import (
	"bytes"
	"testing"

	"github.com/wscheck/wscheck/internal/gofuzz"
)

// FuzzParse reads any octets as a file, and has any octets survive a file.
func FuzzParse(f *testing.F) {
	f.Add([]byte("go test fuzz v1\n[]byte(\"\\x81\\x00\")\n"))
	f.Add([]byte("go test fuzz v1\nint(1)\nstring(`x`)\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		if octets, err := gofuzz.Parse(data); err != nil && octets != nil {
			t.Fatalf("%q with error %v", octets, err)
		}
		if got, err := gofuzz.Parse(gofuzz.Format(data)); err != nil || !bytes.Equal(got, data) {
			t.Fatalf("%q became %q, %v", data, got, err)
		}
	})
}
