package harness_test

import (
	"context"
	"net"
	"testing"

	"github.com/wscheck/wscheck/harness"
	"github.com/wscheck/wscheck/internal/reference"
)

// TestAct has servers in bubbles act first: the conforming one passes, and what one with a
// fault breaks is found, for a deviation that does not occur fails.
func TestAct(t *testing.T) {
	for _, c := range []struct {
		name  string
		fault reference.ActFault
		known []harness.Deviation
	}{
		{"right", reference.ActsRight, nil},
		{"messages-after-close", reference.EchoesOn, []harness.Deviation{{Clause: "rfc6455/5.5.1/data-after-close", Reason: "the fault"}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			var acts *reference.Acts // of the connection: bubbles share nothing
			asked := 0
			server := func(conn net.Conn) {
				acts = &reference.Acts{Fault: c.fault}
				_ = reference.ServeConn(conn, reference.Options{Acts: acts})
			}
			harness.TestServer(t, server, &harness.Config{
				Cases: []string{"peer-acts/*"}, Known: c.known,
				Act: func(ctx context.Context, act harness.Act) error {
					asked++
					return acts.Do(ctx, act.Address, act.Do, act.Code, act.Reason)
				},
			})
			if asked == 0 && !testing.Short() {
				t.Error("the server was never asked")
			}
		})
	}
}
