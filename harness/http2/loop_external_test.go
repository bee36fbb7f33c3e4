package http2_test

import (
	"net"
	"testing"

	"github.com/wscheck/wscheck/harness/http2"
	"github.com/wscheck/wscheck/internal/engine"
	"github.com/wscheck/wscheck/internal/reference"
	"github.com/wscheck/wscheck/oracle"
)

// TestLoopWindow has messages echoed of more octets in all than the windows had at first:
// those of the loop that the judge does not look at count for the windows too.
func TestLoopWindow(t *testing.T) {
	if testing.Short() {
		t.Skip("it sends megaoctets")
	}
	server := engine.Server(func(conn net.Conn) {
		http2.Serve(conn, http2.Options{}, func(conn net.Conn) {
			_ = reference.ServeConn(conn, reference.Options{Deflate: new(reference.Deflate)})
		})
	})
	r, err := engine.Run(t.Context(), server, &engine.Config{Carrier: http2.Carrier, Cases: []string{"12.2.10"}, Quick: true})
	if err != nil {
		t.Fatal(err)
	}
	if result := r.Agents[0].Results[0]; result.RFC.Outcome != oracle.Pass {
		t.Errorf("%v", result.RFC)
	}
}
