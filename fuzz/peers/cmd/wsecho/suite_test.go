package main

import (
	"bytes"
	"context"
	"net"
	"strings"
	"testing"

	"github.com/wscheck/wscheck/fuzz/peers"
	"github.com/wscheck/wscheck/internal/engine"
	"github.com/wscheck/wscheck/internal/fuzzingserver"
	"github.com/wscheck/wscheck/internal/report"
)

// TestSuite has a client of each library go through some cases of a fuzzing server.
func TestSuite(t *testing.T) {
	var updated []string
	server, err := fuzzingserver.New(&fuzzingserver.Config{
		Config:  engine.Config{Cases: []string{"1.1.1", "1.2.2", "2.2", "7.7.1"}},
		Updated: func(agent string) { updated = append(updated, agent) },
	})
	if err != nil {
		t.Fatal(err)
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	served := make(chan error, 1)
	go func() { served <- server.Serve(ctx, ln) }()
	var want []string
	for _, lib := range peers.All() {
		if lib.Client == nil || lib.Compression {
			continue
		}
		want = append(want, lib.Name+" & co")
		var stdout, stderr bytes.Buffer
		args := []string{"-lib", lib.Name, "-suite", "ws://" + ln.Addr().String() + "/", "-agent", lib.Name + " & co", "-jobs", "2"}
		if code := run(t.Context(), args, noEnv, &stdout, &stderr); code != 0 {
			t.Errorf("%s: exit code %d: %s", lib.Name, code, &stderr)
		}
	}
	cancel()
	if err := <-served; err != nil {
		t.Error(err)
	}
	if got := strings.Join(updated, ", "); got != strings.Join(want, ", ") {
		t.Errorf("reports were asked for by %s, want %q", got, want)
	}
	found := server.Report()
	if len(found.Agents) != len(want) {
		t.Fatalf("%d agents, want %d", len(found.Agents), len(want))
	}
	for i, agent := range found.Agents {
		if agent.Name != want[i] || len(agent.Results) != 4 {
			t.Errorf("agent %q has %d results, want %q with 4", agent.Name, len(agent.Results), want[i])
		}
		for _, r := range agent.Results {
			if r.Failed(report.JudgeAutobahn) {
				t.Errorf("%s: %s: %s %s", agent.Name, r.Case.ID, r.Record.Behavior, r.Record.BehaviorClose)
			}
		}
	}
}
