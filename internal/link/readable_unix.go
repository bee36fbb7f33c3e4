//go:build unix

package link

import (
	"errors"
	"net"
	"syscall"
)

// readable reports whether the system has octets for us, or an end of the
// stream, that were not read from the connection yet. reset reports that the peer
// has reset the connection: who asks takes that from whoever reads or writes next.
func readable(conn net.Conn) (yes, reset bool) {
	control(conn, func(fd int) {
		var b [1]byte
		_, _, err := syscall.Recvfrom(fd, b[:], syscall.MSG_PEEK|syscall.MSG_DONTWAIT)
		yes, reset = err == nil, errors.Is(err, syscall.ECONNRESET)
	})
	return yes, reset
}

// over reports whether neither side can send any more: a write does not wait.
func over(conn net.Conn) (yes bool) {
	control(conn, func(fd int) {
		_, err := syscall.Getpeername(fd)
		yes = errors.Is(err, syscall.ENOTCONN)
	})
	return yes
}

// control calls f with the file descriptor of a connection, if it has one.
func control(conn net.Conn, f func(fd int)) {
	if r, ok := conn.(*rewound); ok {
		conn = r.Conn
	}
	c, ok := underlying(conn).(syscall.Conn)
	if !ok {
		return
	}
	if raw, err := c.SyscallConn(); err == nil {
		// Control, not Read: our reader is in a read of its own.
		_ = raw.Control(func(fd uintptr) { f(int(fd)) })
	}
}
