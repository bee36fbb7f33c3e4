package peers

import "testing"

// FuzzDeflateGWSClient fuzzes gws as a client, with permessage-deflate.
func FuzzDeflateGWSClient(f *testing.F) { fuzzClient(f, "gws+deflate") }
