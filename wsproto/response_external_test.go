package wsproto_test

import (
	"bytes"
	"errors"
	"fmt"
	"reflect"
	"testing"

	"github.com/wscheck/wscheck/wsproto"
)

func TestNewResponse(t *testing.T) {
	r := wsproto.NewResponse(sampleKey, wsproto.Field{Name: "Sec-WebSocket-Protocol", Value: "chat"})
	want := "HTTP/1.1 101 Switching Protocols\r\n" +
		"Upgrade: websocket\r\n" +
		"Connection: Upgrade\r\n" +
		"Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n" +
		"Sec-WebSocket-Protocol: chat\r\n" +
		"\r\n"
	if got := string(r.AppendTo([]byte("x"))); got != "x"+want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}

func TestParseResponse(t *testing.T) {
	tests := []struct {
		name, text string
		want       parsed
	}{
		{"plain", "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n",
			parsed{"HTTP/1.1|101|Switching Protocols", []string{"Upgrade|websocket"}}},
		{"no reason", "HTTP/1.1 101 \r\n\r\n", parsed{"HTTP/1.1|101|", nil}},
		{"no space", "HTTP/1.1 101\r\n\r\n", parsed{"HTTP/1.1|101|", nil}},
		{"interim", "HTTP/1.1 100 Continue\r\n\r\n", parsed{"HTTP/1.1|100|Continue", nil}},
		{"refusal with LF", "HTTP/1.0 400 Bad Request\nX: a\n b\n\n", parsed{"HTTP/1.0|400|Bad Request", []string{"X|a b"}}},
		{"no status", "HTTP/1.1\r\n\r\n", parsed{"HTTP/1.1|0|", nil}},
		{"status in words", "HTTP/1.1 OK fine\r\n\r\n", parsed{"HTTP/1.1|0|fine", nil}},
		{"status of four digits", "HTTP/1.1 0101 OK\r\n\r\n", parsed{"HTTP/1.1|0|OK", nil}},
		{"status with a sign", "HTTP/1.1 +10 OK\r\n\r\n", parsed{"HTTP/1.1|0|OK", nil}},
		{"two spaces", "HTTP/1.1  101 OK\r\n\r\n", parsed{"HTTP/1.1|0|101 OK", nil}},
		{"other octets", "http/x 999 \x00\xff\r\n\r\n", parsed{"http/x|999|\x00\xff", nil}},
		{"empty line first", "\r\nHTTP/1.1 101 OK\r\n\r\n", parsed{"HTTP/1.1|101|OK", nil}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			text := []byte(test.text)
			for n := range text {
				if r, size, err := wsproto.ParseResponse(text[:n]); r != nil || size != 0 || err != nil {
					t.Fatalf("the first %d octets give %+v, %d, %v", n, r, size, err)
				}
			}
			r, n, err := wsproto.ParseResponse(append(bytes.Clone(text), "\x81\x00"...))
			if err != nil || n != len(text) {
				t.Fatalf("%d of %d octets, %v", n, len(text), err)
			}
			got := parsed{fmt.Sprintf("%s|%d|%s", r.Proto, r.Status, r.Reason), fieldParts(r.Fields)}
			if !reflect.DeepEqual(got, test.want) {
				t.Errorf("got %q, want %q", got, test.want)
			}
			if got := r.AppendTo(nil); !bytes.Equal(got, text) {
				t.Errorf("written as %q", got)
			}
		})
	}
}

func TestParseResponseNotHTTP(t *testing.T) {
	tests := []struct {
		name, text string
		at         int // how many octets tell
	}{
		{"frame", "\x81\x05Hello", 1},
		{"TLS alert", "\x15\x03\x01", 1},
		{"a request", "GET / HTTP/1.1\r\n", 1},
		{"SSH", "SSH-2.0-x\r\n", 1},
		{"other protocol", "HTTPS/1.1 101 OK", 5},
		{"short line", "HTT\n", 4},
		{"short line with CRLF", "H\r\n", 2},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			for n := range len(test.text) + 1 {
				r, size, err := wsproto.ParseResponse([]byte(test.text[:n]))
				if r != nil || size != 0 || errors.Is(err, wsproto.ErrNotHTTP) != (n >= test.at) {
					t.Errorf("%d octets: %+v, %d, %v", n, r, size, err)
				}
			}
		})
	}
}

func TestParseResponseTooLong(t *testing.T) {
	b := append([]byte("HTTP/1.1 200 OK\r\nX: "), bytes.Repeat([]byte("a"), wsproto.MaxHandshake)...)
	if _, _, err := wsproto.ParseResponse(b); !errors.Is(err, wsproto.ErrHandshakeTooLong) {
		t.Errorf("error %v", err)
	}
}
