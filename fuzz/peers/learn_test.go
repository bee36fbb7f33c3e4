package peers

import (
	"testing"

	"github.com/wscheck/wscheck/harness"
)

// TestLearnServers holds the state machine of each library as a server.
func TestLearnServers(t *testing.T) {
	for _, lib := range All() {
		t.Run(lib.Name, func(t *testing.T) { harness.LearnServer(t, lib.Server, nil) })
	}
}

// TestLearnClients is TestLearnServers for clients.
func TestLearnClients(t *testing.T) {
	for _, lib := range All() {
		t.Run(lib.Name, func(t *testing.T) { harness.LearnClient(t, lib.TestClient, nil) })
	}
}
