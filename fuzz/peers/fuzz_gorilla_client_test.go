package peers

import "testing"

// FuzzGorillaClient fuzzes gorilla as a client.
func FuzzGorillaClient(f *testing.F) { fuzzClient(f, "gorilla") }
