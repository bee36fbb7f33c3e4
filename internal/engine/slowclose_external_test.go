package engine_test

import (
	"net"
	"testing"
	"time"

	"github.com/wscheck/wscheck/internal/engine"
	"github.com/wscheck/wscheck/internal/reference"
	"github.com/wscheck/wscheck/oracle"
	"github.com/wscheck/wscheck/wsproto"
)

// slowCloser takes its time over each close frame that it sends.
type slowCloser struct {
	net.Conn
	pause time.Duration
}

func (s slowCloser) Write(b []byte) (int, error) {
	if len(b) > 0 && b[0] == 0x80|byte(wsproto.OpClose) {
		time.Sleep(s.pause)
	}
	return s.Conn.Write(b)
}

// TestSlowClose has a peer that conforms take longer over each close frame than a first
// try waits. It is called slow at most.
func TestSlowClose(t *testing.T) {
	limits := engine.Limits{CloseReply: 20 * time.Millisecond, Drop: 20 * time.Millisecond}
	serve := func(conn net.Conn) {
		_ = reference.ServeConn(slowCloser{conn, 5 * limits.CloseReply}, reference.Options{})
	}
	r, err := engine.Run(t.Context(), engine.Server(serve), &engine.Config{
		Cases: []string{"1.1.*", "3.*", "7.1.*", "rfc6455/5.5.1/close-reason-*"}, Limits: limits,
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Agents[0].Results) == 0 {
		t.Fatal("no results")
	}
	for _, r := range r.Agents[0].Results {
		if r.RFC.Outcome != oracle.Pass && r.RFC.Outcome != oracle.Slow {
			t.Errorf("%s: %v", r.Case.ID, r.RFC)
		}
	}
}

// slowWriter takes its time over each write, and does not look whether it failed.
type slowWriter struct {
	net.Conn
	pause time.Duration
}

func (s slowWriter) Write(b []byte) (int, error) {
	time.Sleep(s.pause)
	_, _ = s.Conn.Write(b)
	return len(b), nil
}

// TestSlowEcho has a peer that conforms take a quarter of a second for each frame in a bubble. When the
// connection ends it is still busy with what came before, for longer than a minute: that is slow, and no leak.
func TestSlowEcho(t *testing.T) {
	serve := func(conn net.Conn) {
		_ = reference.ServeConn(slowWriter{conn, time.Second / 4}, reference.Options{Freedom: reference.Freedom{Apart: true}})
	}
	run, err := engine.RunBubble(t, engine.Server(serve), &engine.Config{Cases: []string{"rfc6455/5.5.2/crossing-pings-small"}})
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range run.Agents[0].Results {
		if r.RFC.Outcome != oracle.Slow {
			t.Errorf("%+v", r.RFC)
		}
	}
}
