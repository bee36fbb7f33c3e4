package http2_test

import (
	"crypto/tls"
	"errors"
	"io"
	"net"
	"strings"
	"testing"

	"github.com/wscheck/wscheck/harness/http2"
	"github.com/wscheck/wscheck/internal/authority"
	"github.com/wscheck/wscheck/internal/engine"
	"github.com/wscheck/wscheck/internal/servetest"
)

// TestUntestable says in one line why a server cannot be tested over one version of
// HTTP, and by which flag it can be.
func TestUntestable(t *testing.T) {
	const settings = "\x00\x00\x06\x04\x00\x00\x00\x00\x00\x00\x03\x00\x00\x00\x64"
	const goAway = "\x00\x00\x08\x07\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x01"
	const ack = "\x00\x00\x00\x04\x01\x00\x00\x00\x00"
	const request, greeting = "GET /", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
	for _, c := range []struct {
		name    string
		sends   string
		to      string // the first octets that it answers; "" for any, and before they come
		carrier engine.Carrier
		alpn    []string // nil: without TLS
		want    string
	}{
		{"HTTP/2 alone", settings + goAway, "", nil, nil, "it speaks HTTP/2: test it with --http2"},
		{"505", "HTTP/1.1 505 HTTP Version Not Supported\r\nContent-Length: 0\r\n\r\n", "", nil, nil, "it may speak HTTP/2 alone: try --http2"},
		{"no HTTP/1.1, over TLS", "", "", nil, []string{"other"}, "it does not take HTTP/1.1 in TLS (ALPN): test it with --http2"},
		{"HTTP/1.1 alone", "HTTP/1.1 400 Bad Request\r\n\r\n", "", http2.Carrier, nil, "it speaks HTTP/1.1 alone, and not HTTP/2: test it without --http2"},
		{"HTTP/1.1 alone, over TLS", "", "", http2.Carrier, []string{"http/1.1"}, `it does not take "h2" in TLS (ALPN): test it without --http2`},
		{"no ALPN", "", "", http2.Carrier, []string{}, `it agrees on "" in TLS (ALPN), and not on "h2": test it without --http2`},
		{"no extended CONNECT", settings + ack, "", http2.Carrier, nil, "it speaks HTTP/2 without extended CONNECT"},
		{"HTTP/2 alone, silent", settings, greeting, nil, nil, "it is silent over HTTP/1.1, and speaks HTTP/2: test it with --http2"},
		{"HTTP/1.1 alone, silent", "HTTP/1.1 101 Switching Protocols\r\n\r\n", request, http2.Carrier, nil, "it is silent over HTTP/2, and speaks HTTP/1.1: test it without --http2"},
		{"another protocol", "220 mail.example.test ESMTP\r\n", "", http2.Carrier, nil, "it does not speak HTTP/2: what it sends begins with"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			ln, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			url, options := "ws://"+ln.Addr().String()+"/", new(engine.DialOptions)
			if c.alpn != nil {
				own, err := authority.New()
				if err != nil {
					t.Fatal(err)
				}
				ln = tls.NewListener(ln, &tls.Config{Certificates: []tls.Certificate{own.TLS}, NextProtos: c.alpn})
				url, options.Insecure = "wss"+strings.TrimPrefix(url, "ws"), true
			}
			servetest.On(t, ln, func(conn net.Conn) {
				begin := make([]byte, len(c.to))
				if _, err := io.ReadFull(conn, begin); err == nil && string(begin) == c.to {
					_, _ = io.WriteString(conn, c.sends)
				}
				_, _ = io.Copy(io.Discard, conn)
			})
			_, err = engine.Run(t.Context(), engine.URL(url, options), &engine.Config{Carrier: c.carrier, Cases: []string{"1.1.1"}})
			var refused *engine.UnreachableError
			if !errors.As(err, &refused) || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "\n") {
				t.Errorf("%v, want %q", err, c.want)
			}
		})
	}
}
