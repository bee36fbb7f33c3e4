package engine_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"testing"

	"github.com/wscheck/wscheck/internal/engine"
	"github.com/wscheck/wscheck/oracle"
	"github.com/wscheck/wscheck/wsproto"
)

// TestRefusals demands that a server does not fail that refuses a handshake which not every
// client sends, or takes one that may be refused. One that refuses the plain handshake cannot be
// tested.
func TestRefusals(t *testing.T) {
	refuses := func(conn net.Conn) {
		defer conn.Close()
		if _, err := http.ReadRequest(bufio.NewReader(conn)); err == nil {
			fmt.Fprint(conn, "HTTP/1.1 400 Bad Request\r\nSec-WebSocket-Version: 13\r\nContent-Length: 0\r\n\r\n")
		}
	}
	accepts := accepting(func(conn net.Conn, _ io.Reader) { conn.Close() })
	waits := func(conn net.Conn) {
		defer conn.Close()
		_, _ = conn.Read(make([]byte, 1<<10))
		_, _ = conn.Read(make([]byte, 1))
	}
	tests := []struct {
		id     string
		server func(net.Conn)
		want   oracle.Outcome
	}{
		{"rfc7692/6/not-negotiated-declined", refuses, oracle.Unsupported},
		{"rfc7692/7.1/offer-plain", refuses, oracle.Unsupported},
		{"rfc6455/4.2.1/http-1.2", refuses, oracle.Unsupported},
		{"rfc6455/4.4/version-8", refuses, oracle.Pass},
		{"rfc6455/4.2.2/response", refuses, oracle.Inconclusive},
		{"rfc6455/4.4/version-8", accepts, oracle.Allowed},
		{"rfc6455/4.4/version-9", accepts, oracle.Violation},
		{"rfc6455/4.2.1/lf-last", waits, oracle.Allowed},
		{"rfc6455/4.2.1/lf-everywhere", waits, oracle.Allowed},
		{"rfc6455/4.2.1/body-chunked", waits, oracle.Allowed},
		{"rfc6455/4.2.1/lf-request-line", waits, oracle.Violation},
		{"rfc6455/4.2.2/response", waits, oracle.Violation},
	}
	for _, tt := range tests {
		if v := verdict(t, engine.Server(tt.server), caseOf(t, wsproto.Client, tt.id)); v.Outcome != tt.want {
			t.Errorf("%s: got %+v, want %v", tt.id, v, tt.want)
		}
	}
}
