package engine

import (
	"testing"

	"github.com/wscheck/wscheck/internal/catalogue"
	"github.com/wscheck/wscheck/internal/testseeds"
)

// somePart has a third of the cases played, and all of them where WSCHECK_ALL is set: package mutation
// plays the others.
func somePart() *Config {
	if testseeds.All() {
		return nil
	}
	return &Config{Shard: catalogue.Shard{Index: 3, Count: 3}}
}

// TestServerReference holds the conforming endpoint to be conforming.
func TestServerReference(t *testing.T) {
	TestServer(t, echo, somePart())
}
