package peers

import "testing"

// FuzzCoderClient fuzzes coder as a client.
func FuzzCoderClient(f *testing.F) { fuzzClient(f, "coder") }
