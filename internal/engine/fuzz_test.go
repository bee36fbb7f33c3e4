package engine

import (
	"net"
	"testing"

	"github.com/wscheck/wscheck/internal/reference"
)

// FuzzReferenceServer holds the conforming endpoint to be conforming.
func FuzzReferenceServer(f *testing.F) {
	FuzzServer(f, func(conn net.Conn) { _ = reference.ServeConn(conn, reference.Options{}) }, nil)
}
