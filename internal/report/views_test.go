package report

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/wscheck/wscheck/internal/autobahn"
	"github.com/wscheck/wscheck/internal/catalogue"
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
	k := newTalk()
	k.send(wsproto.NewFrame(wsproto.OpText, true, []byte("Hello, world!")), 6)
	k.rx(append(wsproto.NewFrame(wsproto.OpText, true, []byte("Hello, world!")).AppendTo(nil),
		wsproto.NewFrame(wsproto.OpPing, true, nil).AppendTo(nil)...))
	half := wsproto.NewFrame(wsproto.OpText, true, []byte("abcdef")).AppendTo(nil)
	k.tx(half[:4]).wait("A", time.Second).tx(half[4:])
	k.tx([]byte{0x83, 0})
	k.event(oracle.Event{Kind: oracle.EventQuiet})
	k.event(oracle.Event{Kind: oracle.EventReceivedReset}).event(oracle.Event{Kind: oracle.EventClosed, Tag: "cleaning up"})

	d := newDiagram(newConversation(&k.trace), wsproto.Client, []oracle.Finding{{Event: len(k.trace.Events) - 4}})
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
	k := newTalk()
	for range 1000 {
		k.send(wsproto.NewFrame(wsproto.OpPing, true, nil), 0)
		k.receive(wsproto.NewFrame(wsproto.OpPong, true, nil))
	}
	d := newDiagram(newConversation(&k.trace), wsproto.Client, nil)
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

func TestWireLog(t *testing.T) {
	k := newTalk()
	k.send(wsproto.NewFrame(wsproto.OpBinary, true, make([]byte, 300)), 0)
	k.event(oracle.Event{Kind: oracle.EventStep, Step: 1})
	k.receive(wsproto.NewFrame(wsproto.OpText, true, []byte("x")))
	k.event(oracle.Event{Kind: oracle.EventPeerDied, Tag: "exit status 2", Data: []byte("panic: \x1b[31mboom\r\n\tmain.go")})
	lines := wireLog(newConversation(&k.trace), []oracle.Finding{{Event: 4}}, Omission{})

	var got []string
	for i := range lines {
		got = append(got, fmt.Sprintf("%d %s %s|%s|%v", lines[i].Event, lines[i].Kind, lines[i].Text, strings.Join(lines[i].Frames, ","), lines[i].Hit != ""))
	}
	want := []string{
		"0 tx 153 octets|opening handshake|false",
		"1 rx 129 octets|opening handshake|false",
		"2 tx 308 octets|BINARY <000000000000000000000000000000000000000000000000…> [300 octets, masked]|false",
		`4 rx 3 octets|TEXT "x" [1 octet]|true`,
		"5 event peer died: exit status 2||false",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if string(lines[3].Octets) != "\x81\x01x" || lines[3].Size != 3 || lines[3].At != "0.342" {
		t.Errorf("a short read: %+v", lines[3])
	}
	if len(lines[2].Octets) != dumpOctets || lines[2].Size != 308 {
		t.Errorf("a long write: %d octets of %d", len(lines[2].Octets), lines[2].Size)
	}
	if text, err := lines[2].Octets[:4].MarshalText(); string(text) != "\u0082\u00fe\u0001\u002c" || err != nil {
		t.Errorf("octets are written as %q, %v", text, err)
	}
	if want := "panic: \\x1b[31mboom\n    main.go"; lines[4].Output != want {
		t.Errorf("the peer's output is %q, want %q", lines[4].Output, want)
	}
}

func TestWireLogIsBounded(t *testing.T) {
	k := newTalk()
	for range 5000 {
		k.rx([]byte{0x8A, 0})
	}
	for _, omitted := range []Omission{{}, {Before: 20, Events: 7}, {Before: 3000, Events: 7}, {Before: 4990, Events: 7}} {
		lines := wireLog(newConversation(&k.trace), nil, omitted)
		gaps := 0
		for i := range lines {
			if lines[i].Kind == "gap" {
				gaps++
			}
		}
		wantGaps := 1
		if omitted.Before == 20 || omitted.Before == 4990 {
			wantGaps = 2
		}
		if len(lines) != logLines+wantGaps || gaps != wantGaps {
			t.Errorf("%+v: %d lines, %d gaps", omitted, len(lines), gaps)
		}
	}
}

func TestWireStatsFromTrace(t *testing.T) {
	k := play(&catalogue.Case{ID: "x/y"})
	tables := wireStats(newConversation(&k.trace), nil)
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
	fromRecord := wireStats(newConversation(&oracle.Trace{}), &k.rec)
	if got, want := fmt.Sprint(fromRecord), fmt.Sprint(tables); got != want {
		t.Errorf("from the record: %s\nfrom the trace: %s", got, want)
	}
}

func TestTimers(t *testing.T) {
	rec := &autobahn.Record{Wirelog: []autobahn.LogRow{
		{Kind: autobahn.LogTxOctets},
		{Kind: autobahn.LogWait, Seconds: 1, Tag: "A"}, {Kind: autobahn.LogWaitEnd, Tag: "A"},
		{Kind: autobahn.LogWait, Seconds: 0.5, Tag: "\x1b"},
		{Kind: autobahn.LogFail, Seconds: 10},
		{Kind: autobahn.LogClose, Seconds: 1}, {Kind: autobahn.LogCloseEnd},
	}}
	want := `wait A of 1 s, which ended; wait \x1b of 500 ms; failing after 10 s; closing after 1 s, which came`
	if got := timers(rec); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got := timers(&autobahn.Record{}); got != "" {
		t.Errorf("none: got %q", got)
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

func TestClipResult(t *testing.T) {
	t.Run("small", func(t *testing.T) {
		result := failFast()
		if clipped := clipResult(result); clipped.Trace != result.Trace || !reflect.DeepEqual(clipped, result) {
			t.Error("a small result was changed, or its trace copied")
		}
	})
	t.Run("texts", func(t *testing.T) {
		huge := strings.Repeat("é", clipText)
		result := failFast()
		result.RFC.Findings = slices.Repeat([]oracle.Finding{{Want: huge, Got: huge}}, 2*clipFindings)
		result.Trace.Events[0].Tag, result.Died, result.RFC.Reason = huge, huge, huge
		result.Record.Result, result.Record.HTTPResponse = huge, []byte(huge)
		before := *result.Record
		clipped := clipResult(result)
		if got := len(clipped.RFC.Findings); got != clipFindings {
			t.Errorf("%d findings", got)
		}
		for _, s := range []string{
			clipped.RFC.Findings[0].Got, clipped.Trace.Events[0].Tag, clipped.Died, clipped.RFC.Reason,
			clipped.Record.Result, string(clipped.Record.HTTPResponse),
		} {
			if len(s) > clipText || !utf8.ValidString(s) {
				t.Errorf("%d octets, valid: %t", len(s), utf8.ValidString(s))
			}
		}
		if result.Trace.Events[0].Tag != huge || !reflect.DeepEqual(*result.Record, before) {
			t.Error("the caller's result was changed")
		}
	})
	t.Run("chops", func(t *testing.T) {
		k := newTalk()
		for range 20_000 {
			k.tx(make([]byte, 64))
		}
		k.receive(wsproto.NewFrame(wsproto.OpText, true, nil))
		result := k.result(&catalogue.Case{ID: "x"})
		last := len(k.trace.Events) - 1
		result.RFC.Findings = []oracle.Finding{{Event: last}}
		clipped := clipResult(result)
		events := clipped.Trace.Events
		if len(events) > clipEvents || clipped.Omitted.Events != 0 {
			t.Errorf("%d events, %+v omitted", len(events), clipped.Omitted)
		}
		sum := func(events []oracle.Event) (n int) {
			for i := range events {
				n += events[i].N
			}
			return n
		}
		if got, want := sum(events), sum(k.trace.Events); got != want {
			t.Errorf("%d octets, want %d", got, want)
		}
		if at := clipped.RFC.Findings[0].Event; at != len(events)-1 || events[at].Kind != oracle.EventReceived {
			t.Errorf("the finding points at event %d of %d", at, len(events))
		}
		if result.RFC.Findings[0].Event != last {
			t.Error("the original's finding was changed")
		}
	})
	t.Run("ping-pong", func(t *testing.T) {
		k := newTalk()
		for range 10_000 {
			k.send(wsproto.NewFrame(wsproto.OpPing, true, nil), 0)
			k.receive(wsproto.NewFrame(wsproto.OpPong, true, nil))
		}
		result := k.result(&catalogue.Case{ID: "x"})
		last := len(k.trace.Events) - 1
		result.RFC.Findings = []oracle.Finding{{Event: 0}, {Event: last / 2}, {Event: last}}
		clipped := clipResult(result)
		if got := len(clipped.Trace.Events); got != clipEvents {
			t.Errorf("%d events, want %d", got, clipEvents)
		}
		if want := (Omission{Before: clipEvents - clipEvents/4, Events: len(k.trace.Events) - clipEvents}); clipped.Omitted != want {
			t.Errorf("%+v omitted, want %+v", clipped.Omitted, want)
		}
		var at []int
		for _, f := range clipped.RFC.Findings {
			at = append(at, f.Event)
		}
		if want := []int{0, clipEvents - clipEvents/4, clipEvents - 1}; !slices.Equal(at, want) {
			t.Errorf("the findings point at %v, want %v", at, want)
		}
		if again := clipResult(clipped); !reflect.DeepEqual(again, clipped) {
			t.Error("what is clipped was clipped again")
		}
	})
	t.Run("clean", func(t *testing.T) {
		k := newTalk()
		for range 10_000 {
			k.send(wsproto.NewFrame(wsproto.OpPing, true, make([]byte, 100)), 0)
			k.receive(wsproto.NewFrame(wsproto.OpPong, true, make([]byte, 100)))
		}
		size := func(change func(*Result)) (events, octets int) {
			result := k.result(&catalogue.Case{ID: "x"})
			result.RFC.Outcome, result.RFC.Findings = oracle.Pass, nil
			change(result)
			clipped := clipResult(result)
			if again := clipResult(clipped); !reflect.DeepEqual(again, clipped) {
				t.Error("what is clipped was clipped again")
			}
			for i := range clipped.Trace.Events {
				octets += len(clipped.Trace.Events[i].Data)
			}
			return len(clipped.Trace.Events), octets
		}
		events, octets := size(func(*Result) {})
		if events != clipEvents/4 || octets > clipMore/clipClean+clipEvents/4*clipHead {
			t.Errorf("%d events of %d octets are kept of what is clean", events, octets)
		}
		for what, change := range map[string]func(*Result){
			"noted":    func(r *Result) { r.RFC.Outcome = oracle.Allowed },
			"finding":  func(r *Result) { r.RFC.Findings = []oracle.Finding{{}} },
			"died":     func(r *Result) { r.Died = "exit status 2" },
			"doubted":  func(r *Result) { r.Doubt = "late" },
			"Autobahn": func(r *Result) { r.Record = &autobahn.Record{Behavior: autobahn.NonStrict} },
		} {
			if events, more := size(change); events != clipEvents || more < 2*octets {
				t.Errorf("%s: %d events of %d octets are kept, and %d of what is clean", what, events, more, octets)
			}
		}
	})
	t.Run("octets", func(t *testing.T) {
		k := newTalk()
		for range 10 {
			k.tx(make([]byte, 10_000))
		}
		clipped := clipResult(k.result(&catalogue.Case{ID: "x"}))
		kept := 0
		for i := range clipped.Trace.Events {
			kept += len(clipped.Trace.Events[i].Data)
		}
		if kept > clipOctets+10*oracle.KeepPerEvent || !clipped.Trace.Elided() {
			t.Errorf("%d octets kept", kept)
		}
		if again := clipResult(clipped); !reflect.DeepEqual(again, clipped) {
			t.Error("what is clipped was clipped again")
		}
	})
	t.Run("no trace", func(t *testing.T) {
		if got := clipResult(&Result{Case: &catalogue.Case{ID: "x"}}); got.Trace == nil {
			t.Error("still no trace")
		}
	})
}
