package oracle_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/wscheck/wscheck/oracle"
	"github.com/wscheck/wscheck/wsproto"
)

// TestLater judges opening handshakes that follow other requests on the connection.
func TestLater(t *testing.T) {
	const (
		key      = "dGhlIHNhbXBsZSBub25jZQ=="
		fields   = "Host: h\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: " + key + "\r\n"
		get      = "GET / HTTP/1.1\r\nHost: h\r\n\r\n"
		head     = "HEAD / HTTP/1.1\r\nHost: h\r\n\r\n"
		post     = "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhello"
		draft    = "GET / HTTP/1.1\r\n" + fields + "Sec-WebSocket-Version: 14\r\n\r\n"
		half     = "GET / HTTP/1.1\r\n" + fields
		rest     = "Sec-WebSocket-Version: 13\r\n\r\n"
		upgrade  = half + rest
		switched = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: "
		accept   = switched + "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n"
		stale    = switched + "fFBooB7FAkLlXgRSz0BT3v4hq5s=\r\n\r\n"
		found    = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"
		chunks   = "HTTP/1.1 404 Not Found\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n"
		hints    = "HTTP/1.1 103 Early Hints\r\n\r\n"
		last     = "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 5\r\n\r\nhello"
		endless  = "HTTP/1.1 200 OK\r\n\r\nhello"
		required = "HTTP/1.1 426 Upgrade Required\r\nSec-WebSocket-Version: 13\r\nContent-Length: 0\r\n\r\n"
		refused  = "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n"
		text     = "\x81\x80abcd"
		echo     = "\x81\x00"
		farewell = "\x88\x80abcd"
		reply    = "\x88\x00"
	)
	plain, _, err := wsproto.ParseRequest([]byte(upgrade))
	if err != nil {
		t.Fatal(err)
	}
	type turn = string // "> octets" that we send, "< octets" that come, or an event
	const eof, quiet, timer, late = "eof", "quiet", "timer", "late"
	talk := []turn{">" + text, "<" + echo, ">" + farewell, "<" + reply, "eof"}
	for _, tt := range []struct {
		name    string
		turns   []turn
		outcome oracle.Outcome
		broken  string
	}{
		{"get", slices.Concat([]turn{">" + get, "<" + found, ">" + upgrade, "<" + accept}, talk), oracle.Pass, ""},
		{"chunks", slices.Concat([]turn{">" + get, "<" + hints + chunks[:60], "<" + chunks[60:], ">" + upgrade, "<" + hints, "<" + accept}, talk), oracle.Pass, ""},
		{"head", slices.Concat([]turn{">" + head, "<" + found[:len(found)-5], ">" + upgrade, "<" + accept}, talk), oracle.Pass, ""},
		{"two", slices.Concat([]turn{">" + get, "<" + found, ">" + post, "<" + chunks, ">" + upgrade[:9], ">" + upgrade[9:], "<" + accept}, talk), oracle.Pass, ""},
		{"version", slices.Concat([]turn{">" + draft, "<" + required, ">" + upgrade, "<" + accept}, talk), oracle.Pass, ""},
		{"begun early", slices.Concat([]turn{">" + get + half, "<" + found, ">" + rest, "<" + accept}, talk), oracle.Pass, ""},
		{"begun early, frame", slices.Concat([]turn{">" + post + half, "<" + found, ">" + rest + "\x8a\x80abcd", "<" + accept}, talk), oracle.Pass, ""},

		{"closes", []turn{">" + get, "<" + last, "eof"}, oracle.Pass, ""},
		{"says so after more", []turn{">" + get + half, "<" + last, "eof"}, oracle.Pass, ""},
		{"ends the body so", []turn{">" + get + half, "<" + endless, quiet, "eof"}, oracle.Pass, ""},
		{"closes instead", []turn{">" + get, "<" + found, ">" + upgrade, "eof"}, oracle.Unsupported, ""},
		{"closes amid", []turn{">" + get, "<" + found, ">" + upgrade, "<" + accept[:20], "eof"}, oracle.Unsupported, ""},
		{"closes, begun", []turn{">" + get + half, "<" + found, "eof"}, oracle.Pass, ""},
		{"busy", []turn{">" + get, "<" + found, ">" + upgrade, "<" + strings.Replace(refused, "400", "503", 1), "eof"}, oracle.Inconclusive, ""},
		{"a body after HEAD", []turn{">" + head, "<" + found, ">" + upgrade, "<" + accept, "eof"}, oracle.Pass, ""},
		{"a body after HEAD, late", []turn{">" + head, "<" + found[:len(found)-5], ">" + upgrade, "<" + "hello" + accept, "eof"}, oracle.Allowed, ""},

		{"switches", []turn{">" + get, "<" + accept}, oracle.Violation, "rfc6455/4.2.1/upgrade"},
		{"another key", []turn{">" + draft, "<" + required, ">" + upgrade, "<" + stale}, oracle.Violation, "rfc6455/4.2.2/accept"},
		{"refused", []turn{">" + get, "<" + found, ">" + upgrade, "<" + refused, "eof"}, oracle.Violation, "rfc6455/4.2.2/equal"},
		{"refused, begun", []turn{">" + get + half, "<" + found, ">" + rest, "<" + refused}, oracle.Violation, "rfc6455/4.2.2/equal"},
		{"silent", []turn{">" + get, "<" + found, ">" + upgrade, quiet}, oracle.Violation, "rfc6455/4.2.2/respond"},
		{"silent, begun", []turn{">" + get + half, "<" + found, ">" + rest, timer}, oracle.Violation, "rfc6455/4.2.2/respond"},
		{"silent for long", []turn{">" + get + half, "<" + found, ">" + rest, late}, oracle.Violation, "rfc6455/4.2.2/respond"},
		{"a length too short", []turn{">" + get, "<" + found, ">" + upgrade, "<hello" + accept}, oracle.Violation, "rfc6455/4.2.2/response-http"},
		{"wrong frame", []turn{">" + get, "<" + found, ">" + upgrade, "<" + accept, "<\x81\x80abcd"}, oracle.Violation, "rfc6455/5.1/server-masks-not"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			for _, apart := range []bool{false, true} {
				j := oracle.NewJudge(wsproto.Client, oracle.Options{Echo: true})
				at := time.Duration(0)
				feed := func(kind oracle.EventKind, octets string) {
					at += time.Millisecond
					j.Feed(&oracle.Event{Kind: kind, At: at, Data: []byte(octets), N: len(octets), Step: -1})
				}
				for _, turn := range tt.turns {
					switch {
					case turn == eof:
						feed(oracle.EventReceivedEOF, "")
					case turn == quiet:
						feed(oracle.EventQuiet, "")
					case turn == timer:
						at += oracle.DefaultPatience
						feed(oracle.EventTimer, "")
					case turn == late:
						at += oracle.DefaultPatience
						feed(oracle.EventReceivedEOF, "")
					default:
						kind := oracle.EventSent
						if turn[0] == '<' {
							kind = oracle.EventReceived
						}
						if !apart {
							feed(kind, turn[1:])
							continue
						}
						for i := range turn[1:] {
							feed(kind, turn[1+i:2+i])
						}
					}
				}
				j.Compare(func() *oracle.Plain { return &oracle.Plain{Request: plain, Scheme: "http"} })
				v := j.Verdict()
				if tt.outcome != v.Outcome || tt.broken != "" && !slices.Contains(v.Broken(), oracle.ClauseID(tt.broken)) {
					t.Errorf("octet by octet %v: got %v, want %v %s", apart, v, tt.outcome, tt.broken)
				}
			}
		})
	}
}
