package page

import (
	"maps"
	"slices"

	"github.com/wscheck/wscheck/internal/autobahn"
	"github.com/wscheck/wscheck/internal/plural"
	"github.com/wscheck/wscheck/internal/report/transcript"
	"github.com/wscheck/wscheck/oracle"
	"github.com/wscheck/wscheck/wsproto"
)

// statsTable is a table of counts.
type statsTable struct {
	Title   string     `json:"title"`
	Columns []string   `json:"columns"`
	Rows    []statsRow `json:"rows"`
}

type statsRow struct {
	Cells []string `json:"cells"`
	Total bool     `json:"total,omitempty"`
}

// maxStatsRows bounds the sizes that a table lists.
const maxStatsRows = 40

// wireStats is the four tables of octets by chop size and frames by opcode, in
// both directions: Autobahn's counts where there are any, else what the trace
// shows.
func wireStats(c *transcript.Transcript, rec *autobahn.Record) []statsTable {
	var rxOctets, txOctets map[int]int
	rxFrames, txFrames := c.Received.Opcodes, c.Sent.Opcodes
	if rec != nil {
		rxOctets, txOctets = rec.RxOctets, rec.TxOctets
		rxFrames, txFrames = rec.RxFrames, rec.TxFrames
	} else {
		rxOctets, txOctets = chopSizes(c, oracle.EventReceived), chopSizes(c, oracle.EventSent)
	}
	return []statsTable{
		octetTable("Octets received by chop size", rxOctets),
		octetTable("Octets sent by chop size", txOctets),
		frameTable("Frames received by opcode", rxFrames),
		frameTable("Frames sent by opcode", txFrames),
	}
}

// chopSizes counts the reads or writes by their size.
func chopSizes(c *transcript.Transcript, kind oracle.EventKind) map[int]int {
	sizes := map[int]int{}
	for i := range c.Moments {
		if ev := c.Moments[i].Event; ev.Kind == kind {
			sizes[max(ev.N, len(ev.Data))]++
		}
	}
	return sizes
}

func octetTable(title string, sizes map[int]int) statsTable {
	t := statsTable{Title: title, Columns: []string{"Chop size", "Count", "Octets"}}
	count, octets, more := 0, 0, 0
	for i, size := range slices.Sorted(maps.Keys(sizes)) {
		n := sizes[size]
		count, octets = count+n, octets+n*size
		if i >= maxStatsRows {
			more++
			continue
		}
		t.Rows = append(t.Rows, statsRow{Cells: []string{plural.Decimal(size), plural.Decimal(n), plural.Decimal(n * size)}})
	}
	if more > 0 {
		t.Rows = append(t.Rows, statsRow{Cells: []string{"… " + plural.Of(more, "size"), "", ""}})
	}
	t.Rows = append(t.Rows, statsRow{Cells: []string{"Total", plural.Decimal(count), plural.Decimal(octets)}, Total: true})
	return t
}

func frameTable(title string, opcodes map[wsproto.Opcode]int) statsTable {
	t := statsTable{Title: title, Columns: []string{"Opcode", "Name", "Count"}}
	total := 0
	for _, op := range slices.Sorted(maps.Keys(opcodes)) {
		total += opcodes[op]
		t.Rows = append(t.Rows, statsRow{Cells: []string{plural.Decimal(int(op)), op.String(), plural.Decimal(opcodes[op])}})
	}
	t.Rows = append(t.Rows, statsRow{Cells: []string{"Total", "", plural.Decimal(total)}, Total: true})
	return t
}
