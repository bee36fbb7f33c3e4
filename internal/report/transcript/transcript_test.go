package transcript

import (
	"strings"
	"testing"

	"github.com/wscheck/wscheck/internal/report/reporttest"
	"github.com/wscheck/wscheck/oracle"
	"github.com/wscheck/wscheck/wsproto"
)

// TestNewFindsLaterHandshake takes a conversation apart in which other requests come before the
// opening handshake, which begins in the same write as they or not.
func TestNewFindsLaterHandshake(t *testing.T) {
	const (
		post  = "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhello"
		found = "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nab\r\n\r\n"
	)
	frame := string(wsproto.NewFrame(wsproto.OpPing, true, nil).AppendTo(nil))
	for _, events := range [][]string{
		{post, found, post, found, reporttest.FabricatedRequest, reporttest.FabricatedResponse, frame, frame},
		{post + post[:20], found, post[20:] + reporttest.FabricatedRequest[:30], found, reporttest.FabricatedRequest[30:] + frame, reporttest.FabricatedResponse + frame},
	} {
		trace := &oracle.Trace{Role: wsproto.Client}
		for i, octets := range events {
			kind := oracle.EventSent
			if i%2 == 1 {
				kind = oracle.EventReceived
			}
			trace.Events = append(trace.Events, oracle.Event{Kind: kind, Data: []byte(octets), N: len(octets)})
		}
		c := New(trace)
		if string(c.Sent.Head) != reporttest.FabricatedRequest || string(c.Received.Head) != reporttest.FabricatedResponse {
			t.Errorf("the heads are %q and %q", c.Sent.Head, c.Received.Head)
		}
		if c.Sent.Opcodes[wsproto.OpPing] != 1 || c.Received.Opcodes[wsproto.OpPing] != 1 {
			t.Errorf("the frames are %v and %v", c.Sent.Opcodes, c.Received.Opcodes)
		}
		octets := 0
		for _, m := range c.Moments {
			for _, p := range m.Pieces {
				octets += p.Octets
			}
		}
		if octets != len(strings.Join(events, "")) {
			t.Errorf("the pieces have %d octets", octets)
		}
	}
}
