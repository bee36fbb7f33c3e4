//go:build unix

package link

import (
	"net"
	"syscall"
)

// readable reports whether the system has octets for us, or an end of the
// stream, that were not read from the connection yet.
func readable(conn net.Conn) (yes bool) {
	if r, ok := conn.(*rewound); ok {
		conn = r.Conn
	}
	if t, ok := conn.(interface{ NetConn() net.Conn }); ok {
		conn = t.NetConn()
	}
	c, ok := conn.(syscall.Conn)
	if !ok {
		return false
	}
	raw, err := c.SyscallConn()
	if err != nil {
		return false
	}
	// Control, not Read: our reader is in a read of its own.
	err = raw.Control(func(fd uintptr) {
		var b [1]byte
		_, _, err := syscall.Recvfrom(int(fd), b[:], syscall.MSG_PEEK|syscall.MSG_DONTWAIT)
		yes = err == nil
	})
	return yes && err == nil
}
