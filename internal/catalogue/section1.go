package catalogue

import (
	"fmt"
	"time"

	"github.com/wscheck/wscheck/internal/autobahn"
	"github.com/wscheck/wscheck/oracle"
	"github.com/wscheck/wscheck/wsproto"
)

// frameSizes are the payload lengths about the places where the form of a
// frame's length changes.
var frameSizes = []struct {
	octets int
	chop   int
	limit  time.Duration
	why    string
}{
	{0, 0, time.Second, "The frame is its header alone."},
	{125, 0, time.Second, "This is the longest payload whose length the 7-bit field holds itself."},
	{126, 0, time.Second, "This is the shortest payload that needs the 16-bit length; the 7-bit field holds the marker 126."},
	{127, 0, time.Second, "As a 7-bit length 127 would be the marker of the 64-bit form; the shortest form is the 16-bit one."},
	{128, 0, time.Second, "The low octet of the 16-bit length has its top bit set, where a signed octet would be negative."},
	{65535, 0, 10 * time.Second, "This is the longest payload whose length fits into 16 bits."},
	{65536, 0, 10 * time.Second, "This is the shortest payload that needs the 64-bit length; the 7-bit field holds the marker 127."},
	{65536, 997, 10 * time.Second, "The frame is written in pieces of 997 octets, so that most reads end in the middle of a masking word."},
}

// section1 sends single frames of every length form.
func section1() []entry {
	var rows []entry
	for i, of := range []struct {
		op   wsproto.Opcode
		unit string
	}{{wsproto.OpText, "*"}, {wsproto.OpBinary, "\xfe"}} {
		for j, size := range frameSizes {
			p := repeated(of.unit, size.octets)
			frame := whole(of.op, p)
			frame.Chop = size.chop
			rows = append(rows, entry{
				id:    fmt.Sprintf("1.%d.%d", i+1, j+1),
				sends: fmt.Sprintf("One %s message of %s in a single frame. %s", kindOf(of.op), count(size.octets, "octet"), size.why),
				wants: fmt.Sprintf("A %s message of the same %s comes back.", kindOf(of.op), count(size.octets, "octet")) + thenClosed,
				rfc:   []string{"RFC 6455 5.2", "RFC 6455 5.6"},
				steps: []oracle.Step{frame, failAfter(size.limit)},
				expect: accepted(autobahn.Observation{
					Kind: autobahn.Message, Payload: p, Binary: of.op == wsproto.OpBinary,
				}),
			})
		}
	}
	return rows
}
