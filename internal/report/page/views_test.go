package page

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/wscheck/wscheck/internal/autobahn"
	"github.com/wscheck/wscheck/internal/catalogue"
	"github.com/wscheck/wscheck/internal/report/reporttest"
	"github.com/wscheck/wscheck/internal/report/transcript"
	"github.com/wscheck/wscheck/oracle"
	"github.com/wscheck/wscheck/wsproto"
)

// steps writes a diagram as lines: direction, class, label.
func steps(d *diagram) (lines []string) {
	for i := range d.Items {
		item := &d.Items[i]
		side := "<"
		if item.Sent {
			side = ">"
		}
		switch item.Kind {
		case "arrow":
			line := side + " " + item.Class + " " + item.Label
			if item.Broken {
				line += " ✗"
			}
			if item.Hit != "" {
				line += " !"
			}
			lines = append(lines, line)
		default:
			lines = append(lines, item.Kind+" "+item.Label)
		}
	}
	return lines
}

func TestDiagram(t *testing.T) {
	k := reporttest.NewTalk()
	k.Send(wsproto.NewFrame(wsproto.OpText, true, []byte("Hello, world!")), 6)
	k.Rx(append(wsproto.NewFrame(wsproto.OpText, true, []byte("Hello, world!")).AppendTo(nil),
		wsproto.NewFrame(wsproto.OpPing, true, nil).AppendTo(nil)...))
	half := wsproto.NewFrame(wsproto.OpText, true, []byte("abcdef")).AppendTo(nil)
	k.Tx(half[:4]).Wait("A", time.Second).Tx(half[4:])
	k.Tx([]byte{0x83, 0})
	k.Event(oracle.Event{Kind: oracle.EventQuiet})
	k.Event(oracle.Event{Kind: oracle.EventReceivedReset}).Event(oracle.Event{Kind: oracle.EventClosed, Tag: "cleaning up"})

	d := newDiagram(transcript.New(&k.Trace), wsproto.Client, []oracle.Finding{{Event: len(k.Trace.Events) - 4}})
	want := []string{
		"> http GET / HTTP/1.1",
		"< http HTTP/1.1 101 Switching Protocols",
		`> text TEXT "Hello, world!" [13 octets, masked] in 4 pieces`,
		`< text TEXT "Hello, world!" [13 octets]`,
		"< control PING [0 octets]",
		"> text TEXT: first 4 octets of 8",
		"pause 1 s",
		"note wait A is over",
		"> text TEXT: last 4 octets",
		"> odd RSV3 [0 octets] !",
		"note peer has read everything and has nothing to do",
		"< end connection reset by the peer (RST) ✗",
		"> end connection closed by us: cleaning up",
	}
	if got := steps(d); !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if d.Us != "wscheck (client)" || d.Peer != "peer (server)" {
		t.Errorf("the lifelines are %q and %q", d.Us, d.Peer)
	}
}

func TestDiagramIsBounded(t *testing.T) {
	k := reporttest.NewTalk()
	for range 1000 {
		k.Send(wsproto.NewFrame(wsproto.OpPing, true, nil), 0)
		k.Receive(wsproto.NewFrame(wsproto.OpPong, true, nil))
	}
	d := newDiagram(transcript.New(&k.Trace), wsproto.Client, nil)
	if got, want := len(d.Items), diagramItems+1; got != want {
		t.Errorf("%d items, want %d", got, want)
	}
	if more := d.Items[diagramItems-diagramTail]; more.Kind != "more" || more.Label != "1942 steps not shown" {
		t.Errorf("between head and tail stands %+v", more)
	}
	if last := d.Items[diagramItems]; last.Label != "PONG [0 octets]" {
		t.Errorf("the last item is %q", last.Label)
	}
}

func TestWireStatsFromTrace(t *testing.T) {
	k := reporttest.Play(&catalogue.Case{ID: "x/y"})
	tables := wireStats(transcript.New(&k.Trace), nil)
	var got []string
	for _, table := range tables {
		for _, row := range table.Rows {
			got = append(got, strings.Join(row.Cells, " "))
		}
	}
	want := []string{
		"4 1 4", "129 1 129", "Total 2 133", "8 1 8", "153 1 153", "Total 2 161",
		"8 CLOSE 1", "Total  1", "8 CLOSE 1", "Total  1",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %q\nwant %q", got, want)
	}
	fromRecord := wireStats(transcript.New(&oracle.Trace{}), &k.Rec)
	if got, want := fmt.Sprint(fromRecord), fmt.Sprint(tables); got != want {
		t.Errorf("from the record: %s\nfrom the trace: %s", got, want)
	}
}

func TestOctetTableIsBounded(t *testing.T) {
	sizes := map[int]int{}
	for i := range 10_000 {
		sizes[i+1] = 1
	}
	table := octetTable("", sizes)
	if len(table.Rows) != maxStatsRows+2 {
		t.Errorf("%d rows", len(table.Rows))
	}
	if got := table.Rows[maxStatsRows+1].Cells; !slices.Equal(got, []string{"Total", "10,000", "50,005,000"}) {
		t.Errorf("the total is %v", got)
	}
}

func TestSeenObservations(t *testing.T) {
	got := seen([]autobahn.Observation{
		{Kind: autobahn.Message, Payload: oracle.Payload{Data: []byte("ab"), Len: 5}},
		{Kind: autobahn.Message, Binary: true, Payload: oracle.Payload{Data: []byte{0xFE}, Len: 70000}},
		{Kind: autobahn.Pong, Payload: oracle.Payload{Data: []byte("\u202e<b>")}},
		{Kind: autobahn.StillOpen, Tag: "A"},
	}, 0)
	want := []string{
		`TEXT "ababa" [5 octets]`, "BINARY <" + strings.Repeat("fe", 24) + "…> [70000 octets]",
		"PONG <e280ae3c623e> [6 octets]", "connection still open after wait A",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %q\nwant %q", got, want)
	}
	if got := seen(make([]autobahn.Observation, 10_000), 0); len(got) != maxSeen+1 {
		t.Errorf("%d lines of 10,000", len(got))
	}
}
