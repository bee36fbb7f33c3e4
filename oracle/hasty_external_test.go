package oracle_test

import (
	"testing"
	"time"

	"github.com/wscheck/wscheck/internal/recorder"
	"github.com/wscheck/wscheck/oracle"
	"github.com/wscheck/wscheck/wsproto"
)

// A server owes nothing for frames that came before its response, and may have
// lost a part of them, so that it cannot take those that follow. What it sends is
// still its own.
func TestFramesBeforeResponse(t *testing.T) {
	const key = "dGhlIHNhbXBsZSBub25jZQ=="
	request := wsproto.NewRequest("localhost", "/", key).AppendTo(nil)
	response := wsproto.NewResponse(key).AppendTo(nil)
	masked := func(op wsproto.Opcode, rsv byte, payload string) []byte {
		f := wsproto.NewFrame(op, true, []byte(payload))
		f.Rsv, f.Masked = rsv, true
		return f.AppendTo(nil)
	}
	for _, early := range []struct {
		name  string
		frame []byte
	}{
		{"text", masked(wsproto.OpText, 0, "lost")},
		{"ping", masked(wsproto.OpPing, 0, "lost")},
		{"fault", masked(wsproto.OpText, 2, "lost")},
		{"unmasked", wsproto.NewFrame(wsproto.OpText, true, []byte("lost")).AppendTo(nil)},
		{"close", masked(wsproto.OpClose, 0, "\x03\xe8\xff")},
	} {
		for _, c := range []struct {
			name string
			more []oracle.Event
			want oracle.Outcome
		}{
			{"lost", nil, oracle.Pass},
			{"later frames too", []oracle.Event{{Kind: oracle.EventSent, Data: masked(wsproto.OpPing, 0, "later")}}, oracle.Pass},
			{"garbled", []oracle.Event{{Kind: oracle.EventReceived, Data: []byte("\x88\x02\x03\xea")}, {Kind: oracle.EventReceivedEOF}}, oracle.Pass},
			{"a code of what it takes for a close frame", []oracle.Event{{Kind: oracle.EventReceived, Data: []byte("\x88\x02**")}, {Kind: oracle.EventReceivedEOF}}, oracle.Pass},
			{"echo of something else", []oracle.Event{{Kind: oracle.EventReceived, Data: []byte("\x81\x01a")}}, oracle.Pass},
			{"a further response", []oracle.Event{{Kind: oracle.EventReceived, Data: []byte("HTTP/1.1 404 Not Found\r\n\r\n")}, {Kind: oracle.EventReceivedEOF}}, oracle.Pass},
			{"text of its own", []oracle.Event{{Kind: oracle.EventReceived, Data: []byte("\x81\x01\xff")}}, oracle.Violation},
		} {
			t.Run(early.name+"/"+c.name, func(t *testing.T) {
				events := []oracle.Event{
					{Kind: oracle.EventSent, Data: append(append([]byte(nil), request...), early.frame...)},
					{Kind: oracle.EventReceived, Data: response},
				}
				events = append(events, c.more...)
				events = append(events, oracle.Event{Kind: oracle.EventQuiet, At: 2 * time.Second}, oracle.Event{Kind: oracle.EventClosed, At: 2 * time.Second})
				v := oracle.JudgeTrace(&oracle.Trace{Role: wsproto.Client, Events: events}, oracle.Options{Echo: true, Stay: true})
				if (v.Outcome == oracle.Violation) != (c.want == oracle.Violation) || v.Outcome == oracle.Inconclusive {
					t.Errorf("%+v", v)
				}
			})
		}
	}
}

func TestHandshakePlain(t *testing.T) {
	plain := []oracle.Handshake{{}, {Chop: 1, WithFrames: true, Refused: true, MayRefuse: true}}
	for i := range plain {
		if !plain[i].Plain() {
			t.Errorf("%+v is not plain", plain[i])
		}
	}
	for _, h := range []oracle.Handshake{
		{Method: "GET"}, {Proto: "HTTP/1.1"}, {Target: "/"}, {NoHost: true}, {Host: "a"}, {Key: "a"}, {Version: "13"},
		{Status: 101}, {Reason: "a"}, {Accept: "a"}, {Fields: []wsproto.Field{{}}}, {Drop: []string{"Host"}},
		{Subprotocols: []string{"a"}}, {Offers: []string{"a"}}, {Raw: []byte{}},
	} {
		if h.Plain() {
			t.Errorf("%+v is plain", h)
		}
	}
}

// A recorder that is used again keeps nothing of the conversation before.
func TestRecorderReset(t *testing.T) {
	r := recorder.Recorder{Limit: 4, MaxEvents: 2}
	for range 3 {
		r.Reset()
		for _, data := range []string{"abc", "de", "f"} {
			r.Add(oracle.Event{Kind: oracle.EventSent, Data: []byte(data)})
		}
		events := r.Trace.Events
		if len(events) != 3 || string(events[0].Data) != "abc" || events[2].N != 1 || r.Limit != 4 || r.MaxEvents != 2 {
			t.Fatalf("%+v", events)
		}
	}
}
