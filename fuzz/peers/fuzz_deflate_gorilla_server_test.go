package peers

import "testing"

// FuzzDeflateGorillaServer fuzzes gorilla as a server, with permessage-deflate.
func FuzzDeflateGorillaServer(f *testing.F) { fuzzServer(f, "gorilla+deflate") }
