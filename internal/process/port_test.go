package process

import (
	"net"
	"strconv"
	"sync"
	"testing"
	"time"
)

// TestFreePort demands that no port is given out twice before it is released, and that the
// system does not give it to an outgoing connection.
func TestFreePort(t *testing.T) {
	low, high := ephemeralPorts()
	var mu sync.Mutex
	seen := map[string]bool{}
	var wg sync.WaitGroup
	for range 50 {
		wg.Go(func() {
			port, err := FreePort()
			if err != nil {
				t.Error(err)
				return
			}
			defer t.Cleanup(func() { releasePort(port) })
			mu.Lock()
			defer mu.Unlock()
			if seen[port] {
				t.Errorf("port %s is given out twice", port)
			}
			seen[port] = true
			number, err := strconv.Atoi(port)
			if first := portsFrom(low, high); err != nil || number < first || number >= first+peerPorts {
				t.Errorf("port %q, want one of the %d from %d on", port, peerPorts, first)
			}
		})
	}
	wg.Wait()
}

// TestReservedPort demands that a port that another program has reserved, or
// listens on, is not given out, and that a released one is.
func TestReservedPort(t *testing.T) {
	port, err := FreePort()
	if err != nil {
		t.Fatal(err)
	}
	number, _ := strconv.Atoi(port)
	if ln, err := listenOn(number + peerPorts); err == nil {
		ln.Close()
		t.Error("a reserved port could be reserved again")
	}
	ln, err := listenOn(number)
	if err != nil {
		t.Errorf("nobody could listen on the port that was given out: %v", err)
	} else {
		ln.Close()
	}
	releasePort(port)
	releasePort(port) // once too often
	if reserved.byPort[port] != nil {
		t.Error("a released port is held")
	}
}

// TestPortsFrom keeps the ports outside of the system's range where there is room.
func TestPortsFrom(t *testing.T) {
	for _, c := range []struct {
		low, high int
		room      bool
	}{
		{32_768, 60_999, true}, {49_152, 65_535, true}, {1024, 4999, true}, {15_000, 65_535, true},
		{1024, 50_000, true}, {10_000, 40_000, true}, {1024, 65_535, false}, {9000, 60_000, false},
	} {
		first := portsFrom(c.low, c.high)
		last := first + 2*peerPorts - 1
		if first <= 1024 || last > 65_535 {
			t.Errorf("%d to %d: ports %d to %d", c.low, c.high, first, last)
		}
		if apart := last < c.low || first > c.high; apart != c.room {
			t.Errorf("%d to %d: ports %d to %d, want them apart: %v", c.low, c.high, first, last, c.room)
		}
	}
	if low, high := ephemeralPorts(); low < 1 || high < low || high > 65_535 {
		t.Errorf("the system's range is %d to %d", low, high)
	}
}

// TestMark finds a mark in an environment, also in that of a run inside a run.
func TestMark(t *testing.T) {
	outer := newMark()
	t.Setenv(markVariable, string(outer))
	inner := newMark()
	env := []byte("A=1\x00" + inner.variable() + "\x00B=2\x00")
	for _, m := range []mark{outer, inner} {
		if !m.in(env) {
			t.Errorf("%s is not found in %q", m, env)
		}
	}
	if newMark().in(env) || outer.in([]byte("C="+string(outer)+"\x00")) {
		t.Error("a mark is found that is not there")
	}
}

// TestForkedListener has somebody else listen for a moment alone, as a program does that
// is being started with the sockets of another one: the port is free all the same.
func TestForkedListener(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	go func() {
		conn, err := ln.Accept()
		ln.Close()
		if err == nil {
			conn.Close()
		}
	}()
	p := &Process{Config: Config{Network: "tcp", Address: ln.Addr().String()}}
	if err := p.awaitFree(t.Context(), time.Minute); err != nil {
		t.Error(err)
	}
}
