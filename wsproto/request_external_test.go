package wsproto_test

import (
	"bytes"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/wscheck/wscheck/wsproto"
)

const (
	sampleKey    = "dGhlIHNhbXBsZSBub25jZQ==" // RFC 6455 1.3
	sampleAccept = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="
)

func TestAcceptKey(t *testing.T) {
	if got := wsproto.AcceptKey(sampleKey); got != sampleAccept {
		t.Errorf("got %s, want %s", got, sampleAccept)
	}
}

func TestNewRequest(t *testing.T) {
	r := wsproto.NewRequest("server.example.com", "/chat", sampleKey, wsproto.Field{Name: "Origin", Value: "http://example.com"})
	want := "GET /chat HTTP/1.1\r\n" +
		"Host: server.example.com\r\n" +
		"Upgrade: websocket\r\n" +
		"Connection: Upgrade\r\n" +
		"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n" +
		"Sec-WebSocket-Version: 13\r\n" +
		"Origin: http://example.com\r\n" +
		"\r\n"
	if got := string(r.AppendTo([]byte("x"))); got != "x"+want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}

// parsed is what ParseRequest or ParseResponse gave of a whole message.
type parsed struct {
	line   string // the parts of the start line, separated by vertical bars
	fields []string
}

func requestParts(r *wsproto.Request) parsed {
	return parsed{r.Method + "|" + r.Target + "|" + r.Proto, fieldParts(r.Fields)}
}

func fieldParts(fields wsproto.Fields) []string {
	var parts []string
	for _, f := range fields {
		parts = append(parts, f.Name+"|"+f.Value)
	}
	return parts
}

func TestParseRequest(t *testing.T) {
	tests := []struct {
		name, text string
		want       parsed
	}{
		{"plain", "GET / HTTP/1.1\r\nHost: a\r\n\r\n", parsed{"GET|/|HTTP/1.1", []string{"Host|a"}}},
		{"no fields", "GET / HTTP/1.1\r\n\r\n", parsed{"GET|/|HTTP/1.1", nil}},
		{"empty lines first", "\r\n\n\r\nGET / HTTP/1.1\r\n\r\n", parsed{"GET|/|HTTP/1.1", nil}},
		{"LF alone", "GET / HTTP/1.1\nHost: a\nX: b\n\n", parsed{"GET|/|HTTP/1.1", []string{"Host|a", "X|b"}}},
		{"LF then CRLF", "GET / HTTP/1.1\nHost: a\n\r\n", parsed{"GET|/|HTTP/1.1", []string{"Host|a"}}},
		{"CRLF then LF", "GET / HTTP/1.1\r\nHost: a\r\n\n", parsed{"GET|/|HTTP/1.1", []string{"Host|a"}}},
		{"CR within a line", "GET / HTTP/1.1\r\nX: a\rb\r\r\n\r\n", parsed{"GET|/|HTTP/1.1", []string{"X|a\rb\r"}}},
		{"a CR is no empty line", "GET / HTTP/1.1\r\nX: a\r\n\r\r\n\r\n", parsed{"GET|/|HTTP/1.1", []string{"X|a", "|\r"}}},
		{"white space around a value", "GET / HTTP/1.1\r\nX: \t a b \t\r\n\r\n", parsed{"GET|/|HTTP/1.1", []string{"X|a b"}}},
		{"no white space", "GET / HTTP/1.1\r\nX:a:b\r\n\r\n", parsed{"GET|/|HTTP/1.1", []string{"X|a:b"}}},
		{"empty value", "GET / HTTP/1.1\r\nX:\r\n\r\n", parsed{"GET|/|HTTP/1.1", []string{"X|"}}},
		{"folded", "GET / HTTP/1.1\r\nX: a\r\n \t b\r\n\tc\r\nY: d\r\n\r\n", parsed{"GET|/|HTTP/1.1", []string{"X|a b c", "Y|d"}}},
		{"folded with LF", "GET / HTTP/1.1\nX: a\n b\n\n", parsed{"GET|/|HTTP/1.1", []string{"X|a b"}}},
		{"folded to nothing", "GET / HTTP/1.1\r\nX: a\r\n \r\n\r\n", parsed{"GET|/|HTTP/1.1", []string{"X|a"}}},
		{"folded before the colon", "GET / HTTP/1.1\r\nX\r\n : a\r\n\r\n", parsed{"GET|/|HTTP/1.1", []string{"X |a"}}},
		{"space before the first field", "GET / HTTP/1.1\r\n X: a\r\nY: b\r\n\r\n", parsed{"GET|/|HTTP/1.1", []string{"|X: a", "Y|b"}}},
		{"no colon", "GET / HTTP/1.1\r\nUpgrade\r\n\r\n", parsed{"GET|/|HTTP/1.1", []string{"|Upgrade"}}},
		{"no name", "GET / HTTP/1.1\r\n: a\r\n\r\n", parsed{"GET|/|HTTP/1.1", []string{"|a"}}},
		{"space before the colon", "GET / HTTP/1.1\r\nHost : a\r\n\r\n", parsed{"GET|/|HTTP/1.1", []string{"Host |a"}}},
		{"NUL", "GET /\x00 HTTP/1.1\r\nX\x00: \x00\r\n\r\n", parsed{"GET|/\x00|HTTP/1.1", []string{"X\x00|\x00"}}},
		{"other octets", "GET / HTTP/1.1\r\nX: \xff\x80\r\n\r\n", parsed{"GET|/|HTTP/1.1", []string{"X|\xff\x80"}}},
		{"spaces in the target", "GET  /a b HTTP/1.1\r\n\r\n", parsed{"GET| /a b|HTTP/1.1", nil}},
		{"a version in the target", "GET /a HTTP/1.1 HTTP/1.1\r\n\r\n", parsed{"GET|/a HTTP/1.1|HTTP/1.1", nil}},
		{"no target", "GET HTTP/1.1\r\n\r\n", parsed{"GET||HTTP/1.1", nil}},
		{"odd version", "get * http/0.9 \r\n\r\n", parsed{"get|*|http/0.9 ", nil}},
		{"HTTP/2", "PRI * HTTP/2.0\r\n\r\n", parsed{"PRI|*|HTTP/2.0", nil}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			text := []byte(test.text)
			for n := range text {
				if r, size, err := wsproto.ParseRequest(text[:n]); r != nil || size != 0 || err != nil {
					t.Fatalf("the first %d octets give %+v, %d, %v", n, r, size, err)
				}
			}
			for _, follows := range []string{"", "\r\n", "\n\n", "\x81\x00", "GET / HTTP/1.1\r\n\r\n"} {
				r, n, err := wsproto.ParseRequest(append(bytes.Clone(text), follows...))
				if err != nil || n != len(text) {
					t.Fatalf("before %q: %d of %d octets, %v", follows, n, len(text), err)
				}
				if got := requestParts(r); !reflect.DeepEqual(got, test.want) {
					t.Errorf("before %q:\n got %q\nwant %q", follows, got, test.want)
				}
				if got := r.AppendTo(nil); !bytes.Equal(got, text) {
					t.Errorf("before %q: written as %q", follows, got)
				}
			}
		})
	}
}

func TestParseRequestNotHTTP(t *testing.T) {
	tests := []struct {
		name, text string
		at         int // how many octets tell
	}{
		{"TLS", "\x16\x03\x01", 1},
		{"frame", "\x81\x85abcd", 1},
		{"NUL", "\x00", 1},
		{"space", " GET / HTTP/1.1\r\n\r\n", 1},
		{"CR", "\rGET", 2},
		{"CR CR LF", "\r\r\n", 2},
		{"no version", "GET /\r\n\r\n", 7},
		{"one word", "hello\n", 6},
		{"a response", "HTTP/1.1 200 OK\r\n", 17},
		{"after an empty line", "\r\n\x81", 3},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			for n := range len(test.text) + 1 {
				r, size, err := wsproto.ParseRequest([]byte(test.text[:n]))
				if r != nil || size != 0 || errors.Is(err, wsproto.ErrNotHTTP) != (n >= test.at) {
					t.Errorf("%d octets: %+v, %d, %v", n, r, size, err)
				}
			}
		})
	}
}

func TestParseRequestBounds(t *testing.T) {
	const start, end = "GET / HTTP/1.1\r\nX: ", "\r\n\r\n"
	fill := func(n int) []byte {
		return []byte(start + strings.Repeat("a", n-len(start)-len(end)) + end)
	}
	for _, n := range []int{100, wsproto.MaxHandshake - 1, wsproto.MaxHandshake} {
		if _, size, err := wsproto.ParseRequest(fill(n)); size != n || err != nil {
			t.Errorf("%d octets: %d, %v", n, size, err)
		}
	}
	over := fill(wsproto.MaxHandshake + 1)
	for n, tooLong := range map[int]bool{
		wsproto.MaxHandshake - 1: false,
		wsproto.MaxHandshake:     true,
		wsproto.MaxHandshake + 1: true,
	} {
		if _, size, err := wsproto.ParseRequest(over[:n]); size != 0 || errors.Is(err, wsproto.ErrHandshakeTooLong) != tooLong {
			t.Errorf("%d octets of one too long: %d, %v", n, size, err)
		}
	}
	for name, flood := range map[string]string{
		"empty lines":   "\n",
		"fields":        "a:b\n",
		"folded lines":  "\n ",
		"no line break": "a",
	} {
		b := []byte("GET / HTTP/1.1\r\nX: " + strings.Repeat(flood, wsproto.MaxHandshake))
		if name == "empty lines" {
			b = bytes.Repeat([]byte(flood), wsproto.MaxHandshake+1)
		}
		if _, _, err := wsproto.ParseRequest(b); !errors.Is(err, wsproto.ErrHandshakeTooLong) {
			t.Errorf("a flood of %s: %v", name, err)
		}
	}
}

func TestParseRequestFieldFlood(t *testing.T) {
	const fields = 16_000
	b := []byte("GET / HTTP/1.1\n" + strings.Repeat("a:\n", fields) + "\n")
	r, n, err := wsproto.ParseRequest(b)
	if err != nil || n != len(b) || len(r.Fields) != fields {
		t.Errorf("%d octets of %d, %v", n, len(b), err)
	}
	b = []byte("GET / HTTP/1.1\nX: a\n" + strings.Repeat(" b\n", fields) + "\n")
	r, n, err = wsproto.ParseRequest(b)
	if err != nil || n != len(b) || len(r.Fields) != 1 || len(r.Fields[0].Value) != 2*fields+1 {
		t.Errorf("folded: %d octets of %d, %v", n, len(b), err)
	}
}

// drawHead draws text that is much like a request or a response.
func drawHead(t *rapid.T) []byte {
	piece := rapid.SampledFrom([]string{
		"GET / HTTP/1.1", "HTTP/1.1 101 OK", "HTTP/", "Host: a", "Upgrade: websocket",
		"\r\n", "\r\n", "\r\n", "\n", "\r", " ", "\t", ":", "X", "\x00", "\xff", "\r\n\r\n",
	})
	return []byte(strings.Join(rapid.SliceOfN(piece, 0, 12).Draw(t, "pieces"), ""))
}

// The result does not depend on how many octets are there beyond it, and what
// was parsed is written as it was.
func TestParseHeadAnyOctets(t *testing.T) {
	parsers := map[string]func([]byte) ([]byte, int, error){
		"request": func(b []byte) ([]byte, int, error) {
			r, n, err := wsproto.ParseRequest(b)
			if r == nil {
				return nil, n, err
			}
			wsproto.CheckRequest(r)
			return r.AppendTo(nil), n, err
		},
		"response": func(b []byte) ([]byte, int, error) {
			r, n, err := wsproto.ParseResponse(b)
			if r == nil {
				return nil, n, err
			}
			wsproto.CheckResponse(r, nil)
			return r.AppendTo(nil), n, err
		},
	}
	rapid.Check(t, func(t *rapid.T) {
		b := drawHead(t)
		for name, parse := range parsers {
			back, n, err := parse(b)
			if !bytes.Equal(back, b[:n]) || err != nil && n != 0 {
				t.Fatalf("%s %q: %d octets, written as %q, %v", name, b, n, back, err)
			}
			for size := range b {
				_, early, earlyErr := parse(b[:size])
				switch {
				case earlyErr != nil && err == nil, early != 0 && early != n, n != 0 && size >= n && early != n:
					t.Fatalf("%s %q: %d, %v; but of the first %d octets %d, %v", name, b, n, err, size, early, earlyErr)
				}
			}
		}
	})
}

func BenchmarkParseRequest(b *testing.B) {
	plain := wsproto.NewRequest("server.example.com", "/chat", sampleKey).AppendTo(nil)
	flood := bytes.Repeat([]byte("a:\n"), wsproto.MaxHandshake/3)
	flood = append([]byte("GET / HTTP/1.1\n"), flood[:wsproto.MaxHandshake-17]...)
	flood = append(flood, "\n\n"...)
	for _, head := range []struct {
		name string
		text []byte
	}{{"plain", plain}, {"flood", flood}} {
		for _, chop := range []int{1, 1460, wsproto.MaxHandshake} {
			b.Run(fmt.Sprintf("head=%s/chop=%d", head.name, chop), func(b *testing.B) {
				b.SetBytes(int64(len(head.text)))
				for b.Loop() {
					for n := 0; n < len(head.text); {
						n = min(n+chop, len(head.text))
						r, _, err := wsproto.ParseRequest(head.text[:n])
						if err != nil || (r != nil) != (n == len(head.text)) {
							b.Fatalf("%d octets: %v, %v", n, r, err)
						}
					}
				}
			})
		}
	}
}
