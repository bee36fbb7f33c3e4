package engine_test

import (
	"context"
	"io"
	"net"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/wscheck/wscheck/internal/engine"
	"github.com/wscheck/wscheck/internal/reference"
	"github.com/wscheck/wscheck/oracle"
)

func TestArrival(t *testing.T) {
	const fields = "Host: localhost\r\n"
	for _, tt := range []struct {
		says     string
		ends     bool // the client closes after that
		opens    bool
		answered bool
	}{
		{"GET / HTTP/1.1\r\n" + fields + "Upgrade: websocket\r\n\r\n", false, true, false},
		{"GET / HTTP/1.1\r\n" + fields + "Sec-WebSocket-Key: x\r\n\r\nframes", false, true, false},
		{"GET /favicon.ico HTTP/1.1\r\n" + fields + "\r\n", false, false, true},
		{"POST /negotiate HTTP/1.1\r\n" + fields + "Content-Length: 0\r\n\r\n", false, false, true},
		{"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", false, true, false},
		{"\x16\x03\x01", false, true, false},
		{"GET / HTTP/1.1\r\n" + fields, false, true, false},
		{"GET / HTTP/1.1\r\n" + fields, true, true, false},
		{"", true, false, false},
	} {
		synctest.Test(t, func(t *testing.T) {
			ours, theirs := net.Pipe()
			answers := make(chan string)
			go func() {
				_, _ = io.WriteString(theirs, tt.says)
				if tt.ends {
					theirs.Close()
				}
				answer, _ := io.ReadAll(theirs)
				answers <- string(answer)
			}()
			head, opens := engine.Arrival(ours)
			ours.Close()
			if answered := strings.HasPrefix(<-answers, "HTTP/1.1 404 "); string(head) != tt.says || opens != tt.opens || answered != tt.answered {
				t.Errorf("%q: head %q, opens %t, answered %t", tt.says, head, opens, answered)
			}
		})
	}
}

// TestOtherConnections has a client ask for a page before each WebSocket, and keep a connection over which it
// says nothing: neither is a conversation.
func TestOtherConnections(t *testing.T) {
	t.Parallel()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	dial := func() net.Conn {
		conn, err := new(net.Dialer).DialContext(ctx, "tcp", ln.Addr().String())
		if err != nil {
			return nil
		}
		return conn
	}
	go func() {
		for ctx.Err() == nil {
			idle, page, conn := dial(), dial(), dial()
			if idle == nil || page == nil || conn == nil {
				continue
			}
			_, _ = io.WriteString(page, "GET /favicon.ico HTTP/1.1\r\nHost: localhost\r\n\r\n")
			_, _ = io.Copy(io.Discard, page)
			_ = reference.Connect(conn, "ws://localhost/", reference.Options{})
			idle.Close()
			page.Close()
		}
	}()
	run, err := engine.Run(ctx, engine.Incoming(ln), &engine.Config{Cases: []string{"rfc6455/5.5.2/ping-0", "rfc6455/5.5.2/ping-125"}, Quick: true})
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range run.Agents[0].Results {
		if r.RFC.Outcome != oracle.Pass {
			t.Errorf("%s: %+v", r.Case.ID, r.RFC)
		}
	}
}
