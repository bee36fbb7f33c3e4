package engine_test

import (
	"io"
	"net"
	"sync/atomic"
	"testing"

	"github.com/wscheck/wscheck/internal/accept"
	"github.com/wscheck/wscheck/internal/engine"
	"github.com/wscheck/wscheck/internal/reference"
	"github.com/wscheck/wscheck/internal/report"
)

// TestCrowdedServer demands that a server that takes four connections at a time is not
// called wrong, whether it refuses a fifth one or closes it. One that takes none after
// the first few fails.
func TestCrowdedServer(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		turned string // what a connection that is turned away gets
		last   int32  // connections before the server takes none
		fails  bool
	}{
		{"refuses", "HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\nContent-Length: 0\r\n\r\n", 1 << 30, false},
		{"closes", "", 1 << 30, false},
		{"refuses for ever", "HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\nContent-Length: 0\r\n\r\n", 6, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			ln, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			defer ln.Close()
			var active, all atomic.Int32
			go accept.All(ln, nil, func(conn net.Conn) {
				if all.Add(1) > tt.last || active.Load() >= 4 {
					_, _ = io.WriteString(conn, tt.turned)
					conn.Close()
					return
				}
				active.Add(1)
				go func() {
					defer active.Add(-1)
					_ = reference.ServeConn(conn, reference.Options{})
				}()
			}, nil)
			run, err := engine.Run(t.Context(), engine.URL("ws://"+ln.Addr().String()+"/", nil), &engine.Config{Cases: []string{"autobahn/1.1.*"}})
			if err != nil {
				t.Fatal(err)
			}
			failed := 0
			for _, r := range run.Agents[0].Results {
				if r.Failed(report.JudgeRFC) {
					failed++
					if !tt.fails {
						t.Errorf("%s: %+v", r.Case.ID, r.RFC)
					}
				}
			}
			if (failed > 0) != tt.fails {
				t.Errorf("%d cases fail", failed)
			}
		})
	}
}
