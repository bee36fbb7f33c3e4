package engine

import (
	"net"
	"testing"

	"github.com/wscheck/wscheck/internal/reference"
)

// TestServerReference holds the conforming endpoint to be conforming.
func TestServerReference(t *testing.T) {
	TestServer(t, func(conn net.Conn) { _ = reference.ServeConn(conn, reference.Options{}) }, nil)
}
