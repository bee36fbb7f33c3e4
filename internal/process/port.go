package process

import (
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"strconv"
	"sync"
)

// The ports of peers that wscheck starts: for each there is another port, a
// fixed distance away, and who listens on that one has the first to itself.
const (
	peerPorts = 6000
	firstPort = 20_000
)

// reserved are the listeners that hold ports of this program's peers.
var reserved struct {
	sync.Mutex
	byPort map[string]net.Listener
}

// FreePort returns a TCP port that nothing listens on, that no other run takes
// before it is released or this program ends, and that the system gives to no
// outgoing connection where it can be helped.
func FreePort() (string, error) {
	first := portsFrom(ephemeralPorts())
	start := rand.IntN(peerPorts)
	for i := range peerPorts {
		number := first + (start+i)%peerPorts
		hold, err := listenOn(number + peerPorts)
		if err != nil {
			continue
		}
		if ln, err := listenOn(number); err == nil {
			ln.Close()
			port := strconv.Itoa(number)
			reserved.Lock()
			if reserved.byPort == nil {
				reserved.byPort = map[string]net.Listener{}
			}
			reserved.byPort[port] = hold
			reserved.Unlock()
			return port, nil
		}
		hold.Close()
	}
	return "", fmt.Errorf("none of the ports %d to %d is free: give the URL with a port of your own", first, first+peerPorts-1)
}

func listenOn(port int) (net.Listener, error) {
	return net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
}

// releasePort gives back a port, if freePort returned it.
func releasePort(port string) {
	reserved.Lock()
	defer reserved.Unlock()
	if ln := reserved.byPort[port]; ln != nil {
		ln.Close()
		delete(reserved.byPort, port)
	}
}

// ephemeralPorts returns the ports that the system gives to outgoing
// connections.
func ephemeralPorts() (low, high int) {
	b, err := os.ReadFile("/proc/sys/net/ipv4/ip_local_port_range")
	if err == nil {
		if _, err = fmt.Sscan(string(b), &low, &high); err == nil {
			return low, high
		}
	}
	return 49_152, 65_535 // as IANA has it
}

// portsFrom returns the first of the ports to choose from, outside of a range
// where there is room.
func portsFrom(low, high int) int {
	const need = 2 * peerPorts
	switch {
	case high < firstPort, low >= firstPort+need:
	case low-need > 1024:
		return low - need
	case high+need < 1<<16:
		return high + 1
	}
	return firstPort
}
