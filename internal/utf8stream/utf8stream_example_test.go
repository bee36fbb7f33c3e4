package utf8stream_test

import (
	"fmt"

	"github.com/wscheck/wscheck/internal/utf8stream"
)

// The checker fails at the first octet that cannot be right: here the second of
// a surrogate, without the third.
func ExampleChecker() {
	var u utf8stream.Checker
	for _, fragment := range []string{"\xce\xba\xe1", "\xbd\xb9", "\xed", "\xa0"} {
		n, ok := u.Write([]byte(fragment))
		fmt.Printf("%x: %d octets, ok %v, complete %v\n", fragment, n, ok, u.Complete())
	}
	// Output:
	// cebae1: 3 octets, ok true, complete false
	// bdb9: 2 octets, ok true, complete true
	// ed: 1 octets, ok true, complete false
	// a0: 0 octets, ok false, complete false
}
