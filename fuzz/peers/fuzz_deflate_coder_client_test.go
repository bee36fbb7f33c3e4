package peers

import "testing"

// FuzzDeflateCoderClient fuzzes coder as a client, with permessage-deflate.
func FuzzDeflateCoderClient(f *testing.F) { fuzzClient(f, "coder+deflate") }
