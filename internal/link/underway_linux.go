package link

import (
	"net"
	"syscall"
)

// underway reports whether TCP has sent octets of ours that were not acknowledged. A system
// acknowledges what it receives, whether it is read or not. One with a small receive buffer may
// announce room that it does not have, and discards then what comes; the two systems may take a
// minute and more to sort that out. What waits because the peer has no room for it is not
// underway: that is for the peer to read.
func underway(conn net.Conn) (yes bool) {
	control(conn, func(fd int) {
		// The option's value is a struct tcp_info, and this function takes 32 octets of any. In
		// the last eight are tcpi_unacked and tcpi_sacked.
		info, err := syscall.GetsockoptICMPv6Filter(fd, syscall.IPPROTO_TCP, syscall.TCP_INFO)
		yes = err == nil && info.Data[6] > 0
	})
	return yes
}
