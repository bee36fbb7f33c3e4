package peers

import "testing"

// FuzzDeflateCoderServer fuzzes coder as a server, with permessage-deflate.
func FuzzDeflateCoderServer(f *testing.F) { fuzzServer(f, "coder+deflate") }
