package main

import (
	"cmp"
	"context"
	"crypto/tls"
	"fmt"
	"net"

	"github.com/wscheck/wscheck/internal/fuzzingserver"
	"github.com/wscheck/wscheck/internal/web"
)

// listenWeb opens the port of the page for browsers, which is over TLS where the
// fuzzing server is. It returns nil if there is to be no page.
func (c *serverCmd) listenWeb(e *env, secure bool) (net.Listener, error) {
	if c.Web == "" {
		return nil, nil
	}
	address, err := loopbackByDefault("--web", c.Web)
	if err != nil {
		return nil, err
	}
	var lc net.ListenConfig
	ln, err := lc.Listen(e.ctx, "tcp", address)
	if err != nil {
		return nil, fmt.Errorf("--web: %w", err)
	}
	if secure {
		cert, err := tls.LoadX509KeyPair(c.Cert, cmp.Or(c.Key, c.Cert))
		if err != nil {
			ln.Close()
			return nil, fmt.Errorf("certificate: %w", err)
		}
		ln = tls.NewListener(ln, &tls.Config{Certificates: []tls.Certificate{cert}})
	}
	return ln, nil
}

// serveWeb serves the page on ln, if that is not nil, until stop is called. told
// is a line about it.
func (c *serverCmd) serveWeb(e *env, s *fuzzingserver.Server, ln net.Listener, server net.Addr, secure bool) (told string, stop func()) {
	if ln == nil {
		return "", func() {}
	}
	scheme := "http"
	if secure {
		scheme = "https"
	}
	ctx, cancel := context.WithCancel(e.ctx)
	done := make(chan error, 1)
	page := web.Handler(web.Options{
		Server: server, Secure: secure, Access: &c.access, Cases: s.Cases(), Reports: s.Report().Dir,
	})
	go func() { done <- web.Serve(ctx, ln, page) }()
	return fmt.Sprintf("page for browsers at %s://%s/\n", scheme, ln.Addr()), func() {
		cancel()
		<-done
	}
}

// ports returns the ports of listeners. It skips those that are nil.
func ports(listeners ...net.Listener) (ports []int) {
	for _, ln := range listeners {
		if ln == nil {
			continue
		}
		if addr, ok := ln.Addr().(*net.TCPAddr); ok {
			ports = append(ports, addr.Port)
		}
	}
	return ports
}

// closeAll closes listeners. It skips those that are nil.
func closeAll(listeners ...net.Listener) {
	for _, ln := range listeners {
		if ln != nil {
			ln.Close()
		}
	}
}
