package peers

import "testing"

// FuzzGobwasClient fuzzes gobwas as a client.
func FuzzGobwasClient(f *testing.F) { fuzzClient(f, "gobwas") }
