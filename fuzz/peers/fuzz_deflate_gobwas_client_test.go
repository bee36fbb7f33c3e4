package peers

import "testing"

// FuzzDeflateGobwasClient fuzzes gobwas as a client, with permessage-deflate.
func FuzzDeflateGobwasClient(f *testing.F) { fuzzClient(f, "gobwas+deflate") }
