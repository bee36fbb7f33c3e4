package http2

import (
	"context"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"

	"github.com/wscheck/wscheck/internal/engine"
	"github.com/wscheck/wscheck/internal/fuzzingserver"
	"github.com/wscheck/wscheck/oracle"
	"github.com/wscheck/wscheck/wsproto"
)

// TestFallenConnection has clients that end a connection by GOAWAY while cases are played
// on it. One that has a single WebSocket left the closing to nobody; of several, each may
// be the reason.
func TestFallenConnection(t *testing.T) {
	for _, streams := range []int{1, 3} {
		server, err := fuzzingserver.New(&fuzzingserver.Config{Config: engine.Config{Carrier: Carrier, Cases: []string{"autobahn/1.1.2", "autobahn/1.1.3", "autobahn/1.1.4"}}})
		if err != nil {
			t.Fatal(err)
		}
		ln, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		ended := make(chan error, 1)
		go func() { ended <- server.Serve(context.WithoutCancel(t.Context()), ln) }()
		conn, err := net.Dial("tcp", ln.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		out := append([]byte(preface), octets(settingsFrame(), frame{kind: typeSettings, flags: flagAck})...)
		for i := range streams {
			out = append(out, octets(frame{kind: typeHeaders, flags: flagHeaders, stream: uint32(1 + 2*i), payload: plainBlock(wsproto.Fields{
				{Name: ":method", Value: "CONNECT"}, {Name: ":protocol", Value: "websocket"}, {Name: ":scheme", Value: "http"},
				{Name: ":path", Value: fmt.Sprintf("/runCase?case=%d&agent=falls", 1+i)}, {Name: ":authority", Value: ln.Addr().String()},
				{Name: "sec-websocket-version", Value: "13"},
			})})...)
		}
		if _, err := conn.Write(out); err != nil {
			t.Fatal(err)
		}
		var in []byte
		buf := make([]byte, 16<<10)
		for got := map[uint32]bool{}; len(got) < streams; {
			n, err := conn.Read(buf)
			if err != nil {
				t.Fatal(err)
			}
			in = append(in, buf[:n]...)
			for f, size := parseFrame(in); size > 0; f, size = parseFrame(in) {
				if in = in[size:]; f.kind == typeData {
					got[f.stream] = true
				}
			}
		}
		if _, err := conn.Write(goAwayFrame(0, 2).appendTo(nil)); err != nil {
			t.Fatal(err)
		}
		if err := conn.(*net.TCPConn).CloseWrite(); err != nil {
			t.Fatal(err)
		}
		_, _ = io.Copy(io.Discard, conn) // until every case is over
		conn.Close()
		server.Stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
		want := oracle.Violation
		if streams > 1 {
			want = oracle.Inconclusive
		}
		results := server.Report().Agents[0].Results
		if len(results) != streams {
			t.Errorf("%d results for %d streams", len(results), streams)
		}
		for _, r := range results {
			if r.RFC.Outcome != want || (want == oracle.Inconclusive) != strings.Contains(r.RFC.Reason, "other WebSockets") {
				t.Errorf("%d streams, %s: %+v", streams, r.Case.ID, r.RFC)
			}
		}
	}
}
