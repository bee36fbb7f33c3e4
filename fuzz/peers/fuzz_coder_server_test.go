package peers

import "testing"

// FuzzCoderServer fuzzes coder as a server.
func FuzzCoderServer(f *testing.F) { fuzzServer(f, "coder") }
