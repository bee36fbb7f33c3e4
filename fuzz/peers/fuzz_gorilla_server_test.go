package peers

import "testing"

// FuzzGorillaServer fuzzes gorilla as a server.
func FuzzGorillaServer(f *testing.F) { fuzzServer(f, "gorilla") }
