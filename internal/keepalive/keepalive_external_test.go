package keepalive_test

import (
	"strings"
	"testing"

	"github.com/wscheck/wscheck/internal/keepalive"
	"github.com/wscheck/wscheck/wsproto"
)

const (
	get     = "GET / HTTP/1.1\r\nHost: h\r\n\r\n"
	post    = "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhello"
	upgrade = "GET / HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n"
)

// TestResponse takes the octets after the head of a response at once and one by one: those of the
// body, and three more.
func TestResponse(t *testing.T) {
	const not = -1 // the body has no end
	for _, tt := range []struct {
		name, request, head, body string
		size                      int
		persists                  bool
	}{
		{"length", get, "HTTP/1.1 404 Not Found\r\nContent-Length: 5\r\n\r\n", "hello", 5, true},
		{"no octets", get, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", "", 0, true},
		{"chunks", get, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "5\r\nhello\r\nA;x=\"y\"\r\n0123456789\r\n0\r\n\r\n", 36, true},
		{"trailer", get, "HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\n\r\n", "0\r\nX: y\r\nZ:\r\n\r\n", 15, true},
		{"head", "HEAD / HTTP/1.1\r\nHost: h\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", "", 0, true},
		{"no content", get, "HTTP/1.1 204 No Content\r\n\r\n", "", 0, true},
		{"not modified", get, "HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n", "", 0, true},
		{"close", get, "HTTP/1.1 200 OK\r\nConnection: x, Close\r\nContent-Length: 1\r\n\r\n", "a", 1, false},
		{"asked to close", "GET / HTTP/1.1\r\nConnection: close\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n", "a", 1, false},
		{"HTTP/1.0", get, "HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\n", "a", 1, false},
		{"end of stream", get, "HTTP/1.1 200 OK\r\n\r\n", "hello", not, false},
		{"two lengths", get, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n", "hello", not, false},
		{"length and chunks", get, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n", "0\r\n\r\n", not, false},
		{"other coding", get, "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", "0\r\n\r\n", not, false},
		{"negative", get, "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n", "", not, false},
		{"too long", get, "HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n", "hello", not, false},
		{"no size", get, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "\r\nhello\r\n", not, false},
		{"no number", get, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "5g\r\nhello\r\n", not, false},
		{"no line end", get, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "5\r\nhello5\r\n", not, false},
		{"huge chunk", get, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "fffffffffffffffff\r\nhello\r\n", not, false},
		{"long line", get, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "5;" + strings.Repeat("x", 2000) + "\r\nhello\r\n", not, false},
		{"long body", get, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", strings.Repeat("8000\r\n"+strings.Repeat("x", 0x8000)+"\r\n", 33) + "0\r\n\r\n", not, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			request, _, _ := wsproto.ParseRequest([]byte(tt.request))
			response, _, err := wsproto.ParseResponse([]byte(tt.head))
			if err != nil {
				t.Fatal(err)
			}
			octets := []byte(tt.body + "\r\nG")
			want := tt.size
			if want == not {
				want = len(octets)
			}
			once, apart := keepalive.Response(request, response), keepalive.Response(request, response)
			n := 0
			for i := range octets {
				n += apart.Take(octets[i : i+1])
			}
			for _, b := range []struct {
				keepalive.Body
				n int
			}{{once, once.Take(octets)}, {apart, n}} {
				if b.n != want {
					t.Errorf("took %d octets, want %d", b.n, want)
				}
			}
			once.Take(octets)
			for _, b := range []keepalive.Body{once, apart} {
				if b.Whole() != (tt.size != not) || b.Persists() != tt.persists {
					t.Errorf("whole %v, persists %v, want %v and %v", b.Whole(), b.Persists(), tt.size != not, tt.persists)
				}
			}
		})
	}
}

// TestBefore cuts off the exchanges before the last request.
func TestBefore(t *testing.T) {
	const (
		found   = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi"
		early   = "HTTP/1.1 103 Early Hints\r\n\r\n"
		missing = "HTTP/1.1 404 Not Found\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
		opened  = "HTTP/1.1 101 Switching Protocols\r\n\r\n"
		last    = "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nhi"
	)
	for name, tt := range map[string]struct {
		client, server      []string // the last one is what is left
		requests, responses int      // how many are cut off
	}{
		"none":               {[]string{upgrade}, []string{opened}, 0, 0},
		"frames":             {[]string{upgrade + "\x81\x80abcd"}, []string{opened + "\x81\x00"}, 0, 0},
		"one":                {[]string{get, upgrade + "\x81\x80abcd"}, []string{found, opened}, 1, 1},
		"two":                {[]string{get, post, upgrade}, []string{early + found, missing, opened}, 2, 2},
		"not answered":       {[]string{get, upgrade}, []string{found, ""}, 1, 1},
		"half an answer":     {[]string{get + upgrade}, []string{found[:len(found)-1]}, 0, 0},
		"nothing more":       {[]string{get}, []string{found}, 0, 0},
		"half a request":     {[]string{get + upgrade[:20]}, []string{found}, 0, 0},
		"closed":             {[]string{get + upgrade}, []string{last + opened}, 0, 0},
		"frames, no request": {[]string{upgrade + "\x81\x80abcd"}, []string{found}, 0, 0},
	} {
		cut := func(parts []string, n int) int { return len(strings.Join(parts[:n], "")) }
		requests, responses := keepalive.Before([]byte(strings.Join(tt.client, "")), []byte(strings.Join(tt.server, "")))
		if requests != cut(tt.client, tt.requests) || responses != cut(tt.server, tt.responses) {
			t.Errorf("%s: got %d and %d octets", name, requests, responses)
		}
	}
}
