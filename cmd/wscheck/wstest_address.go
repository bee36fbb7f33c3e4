package main

import (
	"cmp"
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"net/netip"
	"strconv"

	"github.com/wscheck/wscheck/internal/wsurl"
)

// hostPort is an address to listen on.
type hostPort struct {
	host string
	port int
}

func (a hostPort) String() string { return net.JoinHostPort(a.host, strconv.Itoa(a.port)) }

// loopback reports whether only this machine reaches the address.
func (a hostPort) loopback() bool {
	ip, err := netip.ParseAddr(a.host)
	return a.host == "localhost" || err == nil && ip.IsLoopback()
}

func (a hostPort) listen(ctx context.Context) (net.Listener, error) {
	var lc net.ListenConfig
	return lc.Listen(ctx, "tcp", a.String())
}

// listenAddress is where the URL of a server has it listen, and whether by TLS.
func listenAddress(raw string) (a hostPort, secure bool, err error) {
	u, err := wsurl.Parse(raw)
	if err != nil {
		return a, false, err
	}
	port := wsurl.Port(u)
	a.host = u.Hostname()
	if err := checkPort(port); err != nil {
		return a, false, fmt.Errorf("URL %q: %w", raw, err)
	}
	a.port, _ = strconv.Atoi(port) // it was checked
	return a, u.Scheme == "wss", nil
}

// open listens where -w says, over TLS if that is a wss URL.
func (c *wstestCmd) open(e *env) (net.Listener, error) {
	a, secure, _ := listenAddress(c.WSURI) // it was checked
	var config *tls.Config
	if secure {
		if c.Cert == "" {
			return nil, fmt.Errorf("-w %s: TLS needs a certificate: add -c, and -k", c.WSURI)
		}
		pair, err := tls.LoadX509KeyPair(c.Cert, cmp.Or(c.Key, c.Cert))
		if err != nil {
			return nil, fmt.Errorf("certificate: %w", err)
		}
		config = &tls.Config{Certificates: []tls.Certificate{pair}, NextProtos: []string{"http/1.1"}}
	}
	ln, err := a.listen(e.ctx)
	if err != nil {
		return nil, err
	}
	a.port = ln.Addr().(*net.TCPAddr).Port
	if secure {
		ln = tls.NewListener(ln, config)
	}
	fmt.Fprint(e.stdout, listening(ln, secure))
	c.printReach(e, a)
	return ln, nil
}
