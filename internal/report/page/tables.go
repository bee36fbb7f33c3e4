package page

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"

	"github.com/wscheck/wscheck/internal/autobahn"
	"github.com/wscheck/wscheck/internal/plural"
	"github.com/wscheck/wscheck/internal/report"
	"github.com/wscheck/wscheck/internal/report/transcript"
	"github.com/wscheck/wscheck/internal/visible"
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

// closingView is how the connection was closed, with the keys of Autobahn's
// reports. The script of the page says what they mean.
type closingView struct {
	Result   string      `json:"result"`
	Behavior string      `json:"behavior"`
	Tone     report.Tone `json:"tone"`
	Rows     [][2]string `json:"rows"` // key and value
}

func newClosingView(role wsproto.Role, rec *autobahn.Record) *closingView {
	v := &closingView{
		Result:   visible.Text(rec.ResultClose, 1000),
		Behavior: visible.Text(string(rec.BehaviorClose), 60),
		Tone:     report.CloseLabel(rec).Tone,
	}
	for _, row := range []struct {
		key   string
		value any
	}{
		{"isServer", role == wsproto.Server},
		{"closedByMe", rec.ClosedByMe},
		{"failedByMe", rec.FailedByMe},
		{"droppedByMe", rec.DroppedByMe},
		{"wasClean", rec.WasClean},
		{"wasNotCleanReason", rec.WasNotCleanReason},
		{"wasServerConnectionDropTimeout", rec.WasServerConnectionDropTimeout},
		{"wasOpenHandshakeTimeout", rec.WasOpenHandshakeTimeout},
		{"wasCloseHandshakeTimeout", rec.WasCloseHandshakeTimeout},
		{"localCloseCode", codeText(rec.Local)},
		{"localCloseReason", reasonText(rec.Local)},
		{"remoteCloseCode", codeText(rec.Remote)},
		{"remoteCloseReason", reasonText(rec.Remote)},
	} {
		text := cmp.Or(visible.Text(fmt.Sprint(row.value), 400), "none")
		v.Rows = append(v.Rows, [2]string{row.key, text})
	}
	return v
}

// codeText returns the code of a close frame, "" where there is none.
func codeText(p *wsproto.ClosePayload) string {
	if p == nil || !p.HasCode {
		return ""
	}
	return strconv.Itoa(int(p.Code))
}

// reasonText returns the reason of a close frame, with any octets.
func reasonText(p *wsproto.ClosePayload) string {
	if p == nil {
		return ""
	}
	return string(p.Reason)
}

func trafficTable(t *autobahn.Traffic) statsTable {
	table := statsTable{Title: "Compression", Columns: []string{"What", "Received", "Sent"}}
	add := func(name string, in, out string) {
		table.Rows = append(table.Rows, statsRow{Cells: []string{name, in, out}})
	}
	number := func(name string, in, out int) { add(name, plural.Decimal(in), plural.Decimal(out)) }
	number("Octets before compression", t.In.OctetsApp, t.Out.OctetsApp)
	number("Octets of payload", t.In.OctetsWebSocket, t.Out.OctetsWebSocket)
	number("Octets on the wire", t.In.OctetsWire, t.Out.OctetsWire)
	number("Octets of the handshake", t.PreopenIn, t.PreopenOut)
	number("Messages", t.In.Messages, t.Out.Messages)
	number("Frames", t.In.Frames, t.Out.Frames)
	add("Compression ratio", ratioText(t.In.CompressionRatio()), ratioText(t.Out.CompressionRatio()))
	add("Overhead", ratioText(t.In.Overhead()), ratioText(t.Out.Overhead()))
	return table
}
