package peers

import (
	"testing"

	"github.com/wscheck/wscheck/internal/engine"
)

// TestLearnServers holds the state machine of each library as a server.
func TestLearnServers(t *testing.T) {
	if testing.Short() {
		t.Skip("long, and other tests start the same goroutines")
	}
	for _, lib := range All() {
		t.Run(lib.Name, func(t *testing.T) { engine.LearnServer(t, lib.Server, nil) })
	}
}

// TestLearnClients is TestLearnServers for clients.
func TestLearnClients(t *testing.T) {
	if testing.Short() {
		t.Skip("long, and other tests start the same goroutines")
	}
	for _, lib := range All() {
		t.Run(lib.Name, func(t *testing.T) { engine.LearnClient(t, lib.Client, nil) })
	}
}
