package peers

import "testing"

// FuzzGWSClient fuzzes gws as a client.
func FuzzGWSClient(f *testing.F) { fuzzClient(f, "gws") }
