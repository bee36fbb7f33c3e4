package matrix

import (
	"bytes"
	"io"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/wscheck/wscheck/internal/reference"
	"github.com/wscheck/wscheck/oracle"
	"github.com/wscheck/wscheck/wsproto"
)

// introduce connects a client and a server of ours.
func introduce(t *testing.T, client, server reference.Options, closer wsproto.Role) *Exchange {
	t.Helper()
	pair := func() (net.Conn, net.Conn) {
		ln, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer ln.Close()
		dialed, err := net.Dial("tcp", ln.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		accepted, err := ln.Accept()
		if err != nil {
			t.Fatal(err)
		}
		return dialed, accepted
	}
	ours, theirs := pair()
	done := make(chan error, 2)
	go func() { done <- reference.Connect(ours, "ws://127.0.0.1/", client) }()
	toServer, atServer := pair()
	go func() { done <- reference.ServeConn(atServer, server) }()
	m := relay(t.Context(), theirs, toServer, closer, time.Minute)
	<-done
	<-done
	return m
}

// TestRelay demands that two echoes that keep the rules pass without a remark, and that a
// fault of one of them is held against that one.
func TestRelay(t *testing.T) {
	deflate := reference.Options{Deflate: new(reference.Deflate)}
	for _, c := range []struct {
		name           string
		client, server reference.Options
		role           wsproto.Role
		clause         oracle.ClauseID
	}{
		{"plain", reference.Options{}, reference.Options{}, 0, ""},
		{"compressed", deflate, deflate, 0, ""},
		{"declined", deflate, reference.Options{}, 0, ""},
		{"server's fault", reference.Options{}, reference.Options{Mutant: "echo-truncated"}, wsproto.Server, "wscheck/echo-content"},
		{"server masks", reference.Options{}, reference.Options{Mutant: "send-masked"}, wsproto.Server, "rfc6455/5.1/server-masks-not"},
		{"client's fault", reference.Options{Mutant: "echo-truncated"}, reference.Options{}, wsproto.Client, "wscheck/echo-content"},
	} {
		t.Run(c.name, func(t *testing.T) {
			for _, closer := range closers {
				m := introduce(t, c.client, c.server, closer)
				if m.Status != 101 || m.Stalled {
					t.Fatalf("%+v", m)
				}
				if c.clause == "" {
					if m.Messages != m.Of || !m.Clean || m.Problem != "" || m.Broken[wsproto.Client] != nil || m.Broken[wsproto.Server] != nil {
						t.Errorf("closed by the %s: %+v", closer, m)
					}
					if compressed := strings.HasPrefix(m.Extensions, "permessage-deflate"); compressed != (c.name == "compressed") {
						t.Errorf("the extensions are %q", m.Extensions)
					}
					continue
				}
				if !slices.Contains(m.Broken[c.role], c.clause) || m.Broken[c.role.Peer()] != nil {
					t.Errorf("closed by the %s: %+v, want %s of the %s", closer, m.Broken, c.clause, c.role)
				}
			}
		})
	}
}

// TestMeetRefused demands that a refusal is no conversation.
func TestMeetRefused(t *testing.T) {
	m := introduce(t, reference.Options{Mutant: "request-version-missing"}, reference.Options{}, wsproto.Server)
	if p := (&Pair{Exchanges: [2]*Exchange{m, m}}); m.Status != 426 && m.Status != 400 || p.Mark() != "✗ opening" {
		t.Errorf("%s: %+v", p.Mark(), m)
	}
}

// halfConn counts how often its stream was ended.
type halfConn struct {
	net.Conn
	ends int
}

func (*halfConn) Write(b []byte) (int, error)      { return len(b), nil }
func (*halfConn) SetWriteDeadline(time.Time) error { return nil }
func (c *halfConn) CloseWrite() error              { c.ends++; return nil }

// TestRelayAwaitsClient has a server end its stream with its close frame, which is the first one to
// the client: the client gets the end after its answer, or at once if the server sent no close frame.
func TestRelayAwaitsClient(t *testing.T) {
	closeFrame := func(masked bool) []byte {
		f := wsproto.NewFrame(wsproto.OpClose, true, wsproto.AppendClose(nil, wsproto.CloseNormal, ""))
		f.Masked = masked
		return f.AppendTo(nil)
	}
	for _, c := range []struct {
		name   string
		server []byte
		want   [2]int // ends of the client's stream after the server's end, and after the client's answer
	}{
		{"close frame", closeFrame(false), [2]int{0, 1}},
		{"no close frame", nil, [2]int{1, 1}},
	} {
		t.Run(c.name, func(t *testing.T) {
			client, server := new(halfConn), new(halfConn)
			m := &middle{closer: wsproto.Client, began: time.Now(), sides: [2]*side{
				{role: wsproto.Client, conn: client, opened: true, cut: true}, {role: wsproto.Server, conn: server, opened: true},
			}}
			m.take(chunk{1, c.server, io.EOF}, time.Minute)
			after := client.ends
			m.take(chunk{0, closeFrame(true), nil}, time.Minute)
			if got := [2]int{after, client.ends}; got != c.want {
				t.Errorf("the stream to the client was ended %v times, want %v", got, c.want)
			}
		})
	}
}

// TestRelayFlood has a server send empty pings without end: what is kept of them is bounded.
func TestRelayFlood(t *testing.T) {
	m := &middle{began: time.Now(), sides: [2]*side{
		{role: wsproto.Client, conn: new(halfConn), opened: true}, {role: wsproto.Server, conn: new(halfConn), opened: true},
	}}
	pings := bytes.Repeat([]byte{0x89, 0}, 1<<14)
	for range 2 * exchangeKept / (exchangeEvent * len(pings) / 2) {
		m.take(chunk{1, pings, nil}, time.Minute)
	}
	if n := len(m.sides[0].trace.Events); !m.broke || n > 2*exchangeKept/exchangeEvent {
		t.Errorf("%d frames are kept, and %+v", n, m.result)
	}
}
