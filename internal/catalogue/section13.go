package catalogue

import (
	"fmt"

	"github.com/wscheck/wscheck/internal/catalogue/data"
	"github.com/wscheck/wscheck/wsproto"
)

// section13 echoes compressed messages under each negotiation.
func section13() []entry {
	var rows []entry
	// Each answer is: no context takeover asked for, window bits asked for.
	for i, answers := range [][]DeflateAnswer{
		{{false, 0}},
		{{true, 0}},
		{{false, 9}},
		{{false, 15}},
		{{true, 9}},
		{{true, 15}},
		{{true, 9}, {true, 0}, {false, 0}},
	} {
		rows = append(rows, deflateEntries(
			fmt.Sprintf("13.%d", i+1), wsproto.OpText, data.JSON, "RFC 7692 7.1", answers...,
		)...)
	}
	return rows
}
