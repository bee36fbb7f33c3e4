package peers

import "testing"

// FuzzDeflateGorillaClient fuzzes gorilla as a client, with permessage-deflate.
func FuzzDeflateGorillaClient(f *testing.F) { fuzzClient(f, "gorilla+deflate") }
