package peers

import "testing"

// FuzzGobwasServer fuzzes gobwas as a server.
func FuzzGobwasServer(f *testing.F) { fuzzServer(f, "gobwas") }
