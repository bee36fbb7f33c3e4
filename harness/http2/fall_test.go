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
	"github.com/wscheck/wscheck/internal/h2frame"
	"github.com/wscheck/wscheck/oracle"
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
		c := dialServer(t, ln.Addr())
		for i := range streams {
			c.connect(uint32(1+2*i), fmt.Sprintf("/runCase?case=%d&agent=falls", 1+i))
		}
		for got := map[uint32]bool{}; len(got) < streams; {
			got[c.await(h2frame.Data).Stream] = true
		}
		c.put(goAwayFrame(0, 2))
		if err := c.conn.(*net.TCPConn).CloseWrite(); err != nil {
			t.Fatal(err)
		}
		_, _ = io.Copy(io.Discard, c.conn) // until every case is over
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
