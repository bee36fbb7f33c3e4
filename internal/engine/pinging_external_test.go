package engine_test

import (
	"context"
	"io"
	"net"
	"testing"
	"time"

	"github.com/wscheck/wscheck/internal/engine"
	"github.com/wscheck/wscheck/oracle"
	"github.com/wscheck/wscheck/wsproto"
)

// pinging is a server that answers nothing, and pings more often than we wait for long.
func pinging(conn net.Conn) {
	rest, ok := upgrade(conn, 0)
	if !ok {
		return
	}
	go io.Copy(io.Discard, rest)
	ping := wsproto.NewFrame(wsproto.OpPing, true, nil).AppendTo(nil)
	for range time.Tick(quick.CloseReply / 8) {
		if _, err := conn.Write(ping); err != nil {
			return
		}
	}
}

// TestPinging demands that a peer cannot have us wait without end by its pings: our pongs
// do not put off what the peer owes.
func TestPinging(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	r, err := engine.Run(ctx, engine.Server(pinging), &engine.Config{
		Cases: []string{"autobahn/1.1.1", "autobahn/2.2", "rfc6455/5.5.2/ping-125"}, Limits: quick, Retries: -1,
	})
	if err != nil || r.Stopped != "" {
		t.Fatalf("the run did not come to its end: %v, %q", err, r.Stopped)
	}
	echo := oracle.Step{Kind: oracle.StepEcho, Count: 2, Frame: wsproto.Header{Opcode: wsproto.OpText}, Payload: oracle.Payload{Data: []byte("x")}}
	if _, _, _, err := player(t, engine.Server(pinging)).PlayFast(ctx, scriptOf(echo)); err != nil {
		t.Errorf("a loop of messages did not come to its end: %v", err)
	}
}
