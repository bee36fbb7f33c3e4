package main

import (
	"cmp"
	"context"
	"crypto/tls"
	"fmt"
	"net"

	"github.com/wscheck/wscheck/harness/fuzzingserver"
	"github.com/wscheck/wscheck/harness/web"
)

// serveWeb serves the page for browsers, where there is to be one, until stop is
// called. It is over TLS where the fuzzing server is. told is a line about it.
func (c *serverCmd) serveWeb(e *env, s *fuzzingserver.Server, server net.Addr, secure bool) (told string, stop func(), err error) {
	if c.Web == "" {
		return "", func() {}, nil
	}
	address, err := loopbackByDefault(c.Web)
	if err != nil {
		return "", nil, fmt.Errorf("--web: %w", err)
	}
	var lc net.ListenConfig
	ln, err := lc.Listen(e.ctx, "tcp", address)
	if err != nil {
		return "", nil, fmt.Errorf("--web: %w", err)
	}
	scheme, where := "http", ln.Addr()
	if secure {
		cert, err := tls.LoadX509KeyPair(c.Cert, cmp.Or(c.Key, c.Cert))
		if err != nil {
			ln.Close()
			return "", nil, fmt.Errorf("certificate: %w", err)
		}
		scheme = "https"
		ln = tls.NewListener(ln, &tls.Config{Certificates: []tls.Certificate{cert}})
	}
	ctx, cancel := context.WithCancel(e.ctx)
	done := make(chan error, 1)
	page := web.Handler(web.Options{Server: server, Secure: secure, Cases: s.Cases(), Reports: s.Report().Dir})
	go func() { done <- web.Serve(ctx, ln, page) }()
	return fmt.Sprintf("page for browsers at %s://%s/\n", scheme, where), func() {
		cancel()
		<-done
	}, nil
}
