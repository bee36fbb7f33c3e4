package http2

import (
	"fmt"
	"strings"
	"time"

	"github.com/wscheck/wscheck/internal/catalogue"
	"github.com/wscheck/wscheck/internal/h2frame"
	"github.com/wscheck/wscheck/oracle"
	"github.com/wscheck/wscheck/wsproto"
)

// another is an extended CONNECT that opens another stream.
func another(id uint32) frame {
	return frame{Type: h2frame.Headers, Flags: h2frame.FlagHeaders, Stream: id, Body: plainBlock(wsproto.Fields{
		{Name: ":method", Value: "CONNECT"}, {Name: ":protocol", Value: wsproto.WebSocketProtocol}, {Name: ":scheme", Value: "http"},
		{Name: ":path", Value: "/"}, {Name: ":authority", Value: "localhost"}, {Name: "sec-websocket-version", Value: "13"},
	})}
}

// said is a text message of n octets in a DATA frame.
func said(id uint32, n int) frame {
	text := wsproto.NewFrame(wsproto.OpText, true, make([]byte, n))
	for i := range text.Payload {
		text.Payload[i] = 'o'
	}
	text.Masked, text.Mask = true, [4]byte{1, 2, 3, 4}
	return frame{Type: h2frame.Data, Stream: id, Body: text.AppendTo(nil)}
}

// thenStreams is what becomes of the WebSocket of stream 1 beside others.
const thenStreams = "The WebSocket of stream 1 continues: each message comes back. The server may refuse the other streams."

// streams are cases about several streams of a connection, and about what ends one.
func streams() (cases []*catalogue.Case) {
	pause := oracle.Step{Kind: oracle.StepAwait, Until: oracle.AwaitEnd, Timeout: answerWait}
	add := func(id string, clause oracle.ClauseID, roles catalogue.Roles, sends, wants string, d oracle.Delivery, steps ...oracle.Step) *catalogue.Case {
		cs := newCase(id, roles, sends, wants, []oracle.ClauseID{clause}, steps...)
		cs.Script.Delivery = d
		cases = append(cases, cs)
		return cs
	}
	beside := func(id, text string, d oracle.Delivery, frames ...[]frame) {
		steps := []oracle.Step{message(wsproto.OpText, "alone", 0), echoed(1)}
		for i, some := range frames {
			steps = append(steps, beneath(some...), message(wsproto.OpText, fmt.Sprint("beside ", i), 0), echoed(i+2))
		}
		cs := add("rfc9113/5/"+id, "rfc9113/5/streams", catalogue.AsClient, text, thenStreams, d, steps...)
		cs.Clauses = append(cs.Clauses, "wscheck/echo-content")
	}
	none := oracle.Delivery{}
	// What follows the header list of another stream comes after a message, by when the
	// server has answered: no octets may come before (RFC 6455 4.1).
	beside("two", "Another WebSocket on stream 3, and messages by turns.", none,
		[]frame{another(3)}, []frame{said(3, 5)}, []frame{said(3, 300)})
	beside("finished", "Another WebSocket on stream 3 that is ended by END_STREAM.", none,
		[]frame{another(3)}, []frame{said(3, 5)}, []frame{{Type: h2frame.Data, Flags: h2frame.FlagEnd, Stream: 3}})
	beside("reset", "Another WebSocket on stream 3 that is reset.", none,
		[]frame{another(3)}, []frame{said(3, 5)}, []frame{resetFrame(3, errorCancel)})
	beside("reset-at-once", "Another WebSocket on stream 3 that is reset in the same write.", none,
		[]frame{another(3), resetFrame(3, errorCancel)}, nil)
	beside("stalled", "Another WebSocket on stream 3, whose window is never opened again.", oracle.Delivery{Window: 100},
		[]frame{another(3)}, []frame{said(3, 90)}, []frame{said(3, 90)}, []frame{said(3, 90)})
	beside("half-message", "Another WebSocket on stream 3 that stays in the middle of a frame.", none,
		[]frame{another(3)}, []frame{{Type: h2frame.Data, Stream: 3, Body: said(3, 90).Body[:20]}}, nil)
	beside("broken", "Another WebSocket on stream 3 that breaks RFC 6455 by a reserved bit.", none,
		[]frame{another(3)}, []frame{{Type: h2frame.Data, Stream: 3, Body: []byte{0xf1, 0x80, 1, 2, 3, 4}}}, nil)
	beside("request", "A GET on stream 3.", none,
		[]frame{{Type: h2frame.Headers, Flags: h2frame.FlagHeaders | h2frame.FlagEnd, Stream: 3, Body: plainBlock(wsproto.Fields{
			{Name: ":method", Value: "GET"}, {Name: ":scheme", Value: "http"}, {Name: ":path", Value: "/"}, {Name: ":authority", Value: "localhost"},
		})}}, nil)
	for _, n := range []int{10, 100} {
		var open, talk, end []frame
		for i := range uint32(n - 1) {
			id := 3 + 2*i
			open, talk = append(open, another(id)), append(talk, said(id, 9))
			switch i % 3 {
			case 0:
				end = append(end, resetFrame(id, errorCancel))
			case 1:
				end = append(end, frame{Type: h2frame.Data, Flags: h2frame.FlagEnd, Stream: id})
			}
		}
		beside(fmt.Sprint("websockets-", n), fmt.Sprintf("%d WebSockets: a third is reset, a third ended and a third left open.", n), none, open, talk, end)
	}
	var rapid []frame
	for i := range uint32(60) {
		rapid = append(rapid, another(3+2*i), resetFrame(3+2*i, errorCancel))
	}
	beside("rapid-reset", "Sixty streams that are reset as they are opened.", none, rapid)
	limit := add("rfc9113/5.1.2/many", "rfc9113/5.1.2/limit", catalogue.AsClient, "200 streams at a time.", "The server takes as many as it has announced, and refuses the others.", none,
		message(wsproto.OpText, "alone", 0), echoed(1))
	var many []frame
	for i := range uint32(200) {
		many = append(many, another(3+2*i))
	}
	limit.Script.Steps = append(limit.Script.Steps, beneath(many...), message(wsproto.OpText, "beside", 0), echoed(2))

	between := func(id string, clause oracle.ClauseID, text, wants string, steps ...oracle.Step) {
		all := append([]oracle.Step{message(wsproto.OpText, "before", 0), echoed(1)}, steps...)
		add(id, clause, catalogue.InBoth, text, wants, none, all...)
	}
	after := []oracle.Step{message(wsproto.OpText, "after", 0), echoed(2)}
	between("rfc9113/6.8/goaway", "rfc9113/6.8/goaway", "GOAWAY with NO_ERROR, and a message.", thenEchoed,
		append([]oracle.Step{beneath(goAwayFrame(1, 0))}, after...)...)
	between("rfc9113/6.8/goaway-twice", "rfc9113/6.8/goaway", "GOAWAY with NO_ERROR, once with the highest number and once with that of the stream.", thenEchoed,
		append([]oracle.Step{beneath(goAwayFrame(h2frame.MaxWindow, 0), goAwayFrame(1, 0))}, after...)...)
	between("rfc9113/6.9.2/window-0", "rfc9113/6.9/window", "SETTINGS_INITIAL_WINDOW_SIZE 0 in mid-stream, a message, and a while later a window.",
		"The peer sends no DATA while it has no window, and echoes once it has one.",
		beneath(settingsFrame(setting{h2frame.SettingWindow, 0})), message(wsproto.OpText, "after", 0), pause, beneath(windowFrame(1, largeWindow)), echoed(2))
	between("rfc9113/6.9.2/window-grows", "rfc9113/6.9/window", "SETTINGS_INITIAL_WINDOW_SIZE 0 and then 2^20 in mid-stream.", thenEchoed,
		append([]oracle.Step{beneath(settingsFrame(setting{h2frame.SettingWindow, 0})), beneath(settingsFrame(setting{h2frame.SettingWindow, largeWindow}))}, after...)...)
	breath := oracle.Step{Kind: oracle.StepAwait, Until: oracle.AwaitEnd, Timeout: 500 * time.Millisecond} // what was enqueued leaves
	ping, again := frame{Type: h2frame.Ping, Body: []byte("aborted?")}, frame{Type: h2frame.Ping, Body: []byte("for good")}
	between("rfc9113/5.1/reset-cancel", "rfc9113/5.1/after-reset", "RST_STREAM with CANCEL, and PING, twice.", "The peer acknowledges the PINGs, and sends nothing more of the stream.",
		beneath(resetFrame(1, errorCancel), ping), breath, beneath(again), pause)
	between("rfc9113/5.1/reset-pending", "rfc9113/5.1/after-reset", "A message of 100,000 octets, RST_STREAM with CANCEL, and PING, twice.", "The peer acknowledges the PINGs, and sends nothing more of the stream.",
		message(wsproto.OpText, "pending ", 100_000), beneath(resetFrame(1, errorCancel), ping), breath, beneath(again), pause)
	end := oracle.Step{Kind: oracle.StepAwait, Until: oracle.AwaitEnd, Timeout: failLimit}
	for _, c := range []struct {
		id, text string
		flags    byte
	}{{"trailers", "Trailers", h2frame.FlagHeaders | h2frame.FlagEnd}, {"headers", "HEADERS without END_STREAM", h2frame.FlagHeaders}} {
		between("rfc9113/8.5/"+c.id, "rfc9113/8.5/tunnel-frames", c.text+" on the stream.", thenFailed,
			beneath(frame{Type: h2frame.Headers, Flags: c.flags, Stream: 1, Body: plainBlock(wsproto.Fields{{Name: "x-wscheck", Value: "trailer"}})}), end)
	}
	for _, n := range []int{40, 80} {
		add(fmt.Sprintf("rfc9113/6.10/head-%d", n), "rfc9113/6.10/continued", catalogue.AsClient, fmt.Sprintf("The header list of the extended CONNECT in frames of %d octets.", n), thenEchoed,
			oracle.Delivery{Head: n}, message(wsproto.OpText, "continued", 0), echoed(1))
	}
	for _, n := range []int{16, 64} {
		cs := add(fmt.Sprintf("rfc9113/10.5.1/list-%dk", n), "rfc9113/8.3/pseudo", catalogue.AsClient, fmt.Sprintf("A header list of %d KiB.", n), "The server accepts, or refuses what is larger than it takes.",
			none, message(wsproto.OpText, "large", 0), echoed(1))
		var filler []string
		for i := range n * 4 {
			filler = append(filler, fmt.Sprintf("x-wscheck-%d: %s", i, strings.Repeat("f", 256)))
		}
		cs.Script.Handshake = verbatim(plus(filler...)...)
		cs.Script.Handshake.MayRefuse = true
	}
	return cases
}
