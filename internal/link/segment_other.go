//go:build !linux

package link

import (
	"net"
	"syscall"
)

// ShortenSegments does nothing on this system.
func ShortenSegments(net.Listener) {}

func shortenSegments(string, string, syscall.RawConn) error { return nil }
