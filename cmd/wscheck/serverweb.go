package main

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"os"
	"path/filepath"

	"github.com/wscheck/wscheck/internal/authority"
	"github.com/wscheck/wscheck/internal/fuzzingserver"
	"github.com/wscheck/wscheck/internal/web"
	"github.com/wscheck/wscheck/internal/wholefile"
	"github.com/wscheck/wscheck/wsproto"
)

// listenWeb opens the port of the page for browsers, which is over TLS where the
// fuzzing server is. It returns nil where there is to be no page.
func (c *serverCmd) listenWeb(e *env) (net.Listener, error) {
	if c.Web == "" {
		return nil, nil
	}
	address, err := loopbackByDefault("--web", c.Web)
	if err != nil {
		return nil, err
	}
	return c.listen(e.ctx, "--web", address)
}

// serveWeb serves the page on ln, if that is not nil, until stop is called. notice
// is a line about it.
func (c *serverCmd) serveWeb(e *env, s *fuzzingserver.Server, ln net.Listener, server net.Addr, secure bool) (notice string, stop func()) {
	at := func(address net.Addr) string {
		return fmt.Sprintf("page for browsers at %s://%s/\n", scheme("http", secure), address)
	}
	switch {
	case c.HTTP2 && ln == nil:
		return at(server), func() {}
	case ln == nil:
		return "", func() {}
	}
	page := web.Handler(web.Options{
		Server: server, Secure: secure, Access: &c.access, Cases: s.Cases(), Reports: s.Report().Dir,
	})
	return at(ln.Addr()), background(e.ctx, func(ctx context.Context) error {
		if c.HTTP2 { // a browser has to come for the page and the cases by one connection
			return s.Serve(ctx, ln)
		}
		return web.Serve(ctx, ln, page)
	})
}

// bePage has the fuzzing server serve the page, which is for ln.
func (c *serverCmd) bePage(config *fuzzingserver.Config, ln net.Listener) {
	cases, _ := plan(wsproto.Client, &config.Config) // the error is that of New
	config.Page = web.Handler(web.Options{
		Server: ln.Addr(), Secure: true, HTTP2: true, Access: &c.access, Cases: cases, Reports: config.ReportDir,
	})
}

// authorityFile is the name of the certificate of an authority of our own, in the
// directory of the report.
const authorityFile = "authority.pem"

// ownAuthority makes an authority and a certificate for an address to listen on, and
// writes that of the authority to dir. notice says where, and what else a browser takes.
func ownAuthority(address, dir string) (cert *tls.Certificate, notice string, err error) {
	host, _, _ := net.SplitHostPort(address)
	own, err := authority.New(host)
	if err != nil {
		return nil, "", err
	}
	path := filepath.Join(dir, authorityFile)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, "", fmt.Errorf("--out: %w", err)
	}
	if err := wholefile.Write(path, own.PEM); err != nil {
		return nil, "", fmt.Errorf("--out: %w", err)
	}
	return &own.TLS, fmt.Sprintf("its authority is %s; Chromium takes it by --ignore-certificate-errors-spki-list=%s\n", path, own.Pin), nil
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
