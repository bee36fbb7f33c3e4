package wsproto_test

import (
	"fmt"

	"github.com/wscheck/wscheck/wsproto"
)

// A parser gives each piece of a frame as soon as its octets are there.
func ExampleParser() {
	arrived := []string{"\x81", "\x05Hel", "lo\x89\x00"}

	var p wsproto.Parser
	for _, octets := range arrived {
		fmt.Printf("%d octets\n", len(octets))
		p.Feed([]byte(octets))
		for {
			it, ok := p.Next()
			if !ok {
				break
			}
			fmt.Printf("  at %d: %v of %v %q\n", it.Offset, it.Kind, it.Header.Opcode, it.Payload)
		}
	}
	// Output:
	// 1 octets
	// 4 octets
	//   at 0: header of TEXT ""
	//   at 2: payload of TEXT "Hel"
	// 4 octets
	//   at 5: payload of TEXT "lo"
	//   at 7: end of TEXT ""
	//   at 7: header of PING ""
	//   at 9: end of PING ""
}

// A collector gives whole frames.
func ExampleCollector() {
	var c wsproto.Collector
	for _, octets := range []string{"\x01\x03Hel\x89", "\x00\x80\x02lo\x88\x02\x03\xe8\x82"} {
		for _, f := range c.Feed([]byte(octets)) {
			fmt.Println(f)
		}
	}
	// Output:
	// TEXT "Hel" [3 octets, continued]
	// PING [0 octets]
	// CONT "lo" [2 octets]
	// CLOSE 1000 (normal closure) [2 octets]
}
