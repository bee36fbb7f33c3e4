package engine_test

import (
	"context"
	"io"
	"net"
	"strings"
	"testing"

	"github.com/wscheck/wscheck/internal/engine"
	"github.com/wscheck/wscheck/internal/reference"
	"github.com/wscheck/wscheck/internal/report"
	"github.com/wscheck/wscheck/oracle"
)

// insisting is a connection that ends where the response with status 101 names no
// subprotocol.
type insisting struct {
	net.Conn
	head string
}

func (c *insisting) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	c.head += string(b[:n])
	if _, fields, found := strings.Cut(c.head, " 101 "); found && !strings.Contains(fields, "Sec-WebSocket-Protocol: chat") &&
		(strings.Contains(fields, "\r\n\r\n") || strings.Contains(fields, "\n\n")) {
		_ = c.Close()
		return 0, io.EOF
	}
	return n, err
}

// TestSubprotocolInEachResponse has a client that leaves without its subprotocol, as those of
// browsers do: each response that it can take names that of the dialect, or the one that it offers
// to an echo, however the response is written.
func TestSubprotocolInEachResponse(t *testing.T) {
	d, err := oracle.ParseDialect("wscheck dialect 1\ndialect \"chat\"\nas server\nhandshake subprotocol \"chat\"\n" +
		"ask BINARY \"ask \" counter \" \" octets\nanswer BINARY \"ask \" counter \" \" octets\n")
	if err != nil {
		t.Fatal(err)
	}
	client := engine.ClientFunc(func(ctx context.Context, dial engine.Dial, url string) error {
		conn, err := dial(ctx, "tcp", "")
		if err != nil {
			return err
		}
		return reference.Connect(&insisting{Conn: conn}, url, reference.Options{Subprotocols: []string{"chat"}})
	})
	cases := []string{"rfc6455/4.1/request", "rfc6455/4.1/reason-*", "rfc6455/4.1/interim-*", "rfc6455/4.1/lf-everywhere"}
	for _, dialect := range []*oracle.Dialect{d, nil} {
		r, err := engine.RunBubble(t, client, &engine.Config{Cases: cases, Dialect: dialect})
		if err != nil {
			t.Fatal(err)
		}
		for _, result := range r.Agents[0].Results {
			if o := result.RFC.Outcome; o != oracle.Pass && (o != oracle.Allowed || result.Case.ID != "rfc6455/4.1/lf-everywhere") {
				t.Error(engine.Describe(result, report.JudgeRFC, ""))
			}
		}
	}
}
