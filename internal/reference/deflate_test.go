package reference_test

import (
	"errors"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/wscheck/wscheck/internal/deflate"
	"github.com/wscheck/wscheck/internal/reference"
	"github.com/wscheck/wscheck/wsproto"
)

// TestAcceptOffers checks a server's answers to offers (RFC 7692 5, 7.1).
func TestAcceptOffers(t *testing.T) {
	const d = "permessage-deflate"
	tests := []struct {
		policy      reference.Deflate
		offer, want string
	}{
		{reference.Deflate{}, d, d},
		{reference.Deflate{}, d + "; client_max_window_bits", d},
		{reference.Deflate{}, d + "; client_max_window_bits=10", d + "; client_max_window_bits=10"},
		{reference.Deflate{}, d + `; client_max_window_bits="10"`, d + "; client_max_window_bits=10"},
		{reference.Deflate{}, d + "; server_max_window_bits=9", d + "; server_max_window_bits=9"},
		{reference.Deflate{}, d + "; server_no_context_takeover", d + "; server_no_context_takeover"},
		{reference.Deflate{}, d + "; client_no_context_takeover", d + "; client_no_context_takeover"},
		{reference.Deflate{}, "x-spam, " + d + "; server_max_window_bits=8, " + d, d + "; server_max_window_bits=8"},
		{reference.Deflate{}, d + "; server_max_window_bits=7, " + d, d},
		{reference.Deflate{}, d + "; server_max_window_bits=16", ""},
		{reference.Deflate{}, d + "; server_max_window_bits=08", ""},
		{reference.Deflate{}, d + "; server_max_window_bits=+9", ""},
		{reference.Deflate{}, d + "; server_max_window_bits", ""},
		{reference.Deflate{}, d + "; server_no_context_takeover=1", ""},
		{reference.Deflate{}, d + "; client_no_context_takeover; client_no_context_takeover", ""},
		{reference.Deflate{}, d + "; spam", ""},
		{reference.Deflate{ServerMaxWindowBits: 10}, d, d + "; server_max_window_bits=10"},
		{reference.Deflate{ServerMaxWindowBits: 10}, d + "; server_max_window_bits=9", d + "; server_max_window_bits=9"},
		{reference.Deflate{ServerMaxWindowBits: 10}, d + "; server_max_window_bits=12", d + "; server_max_window_bits=10"},
		{reference.Deflate{ClientMaxWindowBits: 10}, d, d},
		{reference.Deflate{ClientMaxWindowBits: 10}, d + "; client_max_window_bits", d + "; client_max_window_bits=10"},
		{reference.Deflate{ClientMaxWindowBits: 10}, d + "; client_max_window_bits=12", d + "; client_max_window_bits=10"},
		{reference.Deflate{ServerNoContextTakeover: true, ClientNoContextTakeover: true}, d,
			d + "; server_no_context_takeover; client_no_context_takeover"},
	}
	for _, tt := range tests {
		t.Run(tt.offer, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := start(t, wsproto.Server, reference.Options{Deflate: &tt.policy})
				b := c.open(wsproto.Field{Name: "Sec-WebSocket-Extensions", Value: tt.offer})
				resp, _, err := wsproto.ParseResponse(b)
				if err != nil {
					t.Fatal(err)
				}
				if got, _ := resp.Get("Sec-WebSocket-Extensions"); got != tt.want {
					t.Errorf("got %q, want %q", got, tt.want)
				}
				c.hangUp()
			})
		})
	}
}

// TestTakeAnswers checks what a client makes of answers to its offers.
func TestTakeAnswers(t *testing.T) {
	const d = "permessage-deflate"
	tests := []struct {
		offer, answer string
		open          bool
	}{
		{d, d, true},
		{d, "", true},
		{d, d + "; server_no_context_takeover", true},
		{d, d + "; client_no_context_takeover", true},
		{d, d + "; server_max_window_bits=9", true},
		{d + "; client_max_window_bits", d + "; client_max_window_bits=9", true},
		{d + "; client_max_window_bits, " + d, d, true},
		{d, d + "; client_max_window_bits=9", false},
		{d + "; client_max_window_bits", d + "; client_max_window_bits", false},
		{d + "; client_max_window_bits=9", d + "; client_max_window_bits=10", false},
		{d + "; server_max_window_bits=9", d, false},
		{d + "; server_max_window_bits=9", d + "; server_max_window_bits=10", false},
		{d + "; server_no_context_takeover", d, false},
		{d, d + "; server_max_window_bits=7", false},
		{d, d + "; server_no_context_takeover=1", false},
		{d, d + "; server_no_context_takeover; server_no_context_takeover", false},
		{d, d + "; spam", false},
		{d, d + ", " + d, false},
	}
	for _, tt := range tests {
		t.Run(tt.offer+"|"+tt.answer, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := start(t, wsproto.Client, reference.Options{Deflate: &reference.Deflate{Offers: []string{tt.offer}}})
				var more []wsproto.Field
				if tt.answer != "" {
					more = append(more, wsproto.Field{Name: "Sec-WebSocket-Extensions", Value: tt.answer})
				}
				c.open(more...)
				got := frames(c.say(c.words("t")))
				err := c.hangUp()
				var refusal *reference.Refusal
				if refused := errors.As(err, &refusal); refused == tt.open || (got == "") != refused {
					t.Errorf("got echo %q and error %v, want a Refusal: %v", got, err, !tt.open)
				}
			})
		})
	}
}

// TestDeflateWindow checks that an endpoint keeps to the terms for its own
// direction, in both roles.
func TestDeflateWindow(t *testing.T) {
	for _, tt := range []struct {
		role   wsproto.Role
		offer  string
		answer string
		stream deflate.Stream
	}{
		{wsproto.Server, "permessage-deflate; server_max_window_bits=9", "", deflate.Stream{WindowBits: 9}},
		{wsproto.Server, "permessage-deflate; server_no_context_takeover", "", deflate.Stream{NoContextTakeover: true}},
		{wsproto.Client, "", "permessage-deflate; client_max_window_bits=8", deflate.Stream{WindowBits: 8}},
		{wsproto.Client, "", "permessage-deflate; client_no_context_takeover", deflate.Stream{NoContextTakeover: true}},
		{wsproto.Server, "permessage-deflate", "", deflate.Stream{}},
	} {
		t.Run(tt.role.String()+"/"+tt.stream.String(), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := start(t, tt.role, reference.Options{Deflate: new(reference.Deflate)})
				c.open(wsproto.Field{Name: "Sec-WebSocket-Extensions", Value: tt.offer + tt.answer})
				want := strings.Repeat(unescape(t, noise(3000)), 1)
				b := c.say(c.words("bz:" + escape([]byte(want)) + " bz:" + escape([]byte(want))))
				got, rest := wsproto.ParseFrames(b)
				if len(got) != 2 || len(rest) > 0 {
					t.Fatalf("got %d frames and %d octets, want 2 frames", len(got), len(rest))
				}
				z := deflate.NewInflater(tt.stream, 1<<20)
				for i, f := range got {
					message, report, err := z.Message(nil, f.Payload)
					if err != nil || string(message) != want || f.Rsv != 4 {
						t.Errorf("message %d: got %s, %v", i, f, err)
					}
					if report.Window.Count > 0 || report.Context.Count > 0 || !report.Ending.Conforming() {
						t.Errorf("message %d: got %+v", i, report)
					}
				}
				c.hangUp()
			})
		})
	}
}

// TestDeflateRules checks what a conforming endpoint makes of compressed
// messages and of what is not.
func TestDeflateRules(t *testing.T) {
	for _, role := range []wsproto.Role{wsproto.Server, wsproto.Client} {
		for _, tt := range []struct{ name, say, want string }{
			{"echo", `tz:Spam t:eggs bz:\xff`, `t:Spam t:eggs b:\xff`},
			{"empty", `tz bz`, `t b`},
			{"context", `tz:SpamSpamSpam tz:SpamSpamSpam`, `t:SpamSpamSpam t:SpamSpamSpam`},
			{"RSV1 on a ping", `P1`, closed1002},
			{"RSV1 on a continuation", `t-:a c1:b`, closed1002},
			{"RSV2", `tz2:a`, closed1002},
			{"bad block", `t1:\x07`, closed1007},
			{"not UTF-8", `tz:\xff`, closed1007},
			{"cut code point", `tz:\xe2\x82`, closed1007},
		} {
			t.Run(role.String()+"/"+tt.name, func(t *testing.T) {
				for _, size := range []int{1 << 20, 1} {
					synctest.Test(t, func(t *testing.T) {
						c := start(t, role, reference.Options{Deflate: new(reference.Deflate),
							Freedom: reference.Freedom{Compression: reference.CompressNone}})
						c.openDeflate()
						var got []byte
						for _, piece := range cut(c.words(tt.say), size) {
							got = append(got, c.say(piece)...)
						}
						if got := closed(t, got); got != tt.want {
							t.Errorf("to %s: got %s, want %s", tt.say, got, tt.want)
						}
						c.hangUp()
					})
				}
			})
		}
	}
}
