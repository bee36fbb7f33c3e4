package peers

import "testing"

// FuzzDeflateGobwasServer fuzzes gobwas as a server, with permessage-deflate.
func FuzzDeflateGobwasServer(f *testing.F) { fuzzServer(f, "gobwas+deflate") }
