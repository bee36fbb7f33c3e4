//go:build !unix

package link

import "net"

// readable is not known on this system.
func readable(net.Conn) (yes, reset bool) { return false, false }

// over is not known on this system.
func over(net.Conn) bool { return false }
