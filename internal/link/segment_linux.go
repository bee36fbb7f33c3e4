package link

import (
	"net"
	"syscall"
)

// segmentSize is the size of TCP's segments on our connections in octets, that of most
// networks. On the loopback interface they are as long as can be, and there the system
// takes more than four megaoctets of a peer for a connection that we do not read from. With
// this size it takes about a tenth, so that the peer's writes block as they would elsewhere.
const segmentSize = 1460

// ShortenSegments has the connections that ln accepts from now on use short segments.
func ShortenSegments(ln net.Listener) {
	c, ok := ln.(syscall.Conn)
	if !ok {
		return
	}
	if raw, err := c.SyscallConn(); err == nil {
		_ = shortenSegments("", "", raw)
	}
}

// shortenSegments is for [net.Dialer.Control]. A socket that is not TCP's stays as it is.
func shortenSegments(_, _ string, raw syscall.RawConn) error {
	return raw.Control(func(fd uintptr) {
		_ = syscall.SetsockoptInt(int(fd), syscall.IPPROTO_TCP, syscall.TCP_MAXSEG, segmentSize)
	})
}
