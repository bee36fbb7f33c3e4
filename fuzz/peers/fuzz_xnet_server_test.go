package peers

import "testing"

// FuzzXNetServer fuzzes xnet as a server.
func FuzzXNetServer(f *testing.F) { fuzzServer(f, "xnet") }
