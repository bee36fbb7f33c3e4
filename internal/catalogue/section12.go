package catalogue

import (
	"fmt"

	"github.com/wscheck/wscheck/internal/catalogue/data"
	"github.com/wscheck/wscheck/wsproto"
)

// section12 echoes compressed messages of each kind of test data.
func section12() []entry {
	var rows []entry
	for i, of := range []struct {
		source string
		op     wsproto.Opcode
	}{
		{data.JSON, wsproto.OpText},
		{data.Bitmap, wsproto.OpBinary},
		{data.Text, wsproto.OpBinary}, // not in UTF-8
		{data.HTML, wsproto.OpText},
		{data.PDF, wsproto.OpBinary},
	} {
		rows = append(rows, deflateEntries(
			fmt.Sprintf("12.%d", i+1), of.op, of.source, "RFC 7692 7", DeflateAnswer{},
		)...)
	}
	return rows
}
