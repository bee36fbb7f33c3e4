package transcript

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/wscheck/wscheck/internal/autobahn"
	"github.com/wscheck/wscheck/internal/report"
	"github.com/wscheck/wscheck/internal/report/reporttest"
	"github.com/wscheck/wscheck/oracle"
	"github.com/wscheck/wscheck/wsproto"
)

func TestWireLog(t *testing.T) {
	k := reporttest.NewTalk()
	k.Send(wsproto.NewFrame(wsproto.OpBinary, true, make([]byte, 300)), 0)
	k.Event(oracle.Event{Kind: oracle.EventStep, Step: 1})
	k.Receive(wsproto.NewFrame(wsproto.OpText, true, []byte("x")))
	k.Event(oracle.Event{Kind: oracle.EventPeerDied, Tag: "exit status 2", Data: []byte("panic: \x1b[31mboom\r\n\tmain.go")})
	lines := Log(New(&k.Trace), []oracle.Finding{{Event: 4}}, report.Omission{})

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
	k := reporttest.NewTalk()
	for range 5000 {
		k.Rx([]byte{0x8A, 0})
	}
	for _, omitted := range []report.Omission{{}, {Before: 20, Events: 7}, {Before: 3000, Events: 7}, {Before: 4990, Events: 7}} {
		lines := Log(New(&k.Trace), nil, omitted)
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

func TestTimers(t *testing.T) {
	rec := &autobahn.Record{Wirelog: []autobahn.LogRow{
		{Kind: autobahn.LogTxOctets},
		{Kind: autobahn.LogWait, Seconds: 1, Tag: "A"}, {Kind: autobahn.LogWaitEnd, Tag: "A"},
		{Kind: autobahn.LogWait, Seconds: 0.5, Tag: "\x1b"},
		{Kind: autobahn.LogFail, Seconds: 10},
		{Kind: autobahn.LogClose, Seconds: 1}, {Kind: autobahn.LogCloseEnd},
	}}
	want := `wait A of 1 s, which ended; wait \x1b of 500 ms; failing after 10 s; closing after 1 s, which came`
	if got := Timers(rec); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got := Timers(&autobahn.Record{}); got != "" {
		t.Errorf("none: got %q", got)
	}
}
