package head_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/wscheck/wscheck/internal/head"
	"github.com/wscheck/wscheck/oracle"
	"github.com/wscheck/wscheck/wsproto"
)

// blanks are those of the example in RFC 6455 1.2 and 1.3.
var blanks = head.Blanks{
	Authority: "server.example.com", Target: "/chat", Key: "dGhlIHNhbXBsZSBub25jZQ==",
}

func TestHandshakeZeroValue(t *testing.T) {
	var h oracle.Handshake
	request, n, err := wsproto.ParseRequest(head.Request(&h, &blanks))
	if err != nil || n == 0 {
		t.Fatalf("request: %d octets, %v", n, err)
	}
	if problems := wsproto.CheckRequest(request); len(problems) > 0 {
		t.Errorf("request: %v", problems)
	}
	response, n, err := wsproto.ParseResponse(head.Response(&h, &blanks))
	if err != nil || n == 0 {
		t.Fatalf("response: %d octets, %v", n, err)
	}
	if problems := wsproto.CheckResponse(response, request); len(problems) > 0 {
		t.Errorf("response: %v", problems)
	}
}

func TestHandshakeRequest(t *testing.T) {
	tests := []struct {
		name      string
		handshake oracle.Handshake
		blanks    head.Blanks
		want      []string // lines
		not       []string // parts
	}{
		{
			name:   "blanks",
			blanks: blanks,
			want:   []string{"GET /chat HTTP/1.1", "Host: server.example.com", "Sec-WebSocket-Key: " + blanks.Key},
		},
		{
			name:      "script before blanks",
			handshake: oracle.Handshake{Method: "POST", Proto: "HTTP/1.0", Target: "/x", Host: "h", Key: "k", Version: "8"},
			blanks:    blanks,
			want:      []string{"POST /x HTTP/1.0", "Host: h", "Sec-WebSocket-Key: k", "Sec-WebSocket-Version: 8"},
			not:       []string{"server.example.com", "/chat"},
		},
		{
			name:      "placeholders",
			handshake: oracle.Handshake{Target: "http://${authority}${target}?a", NoHost: true, Fields: []wsproto.Field{{Raw: "hOST:${authority}\r\n"}, {Raw: "X: ${authority-upper}\r\n"}}},
			blanks:    blanks,
			want:      []string{"GET http://server.example.com/chat?a HTTP/1.1", "hOST:server.example.com", "X: SERVER.EXAMPLE.COM"},
			not:       []string{"Host: "},
		},
		{
			name:      "raw",
			handshake: oracle.Handshake{Raw: []byte("GET ${target} HTTP/1.1\nHost: ${authority}\n\n"), Method: "POST"},
			blanks:    blanks,
			want:      []string{"GET /chat HTTP/1.1", "Host: server.example.com"},
			not:       []string{"\r", "POST", "Upgrade"},
		},
		{
			name:      "order of fields",
			handshake: oracle.Handshake{Drop: []string{"upgrade"}, Subprotocols: []string{"b"}, Offers: []string{"x", "y"}, Fields: []wsproto.Field{{Name: "Z", Value: "3"}}},
			blanks:    head.Blanks{Fields: []wsproto.Field{{Name: "Y", Value: "2"}}, Subprotocols: []string{"a"}},
			want:      []string{"Sec-WebSocket-Protocol: a, b", "Sec-WebSocket-Extensions: x, y", "Y: 2", "Z: 3"},
			not:       []string{"Upgrade: "},
		},
		{
			name:   "blanks are not filled again",
			blanks: head.Blanks{Authority: "${key}", Key: "${target}", Target: "/"},
			want:   []string{"Host: ${key}", "Sec-WebSocket-Key: ${target}"},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			checkLines(t, head.Request(&tt.handshake, &tt.blanks), tt.want, tt.not)
		})
	}
}

func TestHandshakeResponse(t *testing.T) {
	const accept = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="
	tests := []struct {
		name      string
		handshake oracle.Handshake
		want      []string
		not       []string
	}{
		{
			name: "blanks",
			want: []string{"HTTP/1.1 101 Switching Protocols", "Sec-WebSocket-Accept: " + accept},
		},
		{
			name:      "status without its phrase",
			handshake: oracle.Handshake{Status: 404, Drop: []string{"Upgrade", "Sec-WebSocket-Accept"}},
			want:      []string{"HTTP/1.1 404 "},
			not:       []string{"Switching", "Upgrade: ", accept},
		},
		{
			name:      "phrase, protocol, accept",
			handshake: oracle.Handshake{Proto: "HTTP/1.0", Reason: "Fine", Accept: "nothing", Subprotocols: []string{"chat"}, Offers: []string{"x"}},
			want: []string{"HTTP/1.0 101 Fine", "Sec-WebSocket-Accept: nothing",
				"Sec-WebSocket-Protocol: chat", "Sec-WebSocket-Extensions: x"},
			not: []string{accept},
		},
		{
			name:      "distorted accept",
			handshake: oracle.Handshake{Raw: []byte("${accept-lower}\n${accept-unpadded}\n${key}")},
			want:      []string{strings.ToLower(accept), strings.TrimSuffix(accept, "="), blanks.Key},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			checkLines(t, head.Response(&tt.handshake, &blanks), tt.want, tt.not)
		})
	}
}

// checkLines looks for whole lines, in their order, and for parts that must not
// be there.
func checkLines(t *testing.T, octets []byte, want, not []string) {
	t.Helper()
	lines := strings.FieldsFunc(string(octets), func(r rune) bool { return r == '\r' || r == '\n' })
	at := 0
	for _, line := range want {
		i := slices.Index(lines[at:], line)
		if i < 0 {
			t.Fatalf("no line %q from line %d on of:\n%s", line, at, octets)
		}
		at += i + 1
	}
	for _, part := range not {
		if strings.Contains(string(octets), part) {
			t.Errorf("%q in:\n%s", part, octets)
		}
	}
}

// TestOffered chooses among the subprotocols of a request, and none where there are none.
func TestOffered(t *testing.T) {
	for _, c := range []struct {
		chosen  string
		offered []string
		want    string
	}{
		{"${offered-first}", []string{"a", "b", "c"}, "a"},
		{"${offered-last}", []string{"a", "b", "c"}, "c"},
		{"${offered-last}", []string{"a"}, "a"},
		{"${offered-first}", nil, ""},
		{"${offered-last}", nil, ""},
		{"own", nil, "own"},
	} {
		h := oracle.Handshake{Subprotocols: []string{c.chosen}}
		b := blanks
		b.Offered = c.offered
		response, _, err := wsproto.ParseResponse(head.Response(&h, &b))
		if err != nil {
			t.Fatal(err)
		}
		got, n := response.Get("Sec-WebSocket-Protocol")
		if got != c.want || (n > 0) != (c.want != "") {
			t.Errorf("%s of %q: got %q in %d fields", c.chosen, c.offered, got, n)
		}
	}
}
