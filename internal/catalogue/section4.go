package catalogue

import (
	"fmt"

	"github.com/wscheck/wscheck/wsproto"
)

// reservedOpcodes are the five ways in which a reserved opcode is tried: for
// the non-control opcodes 3 to 7 and for the control opcodes 11 to 15 alike.
var reservedOpcodes = []struct {
	payload string
	after   bool // a good text message goes before and a ping follows
	writing writing
}{
	{},
	{payload: "reserved opcode payload"},
	{after: true},
	{payload: hello, after: true},
	{payload: hello, after: true, writing: octetwise},
}

// section4 sends frames whose opcode RFC 6455 reserves.
func section4() []entry {
	var rows []entry
	for i, of := range []struct {
		first wsproto.Opcode
		name  string
	}{{3, "non-control"}, {11, "control"}} {
		for j, r := range reservedOpcodes {
			op := of.first + wsproto.Opcode(j)
			load := "no payload"
			if r.payload != "" {
				load = count(len(r.payload), "octet") + " of payload"
			}
			e := errorEntry(r.after, r.writing, whole(op, literal(r.payload)),
				fmt.Sprintf("a frame with the reserved %s opcode %d and %s", of.name, op, load))
			e.id = fmt.Sprintf("4.%d.%d", i+1, j+1)
			e.rfc = []string{"RFC 6455 5.2", "RFC 6455 11.8"}
			rows = append(rows, e)
		}
	}
	return rows
}
