package reference_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/wscheck/wscheck/internal/reference"
	"github.com/wscheck/wscheck/wsproto"
)

// validRequest is an opening handshake, line by line.
const validRequest = "GET /echo HTTP/1.1\r\n" +
	"Host: example.com\r\n" +
	"Upgrade: websocket\r\n" +
	"Connection: Upgrade\r\n" +
	"Sec-WebSocket-Key: " + testKey + "\r\n" +
	"Sec-WebSocket-Version: 13\r\n\r\n"

func TestAccept(t *testing.T) {
	tests := []struct {
		name, replace, by string // in validRequest
		status            int
	}{
		{"plain", "", "", 101},
		{"lower case", "Upgrade: websocket\r\nConnection: Upgrade", "upgrade: WebSocket\r\nCONNECTION: upgrade", 101},
		{"token lists", "Connection: Upgrade", "Connection: keep-alive,\tUpgrade ,x", 101},
		{"two Connection fields", "Connection: Upgrade", "Connection: keep-alive\r\nConnection: Upgrade", 101},
		{"no white space", "Host: example.com", "Host:example.com", 101},
		{"folded field", "Host:", "X-Spam: a\r\n b\r\nHost:", 101},
		{"folded Host", "Host:", "Host:\r\n", 101},
		{"line feeds alone", "\r\n", "\n", 101},
		{"empty line before", "GET", "\r\nGET", 101},
		{"absolute target", "/echo", "http://example.com/echo", 101},
		{"unknown fields", "Host:", "Origin: http://example.com\r\nCookie: a=b\r\nHost:", 101},
		{"unknown extension", "Host:", "Sec-WebSocket-Extensions: x-spam; a=\"b\"\r\nHost:", 101},
		{"unknown subprotocol", "Host:", "Sec-WebSocket-Protocol: spam, ham\r\nHost:", 101},
		{"empty extensions", "Host:", "Sec-WebSocket-Extensions:\r\nHost:", 101},
		{"HTTP/1.2", "HTTP/1.1", "HTTP/1.2", 101},

		{"POST", "GET", "POST", 405},
		{"lower case method", "GET", "get", 405},
		{"HTTP/1.0", "HTTP/1.1", "HTTP/1.0", 400},
		{"no Host", "Host: example.com\r\n", "", 400},
		{"two Hosts", "Host:", "Host: example.com\r\nHost:", 400},
		{"no Upgrade", "Upgrade: websocket\r\n", "", 400},
		{"other Upgrade", "websocket\r\n", "h2c\r\n", 400},
		{"no Connection", "Connection: Upgrade\r\n", "", 400},
		{"other Connection", "Connection: Upgrade", "Connection: keep-alive", 400},
		{"no key", "Sec-WebSocket-Key: " + testKey + "\r\n", "", 400},
		{"two keys", "Sec-WebSocket-Key:", "Sec-WebSocket-Key: " + testKey + "\r\nSec-WebSocket-Key:", 400},
		{"key of 15 octets", testKey, "AQIDBAUGBwgJCgsMDQ4P", 400},
		{"key of 17 octets", testKey, "AQIDBAUGBwgJCgsMDQ4PEBE=", 400},
		{"key not in base64", testKey, "!!!!!!!!!!!!!!!!!!!!!!==", 400},
		{"no version", "Sec-WebSocket-Version: 13\r\n", "", 400},
		{"version 12", "Version: 13", "Version: 12", 426},
		{"version 14", "Version: 13", "Version: 14", 426},
		{"version 8 and no key", "Sec-WebSocket-Key: " + testKey + "\r\nSec-WebSocket-Version: 13", "Sec-WebSocket-Version: 8", 400},
		{"blank in a field name", "Host:", "X Spam: a\r\nHost:", 400},
		{"octet 0 in a value", "Host:", "X-Spam: \x00\r\nHost:", 400},
		{"bad extensions", "Host:", "Sec-WebSocket-Extensions: a;=\r\nHost:", 400},
		{"no HTTP", "GET /echo HTTP/1.1", "\x16\x03\x01\x02", 400},
		{"endless fields", "Host:", "X-Spam: " + strings.Repeat("a", wsproto.MaxHandshake) + "\r\nHost:", 400},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			for _, size := range []int{1 << 20, 7} {
				synctest.Test(t, func(t *testing.T) {
					c := start(t, wsproto.Server, reference.Options{Subprotocols: []string{"eggs"}})
					request := strings.ReplaceAll(validRequest, tt.replace, tt.by)
					if tt.replace == "" {
						request = validRequest
					}
					for _, piece := range cut([]byte(request), size) {
						c.conn.Write(piece)
						if len(request) < 1000 {
							synctest.Wait()
						}
					}
					c.quiet()
					err := c.hangUp()
					checkAnswer(t, c.all, tt.status, err)
				})
			}
		})
	}
}

// checkAnswer checks a server's response and its result.
func checkAnswer(t *testing.T, b []byte, status int, result error) {
	t.Helper()
	resp, n, err := wsproto.ParseResponse(b)
	if n == 0 {
		t.Fatalf("got %q, which is no response: %v", b, err)
	}
	if resp.Status != status {
		t.Fatalf("got status %d, want %d: %q", resp.Status, status, b)
	}
	var refusal *reference.Refusal
	if status == 101 {
		if n != len(b) || !errors.Is(result, reference.ErrDropped) {
			t.Errorf("got %q after the response, and error %v", b[n:], result)
		}
		for _, name := range []string{"Sec-WebSocket-Protocol", "Sec-WebSocket-Extensions"} {
			if value, count := resp.Get(name); count > 0 {
				t.Errorf("got %s: %s, want none", name, value)
			}
		}
		return
	}
	if !errors.As(result, &refusal) || refusal.Status != status {
		t.Errorf("got error %v, want a Refusal with %d", result, status)
	}
	version, _ := resp.Get("Sec-WebSocket-Version")
	if want := map[bool]string{true: "13"}[status == 426]; version != want {
		t.Errorf("got Sec-WebSocket-Version %q, want %q", version, want)
	}
	allow, _ := resp.Get("Allow")
	if want := map[bool]string{true: "GET"}[status == 405]; allow != want {
		t.Errorf("got Allow %q, want %q", allow, want)
	}
}

func TestSubprotocols(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := start(t, wsproto.Server, reference.Options{Subprotocols: []string{"spam", "eggs"}})
		b := c.open(wsproto.Field{Name: "Sec-WebSocket-Protocol", Value: "ham, eggs"},
			wsproto.Field{Name: "Sec-WebSocket-Protocol", Value: "spam"})
		if !bytes.Contains(b, []byte("\r\nSec-WebSocket-Protocol: eggs\r\n")) {
			t.Errorf("got %q, want the first that both speak: eggs", b)
		}
		c.hangUp()

		c = start(t, wsproto.Client, reference.Options{Subprotocols: []string{"spam", "eggs"}})
		b = c.open(wsproto.Field{Name: "Sec-WebSocket-Protocol", Value: "eggs"})
		if !bytes.Contains(b, []byte("\r\nSec-WebSocket-Protocol: spam, eggs\r\n")) {
			t.Errorf("got %q, want both offered", b)
		}
		if got := frames(c.say(c.words("t:Spam"))); got != "t:Spam" {
			t.Errorf("got %s after the server chose eggs", got)
		}
		c.hangUp()
	})
}

func TestConnect(t *testing.T) {
	tests := []struct {
		name     string
		response func(valid string) string
		open     bool
	}{
		{"plain", func(s string) string { return s }, true},
		{"other reason", func(s string) string { return strings.Replace(s, "Switching Protocols", "Yes", 1) }, true},
		{"no reason", func(s string) string { return strings.Replace(s, "Switching Protocols", "", 1) }, true},
		{"lower case", func(s string) string { return strings.Replace(s, "Upgrade: websocket", "upgrade: WEBSOCKET", 1) }, true},
		{"token list", func(s string) string { return strings.Replace(s, ": Upgrade", ": keep-alive, upgrade", 1) }, true},
		{"unknown fields", func(s string) string { return strings.Replace(s, "Upgrade:", "Server: spam\r\nUpgrade:", 1) }, true},
		{"interim response", func(s string) string { return "HTTP/1.1 100 Continue\r\n\r\n" + s }, true},

		{"status 200", func(s string) string { return strings.Replace(s, "101", "200", 1) }, false},
		{"redirect", func(string) string { return "HTTP/1.1 301 Moved\r\nLocation: /\r\n\r\n" }, false},
		{"no Upgrade", func(s string) string { return strings.Replace(s, "Upgrade: websocket\r\n", "", 1) }, false},
		{"other Upgrade", func(s string) string { return strings.Replace(s, "websocket", "h2c", 1) }, false},
		{"no Connection", func(s string) string { return strings.Replace(s, "Connection: Upgrade\r\n", "", 1) }, false},
		{"other Connection", func(s string) string { return strings.Replace(s, ": Upgrade", ": close", 1) }, false},
		{"no accept", func(s string) string { return strings.Replace(s, "Sec-WebSocket-Accept", "X-Accept", 1) }, false},
		{"wrong accept", func(s string) string { return strings.Replace(s, "Accept: ", "Accept: x", 1) }, false},
		{"subprotocol", func(s string) string {
			return strings.Replace(s, "Upgrade:", "Sec-WebSocket-Protocol: a\r\nUpgrade:", 1)
		}, false},
		{"extension", func(s string) string {
			return strings.Replace(s, "Upgrade:", "Sec-WebSocket-Extensions: permessage-deflate\r\nUpgrade:", 1)
		}, false},
		{"no HTTP", func(string) string { return "SSH-2.0-OpenSSH\r\n" }, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			for _, size := range []int{1 << 20, 1} {
				synctest.Test(t, func(t *testing.T) {
					c := start(t, wsproto.Client, reference.Options{})
					valid := c.answer(c.quiet()).AppendTo(nil)
					var got []byte
					for _, piece := range cut([]byte(tt.response(string(valid))), size) {
						got = append(got, c.say(piece)...)
					}
					got = append(got, c.say(c.words("t:Spam"))...)
					err := c.hangUp()
					var refusal *reference.Refusal
					if refused := errors.As(err, &refusal); refused == tt.open {
						t.Errorf("got error %v, want a Refusal: %v", err, !tt.open)
					}
					if want := map[bool]string{true: "t:Spam"}[tt.open]; frames(got) != want {
						t.Errorf("got %s, want %s", frames(got), want)
					}
				})
			}
		})
	}
}

func TestConnectURL(t *testing.T) {
	for _, url := range []string{"", "http://example.com/", "ws:///echo", "ws://example.com/#a", "ws://[", "example.com"} {
		if err := reference.Connect(nil, url, reference.Options{}); err == nil {
			t.Errorf("%q: got no error", url)
		}
	}
}
