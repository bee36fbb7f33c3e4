package peers

import "testing"

// FuzzDeflateGWSServer fuzzes gws as a server, with permessage-deflate.
func FuzzDeflateGWSServer(f *testing.F) { fuzzServer(f, "gws+deflate") }
