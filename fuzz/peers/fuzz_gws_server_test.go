package peers

import "testing"

// FuzzGWSServer fuzzes gws as a server.
func FuzzGWSServer(f *testing.F) { fuzzServer(f, "gws") }
