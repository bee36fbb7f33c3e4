package capture_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"math/rand/v2"
	"net/netip"
	"slices"
	"testing"
	"time"

	"github.com/wscheck/wscheck/internal/capture"
	"github.com/wscheck/wscheck/internal/capture/capturetest"
	"github.com/wscheck/wscheck/oracle"
	"github.com/wscheck/wscheck/wsproto"
)

// conversation is a client that asks, sends a message of so many octets, and is
// answered with a frame that a server must not mask, in a trace of the client's
// side.
func conversation(size int) *oracle.Trace {
	key := "dGhlIHNhbXBsZSBub25jZQ=="
	message := wsproto.NewFrame(wsproto.OpBinary, true, bytes.Repeat([]byte("0123456789"), size/10))
	message.Masked = true
	answer := wsproto.NewFrame(wsproto.OpText, true, []byte("hello"))
	answer.Masked = true
	return &oracle.Trace{Role: wsproto.Client, Events: []oracle.Event{
		sent(0, wsproto.NewRequest("example.test", "/", key).AppendTo(nil)),
		received(time.Millisecond, wsproto.NewResponse(key).AppendTo(nil)),
		sent(2*time.Millisecond, message.AppendTo(nil)),
		received(3*time.Millisecond, answer.AppendTo(nil)),
		{Kind: oracle.EventSentEOF, At: 4 * time.Millisecond, Step: -1},
		{Kind: oracle.EventReceivedEOF, At: 5 * time.Millisecond, Step: -1},
	}}
}

func sent(at time.Duration, data []byte) oracle.Event {
	return oracle.Event{Kind: oracle.EventSent, At: at, Data: data, N: len(data), Step: -1}
}

func received(at time.Duration, data []byte) oracle.Event {
	return oracle.Event{Kind: oracle.EventReceived, At: at, Data: data, N: len(data), Step: -1}
}

// joined is what a trace carried in one direction.
func joined(t *oracle.Trace, kind oracle.EventKind) (data []byte, missing int) {
	for _, ev := range t.Events {
		if ev.Kind == kind {
			data = append(data, ev.Data...)
			missing += ev.N - len(ev.Data)
		}
	}
	return data, missing
}

// same demands that the trace carries what the other does.
func same(t *testing.T, got, want *oracle.Trace) {
	t.Helper()
	if got.Role != want.Role {
		t.Errorf("our role is %v, want %v", got.Role, want.Role)
	}
	for _, kind := range []oracle.EventKind{oracle.EventSent, oracle.EventReceived} {
		g, missing := joined(got, kind)
		w, _ := joined(want, kind)
		if !bytes.Equal(g, w) || missing != 0 {
			t.Errorf("%v: %d octets and %d missing, want %d octets", kind, len(g), missing, len(w))
		}
	}
	last := got.Events[len(got.Events)-1].Kind
	if want := want.Events[len(want.Events)-1].Kind; last != want {
		t.Errorf("the trace ends with %v, want %v", last, want)
	}
}

// readOne reads a file that holds one conversation.
func readOne(t *testing.T, file []byte) *capture.Conversation {
	t.Helper()
	all, _, err := capture.Read(bytes.NewReader(file), capture.Limits{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if len(all) != 1 {
		t.Fatalf("%d conversations, want 1", len(all))
	}
	return all[0]
}

func TestFormats(t *testing.T) {
	want := conversation(5000)
	for name, o := range map[string]capturetest.Options{
		"IPv4": {Start: 1_700_000_000 * time.Second},
		"IPv6": {
			Client: netip.MustParseAddrPort("[2001:db8::1]:40000"), Server: netip.MustParseAddrPort("[2001:db8::2]:8080"),
			FirstSequence: 1<<32 - 300, // which wraps round
		},
	} {
		packets := capturetest.Packets(want, o)
		for linkName, link := range map[string]capturetest.Link{
			"null": capturetest.LinkNull, "ethernet": capturetest.LinkEthernet, "raw": capturetest.LinkRaw,
			"sll": capturetest.LinkSLL, "sll2": capturetest.LinkSLL2,
		} {
			for orderName, order := range map[string]binary.AppendByteOrder{"little": binary.LittleEndian, "big": binary.BigEndian} {
				for format, write := range map[string]func(binary.AppendByteOrder, capturetest.Link, []capturetest.Packet) []byte{
					"pcap": capturetest.PCAP, "pcapng": capturetest.PCAPNG,
				} {
					t.Run(name+"/"+linkName+"/"+orderName+"/"+format, func(t *testing.T) {
						c := readOne(t, write(order, link, packets))
						same(t, c.Trace, want)
						if o.Client.IsValid() && (c.Client != o.Client || c.Server != o.Server) {
							t.Errorf("%v to %v, want %v to %v", c.Client, c.Server, o.Client, o.Server)
						}
						if want := time.Unix(0, int64(o.Start)).UTC(); !c.Start.Equal(want) {
							t.Errorf("began at %v, want %v", c.Start, want)
						}
						if at := c.Trace.Events[len(c.Trace.Events)-1].At; at != 5*time.Millisecond {
							t.Errorf("ended at %v, want 5ms", at)
						}
					})
				}
			}
		}
	}
}

// TestDisorder has the network repeat and reorder packets.
func TestDisorder(t *testing.T) {
	want := conversation(20_000)
	packets := capturetest.Packets(want, capturetest.Options{Segment: 700})
	rng := rand.New(rand.NewPCG(1, 2))
	for range 50 {
		mixed := slices.Clone(packets)
		for range 20 {
			i := rng.IntN(len(mixed))
			mixed = slices.Insert(mixed, i+rng.IntN(len(mixed)-i), mixed[i])
		}
		// Segments of one side change places; their acknowledgments come later.
		for range 20 {
			i := 3 + rng.IntN(len(mixed)-5)
			if len(mixed[i].IP) > 40 && len(mixed[i+2].IP) > 40 && mixed[i].IP[12+3] == mixed[i+2].IP[12+3] {
				ack := mixed[i+1]
				mixed[i], mixed[i+1], mixed[i+2] = mixed[i+2], mixed[i], ack
			}
		}
		same(t, readOne(t, capturetest.PCAP(binary.LittleEndian, capturetest.LinkEthernet, mixed)).Trace, want)
	}
}

// TestMissing has packets be missing from the capture: the trace says so, before
// anything that the other side may have done on account of them.
func TestMissing(t *testing.T) {
	whole := conversation(5000)
	packets := capturetest.Packets(whole, capturetest.Options{})
	const firstOfMessage = 3 + 2 + 2
	lost := slices.Delete(slices.Clone(packets), firstOfMessage+2, firstOfMessage+3)
	got := readOne(t, capturetest.PCAP(binary.BigEndian, capturetest.LinkRaw, lost)).Trace
	data, missing := joined(got, oracle.EventSent)
	all, _ := joined(whole, oracle.EventSent)
	if missing != 1000 || len(data) != len(all)-1000 {
		t.Errorf("%d octets and %d missing, want %d and 1000", len(data), missing, len(all)-1000)
	}
	gap := slices.IndexFunc(got.Events, func(ev oracle.Event) bool { return ev.Elided() })
	answer := len(got.Events) - 3
	if gap < 0 || gap > answer || got.Events[answer].Kind != oracle.EventReceived {
		t.Errorf("event %d says what is missing, and %d is %v", gap, answer, got.Events[answer].Kind)
	}
}

// TestKeepAlive has a connection carry other requests before, one that is cut
// short, and others beside it.
func TestKeepAlive(t *testing.T) {
	want := conversation(10)
	before := &oracle.Trace{Role: wsproto.Client, Events: slices.Concat([]oracle.Event{
		sent(0, []byte("GET /page HTTP/1.1\r\nHost: example.test\r\n\r\n")),
		received(0, []byte("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc")),
	}, want.Events)}
	other := &oracle.Trace{Role: wsproto.Client, Events: []oracle.Event{sent(0, []byte("EHLO example.test\r\n"))}}
	elsewhere := capturetest.Options{Client: netip.MustParseAddrPort("192.0.2.9:1"), Server: netip.MustParseAddrPort("192.0.2.2:80")}
	packets := slices.Concat(capturetest.Packets(other, elsewhere), capturetest.Packets(before, capturetest.Options{}))
	all, summary, err := capture.Read(bytes.NewReader(capturetest.PCAPNG(binary.LittleEndian, capturetest.LinkRaw, packets)), capture.Limits{}, nil)
	if err != nil || len(all) != 1 {
		t.Fatalf("%d conversations, %v", len(all), err)
	}
	same(t, all[0].Trace, want)
	if summary.Connections != 2 || summary.Packets != len(packets) || summary.Segments != len(packets) {
		t.Errorf("got %+v, want 2 connections and %d packets", summary, len(packets))
	}
}

// TestReset has a reset end a conversation, and the same ports be used again.
func TestReset(t *testing.T) {
	first := conversation(10)
	first.Events = append(first.Events[:3:3], oracle.Event{Kind: oracle.EventSentReset, Step: -1})
	second := conversation(100)
	packets := slices.Concat(capturetest.Packets(first, capturetest.Options{}), capturetest.Packets(second, capturetest.Options{FirstSequence: 77}))
	all, _, err := capture.Read(bytes.NewReader(capturetest.PCAP(binary.LittleEndian, capturetest.LinkNull, packets)), capture.Limits{}, nil)
	if err != nil || len(all) != 2 {
		t.Fatalf("%d conversations, %v", len(all), err)
	}
	same(t, all[0].Trace, first)
	same(t, all[1].Trace, second)
}

// TestMirror judges both sides: this server masks, and the client is right to
// drop the connection.
func TestMirror(t *testing.T) {
	c := readOne(t, capturetest.PCAP(binary.LittleEndian, capturetest.LinkRaw, capturetest.Packets(conversation(10), capturetest.Options{})))
	server := oracle.JudgeTrace(c.Trace, oracle.Options{})
	if server.Outcome != oracle.Violation || server.Findings[0].Clause != "rfc6455/5.1/server-masks-not" {
		t.Errorf("of the server: %+v", server)
	}
	mirrored := capture.Mirror(c.Trace)
	client := oracle.JudgeTrace(mirrored, oracle.Options{})
	if client.Outcome != oracle.Pass {
		t.Errorf("of the client: %+v", client)
	}
	same(t, capture.Mirror(mirrored), c.Trace)
}

func TestErrors(t *testing.T) {
	packets := capturetest.Packets(conversation(100), capturetest.Options{})
	pcap := capturetest.PCAP(binary.LittleEndian, capturetest.LinkEthernet, packets)
	ng := capturetest.PCAPNG(binary.LittleEndian, capturetest.LinkEthernet, packets)
	const record, packetBlock = 24, 28 + 32 + 24
	for name, c := range map[string]struct {
		file    []byte
		offset  int64
		problem string
	}{
		"empty":         {nil, 0, "neither pcap nor pcapng"},
		"other":         {[]byte("GET / HTTP/1.1\r\n"), 0, "neither pcap nor pcapng"},
		"header cut":    {pcap[:10], 0, "the file is cut short: 10 of 24 octets are there"},
		"record cut":    {pcap[:record+5], record, "the file is cut short: 5 of 16 octets are there"},
		"packet cut":    {pcap[:record+20], record, "the file is cut short: 4 of 58 octets are there"},
		"huge packet":   {patch(pcap, record+8, 0xff, 0xff, 0xff, 0x7f), record, "a packet of 2147483647 octets: 262144 are the most"},
		"ng cut":        {ng[:len(ng)-3], int64(len(ng) - 92), "the file is cut short: 81 of 84 octets are there"},
		"ng no mark":    {patch(ng, 8, 0), 0, "a section without its mark"},
		"ng huge block": {patch(ng, 28+4, 0xff, 0xff, 0xff, 0x7c), 28, "a block of 2,097,151,999 octets"},
		"ng two sizes":  {patch(ng, 28+28, 0), 28, "a block of 32 octets that ends as one of 0"},
		"ng interface":  {patch(ng, packetBlock+8, 9), packetBlock, "a packet of interface 9, of 1"},
		"ng size":       {patch(ng, packetBlock+20, 0xff), packetBlock, "a packet of 255 octets in a block of 80"},
	} {
		t.Run(name, func(t *testing.T) {
			all, _, err := capture.Read(bytes.NewReader(c.file), capture.Limits{}, nil)
			var format *capture.FormatError
			if !errors.As(err, &format) || all != nil {
				t.Fatalf("%d conversations, error %v", len(all), err)
			}
			if format.Offset != c.offset || format.Problem != c.problem {
				t.Errorf("got %+v, want %d: %s", format, c.offset, c.problem)
			}
		})
	}
}

func patch(b []byte, at int, octets ...byte) []byte {
	b = bytes.Clone(b)
	copy(b[at:], octets)
	return b
}

func TestLimits(t *testing.T) {
	file := capturetest.PCAP(binary.LittleEndian, capturetest.LinkRaw, slices.Concat(
		capturetest.Packets(conversation(50_000), capturetest.Options{}),
		capturetest.Packets(conversation(10), capturetest.Options{Client: netip.MustParseAddrPort("192.0.2.3:4"), Server: netip.MustParseAddrPort("192.0.2.2:80")}),
	))
	if _, _, err := capture.Read(bytes.NewReader(file), capture.Limits{}, nil); err != nil {
		t.Fatal(err)
	}
	if _, _, err := capture.Read(bytes.NewReader(file), capture.Limits{Octets: 40_000}, nil); !errors.Is(err, capture.ErrTooMuch) {
		t.Errorf("got %v, want %v", err, capture.ErrTooMuch)
	}
	open := capturetest.PCAP(binary.LittleEndian, capturetest.LinkRaw, slices.Concat(
		capturetest.Packets(conversation(10), capturetest.Options{})[:4],
		capturetest.Packets(conversation(10), capturetest.Options{Client: netip.MustParseAddrPort("192.0.2.3:4"), Server: netip.MustParseAddrPort("192.0.2.2:80")}),
	))
	if _, _, err := capture.Read(bytes.NewReader(open), capture.Limits{Connections: 1}, nil); !errors.Is(err, capture.ErrTooMuch) {
		t.Errorf("got %v, want %v", err, capture.ErrTooMuch)
	}
}
