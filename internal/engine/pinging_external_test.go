package engine_test

import (
	"io"
	"net"
	"testing"
	"time"

	"github.com/wscheck/wscheck/internal/catalogue"
	"github.com/wscheck/wscheck/internal/engine"
	"github.com/wscheck/wscheck/internal/reference"
	"github.com/wscheck/wscheck/oracle"
	"github.com/wscheck/wscheck/wsproto"
)

// pinging is a server that answers nothing, and pings more often than we wait for long.
var pinging = accepting(func(conn net.Conn, rest io.Reader) {
	go io.Copy(io.Discard, rest)
	ping := wsproto.NewFrame(wsproto.OpPing, true, nil).AppendTo(nil)
	for range time.Tick(quick.CloseReply / 8) {
		if _, err := conn.Write(ping); err != nil {
			return
		}
	}
})

// TestPinging demands that a peer cannot have us wait without end by its pings: our pongs
// do not put off what the peer owes. Where they do, the test does not come to its end.
func TestPinging(t *testing.T) {
	t.Parallel()
	r, err := engine.Run(t.Context(), engine.Server(pinging), &engine.Config{
		Cases: []string{"autobahn/1.1.1", "autobahn/2.2", "rfc6455/5.5.2/ping-125"}, Limits: quick, Retries: -1,
	})
	if err != nil || r.Stopped != "" {
		t.Fatalf("the run did not come to its end: %v, %q", err, r.Stopped)
	}
	echo := oracle.Step{Kind: oracle.StepEcho, Count: 2, Frame: wsproto.Header{Opcode: wsproto.OpText}, Payload: oracle.Payload{Data: []byte("x")}}
	if _, _, _, err := player(t, engine.Server(pinging)).PlayFast(t.Context(), scriptOf(echo)); err != nil {
		t.Errorf("a loop of messages did not come to its end: %v", err)
	}
}

// TestAwaitsItsPong plays scripts that wait for pongs and drop the connection with servers that also send pongs
// that nobody asked for, before and after the answers: the scripts wait for the answers.
func TestAwaitsItsPong(t *testing.T) {
	script, err := oracle.ParseScript("as client\nframe PING \"one\"\nawait pong × 1 within 10s\nframe PING \"two\"\nawait pong × 2 within 10s\nend: drop the connection")
	if err != nil {
		t.Fatal(err)
	}
	cs := &catalogue.Case{ID: "test/pongs", Roles: catalogue.AsClient, Script: *script}
	for name, f := range map[string]reference.Freedom{
		"greets":               {Opening: reference.OpeningFreedom{Greeting: true}},
		"greets, answers late": {Opening: reference.OpeningFreedom{Greeting: true}, WritePause: time.Second / 10, Apart: true},
		"before and after":     {Noise: reference.PongBefore | reference.PongAfter, WritePause: time.Second / 10, Apart: true},
	} {
		if v := verdict(t, engine.Server(serving(reference.Options{Freedom: f})), cs); v.Outcome != oracle.Pass {
			t.Errorf("%s: %+v", name, v)
		}
	}
}
