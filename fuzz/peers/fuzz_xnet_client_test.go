package peers

import "testing"

// FuzzXNetClient fuzzes xnet as a client.
func FuzzXNetClient(f *testing.F) { fuzzClient(f, "xnet") }
