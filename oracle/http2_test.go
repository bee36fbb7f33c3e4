package oracle

import (
	"slices"
	"strings"
	"testing"

	"github.com/wscheck/wscheck/internal/h2frame"
	"github.com/wscheck/wscheck/wsproto"
)

// frameOf returns the octets of a frame of HTTP/2.
func frameOf(kind, flags byte, stream byte, payload string) []byte {
	return append([]byte{0, 0, byte(len(payload)), kind, flags, 0, 0, 0, stream}, payload...)
}

// TestAfterReset judges DATA of a stream that we have reset: what the peer had enqueued
// may follow its acknowledgement of a PING, and nothing may follow that of another one.
func TestAfterReset(t *testing.T) {
	const first, second = "number 1", "number 2"
	sent := func(b []byte) Event { return Event{Kind: EventFrameSent, Data: b} }
	got := func(b []byte) Event { return Event{Kind: EventFrameReceived, Data: b} }
	ping := func(text string) Event { return sent(frameOf(h2frame.Ping, 0, 0, text)) }
	ack := func(text string) Event { return got(frameOf(h2frame.Ping, h2frame.FlagAck, 0, text)) }
	reset := sent(frameOf(h2frame.Reset, 0, 1, "\x00\x00\x00\x08"))
	data := got(frameOf(h2frame.Data, 0, 1, "\x81\x00"))
	for _, c := range []struct {
		name   string
		events []Event
		wrong  bool
	}{
		{"on its way", []Event{reset, data}, false},
		{"after a PING before the reset", []Event{ping(first), reset, ack(first), data, ping(second), ack(second), data}, false},
		{"enqueued", []Event{reset, ping(first), ack(first), data, ping(second), data}, false},
		{"two PINGs at once", []Event{reset, ping(first), ping(second), ack(first), ack(second), data}, false},
		{"new", []Event{reset, ping(first), ack(first), ping(second), ack(second), data}, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			j := NewJudge(wsproto.Client, Options{Carrier: HTTP2})
			for _, ev := range slices.Concat([]Event{
				sent(frameOf(h2frame.Settings, 0, 0, "")), got(frameOf(h2frame.Settings, 0, 0, "")), got(frameOf(h2frame.Settings, h2frame.FlagAck, 0, "")),
				sent(frameOf(h2frame.Headers, h2frame.FlagHeaders, 1, "")),
				{Kind: EventFrameReceived, Data: frameOf(h2frame.Headers, h2frame.FlagHeaders, 1, ""), Tag: ":status: 200\n"},
			}, c.events) {
				j.Feed(&ev)
			}
			wrong := slices.ContainsFunc(j.Verdict().Findings, func(f Finding) bool { return f.Clause == ruleAfterReset.clause().ID })
			if wrong != c.wrong {
				t.Errorf("called wrong: %v, want %v: %+v", wrong, c.wrong, j.Verdict().Findings)
			}
		})
	}
}

// TestCloseFrameForFrames judges a close frame that a peer sends for what is wrong, or over,
// beneath the stream: it may, and nothing else lets it.
func TestCloseFrameForFrames(t *testing.T) {
	const closing = "\x88\x02\x03\xea"
	sent := func(b []byte) Event { return Event{Kind: EventFrameSent, Data: b} }
	for _, c := range []struct {
		name  string
		ours  []byte // a frame
		wrong bool
	}{
		{"END_STREAM", frameOf(h2frame.Data, h2frame.FlagEnd, 1, ""), false},
		{"HEADERS", frameOf(h2frame.Headers, h2frame.FlagHeaders, 1, ""), false},
		{"RST_STREAM", frameOf(h2frame.Reset, 0, 1, "\x00\x00\x00\x08"), false},
		{"PING", frameOf(h2frame.Ping, 0, 0, "wscheck!"), true},
	} {
		t.Run(c.name, func(t *testing.T) {
			j := NewJudge(wsproto.Client, Options{Carrier: HTTP2, Echo: true, Stay: true})
			for _, ev := range []Event{
				{Kind: EventSent, Data: []byte("CONNECT / HTTP/2\r\n:protocol: websocket\r\n:scheme: http\r\n:authority: localhost\r\nsec-websocket-version: 13\r\n\r\n")},
				sent(frameOf(h2frame.Headers, h2frame.FlagHeaders, 1, "")),
				{Kind: EventFrameReceived, Data: frameOf(h2frame.Settings, 0, 0, "")},
				{Kind: EventFrameReceived, Data: frameOf(h2frame.Headers, h2frame.FlagHeaders, 1, ""), Tag: ":status: 200\n"},
				{Kind: EventReceived, Data: []byte("HTTP/2 200 \r\n\r\n")},
				sent(c.ours),
				{Kind: EventFrameReceived, Data: frameOf(h2frame.Data, 0, 1, closing)},
				{Kind: EventReceived, Data: []byte(closing)},
			} {
				j.Feed(&ev)
			}
			wrong := slices.ContainsFunc(j.Verdict().Findings, func(f Finding) bool { return f.Clause == ruleStay.clause().ID })
			if wrong != c.wrong {
				t.Errorf("called wrong: %v, want %v: %+v", wrong, c.wrong, j.Verdict())
			}
		})
	}
}

// TestEndedConnection says why a peer that ended the connection is not called wrong for that.
func TestEndedConnection(t *testing.T) {
	sent := func(b []byte) Event { return Event{Kind: EventFrameSent, Data: b} }
	goAway := func(code string) []byte { return frameOf(h2frame.GoAway, 0, 0, "\x00\x00\x00\x01\x00\x00\x00"+code) }
	other := frameOf(h2frame.Headers, h2frame.FlagHeaders, 3, "")
	var resets []Event
	for i := range byte(manyResets) {
		resets = append(resets, sent(frameOf(h2frame.Headers, h2frame.FlagHeaders, 3+2*i, "")), sent(frameOf(h2frame.Reset, 0, 3+2*i, "\x00\x00\x00\x08")))
	}
	for _, c := range []struct {
		name   string
		ours   []Event
		theirs []byte // GOAWAY; nil for none
		want   string
	}{
		{"our GOAWAY", []Event{sent(goAway("\x00"))}, goAway("\x00"), reasonGoAway},
		{"our GOAWAY, and nothing more", []Event{sent(goAway("\x00"))}, nil, reasonGoAway},
		{"their GOAWAY", nil, goAway("\x0b"), "ENHANCE_YOUR_CALM"},
		{"resets", resets, goAway("\x01"), "streams that were reset"},
		{"too many streams", []Event{sent(other)}, nil, reasonStreams},
		{"octets before the answer", []Event{sent(other), sent(frameOf(h2frame.Data, 0, 3, "early"))}, nil, reasonHasty},
		{"no reason", nil, goAway("\x00"), ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			j := NewJudge(wsproto.Client, Options{Carrier: HTTP2, Echo: true, Stay: true})
			events := []Event{
				{Kind: EventSent, Data: []byte("CONNECT / HTTP/2\r\n:protocol: websocket\r\n:scheme: http\r\n:authority: localhost\r\nsec-websocket-version: 13\r\n\r\n")},
				sent(frameOf(h2frame.Headers, h2frame.FlagHeaders, 1, "")),
				{Kind: EventFrameReceived, Data: frameOf(h2frame.Settings, 0, 0, "\x00\x03\x00\x00\x00\x01")},
				{Kind: EventFrameReceived, Data: frameOf(h2frame.Headers, h2frame.FlagHeaders, 1, ""), Tag: ":status: 200\n"},
				{Kind: EventReceived, Data: []byte("HTTP/2 200 \r\n\r\n")},
			}
			events = append(events, c.ours...)
			if c.theirs != nil {
				events = append(events, Event{Kind: EventFrameReceived, Data: c.theirs})
			}
			for _, ev := range append(events, Event{Kind: EventReceivedReset}) {
				j.Feed(&ev)
			}
			v := j.Verdict()
			if excused := v.Outcome == Unsupported; excused != (c.want != "") || !strings.Contains(v.Reason, c.want) {
				t.Errorf("%v: %+v, want %q", v.Outcome, v, c.want)
			}
		})
	}
}

// TestCapturedConnection holds nothing against a peer for what other streams have to do
// with: it may end a stream for a reason of its own, long after a setting that it ignored.
func TestCapturedConnection(t *testing.T) {
	for _, captured := range []bool{false, true} {
		j := NewJudge(wsproto.Client, Options{Carrier: HTTP2, Captured: captured})
		for _, ev := range []Event{
			{Kind: EventFrameSent, Data: frameOf(h2frame.Settings, 0, 0, "\x0a\x0a\x00\x00\x00\x01")},
			{Kind: EventSent, Data: []byte("CONNECT / HTTP/2\r\n:protocol: websocket\r\n:scheme: http\r\n:authority: localhost\r\nsec-websocket-version: 13\r\n\r\n")},
			{Kind: EventFrameSent, Data: frameOf(h2frame.Headers, h2frame.FlagHeaders, 1, "")},
			{Kind: EventFrameSent, Data: frameOf(0xa0, 0, 0, "")},
			{Kind: EventFrameReceived, Data: frameOf(h2frame.Settings, 0, 0, "")},
			{Kind: EventFrameReceived, Data: frameOf(h2frame.Headers, h2frame.FlagHeaders, 1, ""), Tag: ":status: 200\n"},
			{Kind: EventReceived, Data: []byte("HTTP/2 200 \r\n\r\n")},
			{Kind: EventFrameReceived, Data: frameOf(h2frame.Reset, 0, 1, "\x00\x00\x00\x02")},
			{Kind: EventReceivedReset},
		} {
			j.Feed(&ev)
		}
		if v := j.Verdict(); (v.Outcome == Violation) == captured {
			t.Errorf("captured %v: %v", captured, v)
		}
	}
}

// TestTooLongFrame wants the end of the connection from who has got all of a frame that is
// too long, and lets a peer wait for the rest of one.
func TestTooLongFrame(t *testing.T) {
	whole := append([]byte{0, 0x40, 1, 0xbe, 0, 0, 0, 0, 0}, make([]byte, h2frame.FirstFrameSize+1)...)
	for _, c := range []struct {
		frame Event
		want  Outcome
	}{
		{Event{Kind: EventFrameSent, Data: whole}, Violation},
		{Event{Kind: EventFrameSent, Data: whole[:h2frame.HeadSize], Tag: h2frame.Incomplete}, Allowed},
	} {
		j := NewJudge(wsproto.Client, Options{Carrier: HTTP2})
		for _, ev := range []Event{
			{Kind: EventSent, Data: []byte("CONNECT / HTTP/2\r\n:protocol: websocket\r\n:scheme: http\r\n:authority: localhost\r\nsec-websocket-version: 13\r\n\r\n")},
			{Kind: EventFrameSent, Data: frameOf(h2frame.Headers, h2frame.FlagHeaders, 1, "")},
			{Kind: EventFrameReceived, Data: frameOf(h2frame.Settings, 0, 0, "")},
			{Kind: EventFrameReceived, Data: frameOf(h2frame.Headers, h2frame.FlagHeaders, 1, ""), Tag: ":status: 200\n"},
			{Kind: EventReceived, Data: []byte("HTTP/2 200 \r\n\r\n")},
			c.frame, {Kind: EventQuiet},
		} {
			j.Feed(&ev)
		}
		if v := j.Verdict(); v.Outcome != c.want {
			t.Errorf("%v: %v", c.want, v)
		}
	}
}
