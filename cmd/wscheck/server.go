package main

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"slices"

	"github.com/wscheck/wscheck/harness/http2"
	"github.com/wscheck/wscheck/internal/access"
	"github.com/wscheck/wscheck/internal/engine"
	"github.com/wscheck/wscheck/internal/fuzzingserver"
	"github.com/wscheck/wscheck/internal/report"
	"github.com/wscheck/wscheck/internal/wsurl"
	"github.com/wscheck/wscheck/wsproto"
)

type serverCmd struct {
	Listen string `placeholder:"ADDR" help:"Address to listen on (127.0.0.1:9001). Without a host it is this machine alone; 0.0.0.0:9001 is reached from everywhere. Port 0 takes a free one."`
	Cert   string `placeholder:"FILE" help:"Certificate, in PEM: clients come by wss."`
	Key    string `placeholder:"FILE" help:"Key of the certificate, if it is in another file."`

	HTTP2 bool `name:"http2" help:"Speak HTTP/2 (RFC 8441) too, over TLS, and serve the page for browsers: without --cert, by an authority of its own."`

	Cases   []string `sep:"none" placeholder:"PATTERN" help:"Cases to serve, by pattern: 4.2.*, autobahn/*. May be repeated."`
	Exclude []string `sep:"none" placeholder:"PATTERN" help:"Cases to leave out, by pattern. May be repeated."`
	List    bool     `help:"List the cases with their numbers and serve none."`
	Spec    string   `placeholder:"FILE" help:"Read address and cases from a fuzzingserver.json."`

	Subprotocol []string `placeholder:"NAME" help:"Subprotocol to speak. May be repeated."`

	Out   string `default:"reports/clients" placeholder:"DIR" help:"Where to write the report (${default}). One that is there is added to."`
	Judge string `enum:"rfc,autobahn" default:"${judge}" placeholder:"WHO" help:"Whose verdict decides what fails: rfc or autobahn (${default})."`
	sinkFlags
	shardFlag

	Quick bool `help:"Send 20 messages instead of 1,000 in the loops of sections 12 and 13, and do not idle for 35 s."`
	waitFlags
	dialectFlag

	Web string `placeholder:"ADDR" help:"Serve a page at this address that runs the cases in the visitor's browser: 127.0.0.1:8080."`

	AllowOrigin []string `placeholder:"ORIGIN" help:"Let pages of this origin use the server, besides its own: http://localhost:3000. May be repeated."`
	AllowHost   []string `placeholder:"NAME" help:"Answer browsers that reach the server by this name, besides addresses and this machine's name. May be repeated."`

	ExitAfter number `name:"exit-after" placeholder:"N" help:"Stop when so many clients have asked for the report (/updateReports)."`
	Quiet     bool   `short:"q" help:"Print a line for the cases alone that fail."`

	used   specUse // of the spec file
	access access.Rules
	tls    *tls.Config // nil where clients come without
}

// defaultServerOut is where the report goes if neither a flag nor a spec file
// says.
const defaultServerOut = "reports/clients"

// Run serves until it is interrupted or a client stops it.
func (c *serverCmd) Run(e *env) error {
	config := new(fuzzingserver.Config)
	address, secure, err := c.configure(config)
	if err != nil {
		return usage(err)
	}
	c.used.print(e.stderr, c.Spec)
	cases, err := plan(wsproto.Client, &config.Config)
	if err != nil {
		return usage(err)
	}
	if c.List {
		return list(e.stdout, cases, true)
	}
	if len(cases) == 0 {
		return usage(errors.New("no case is selected: see --list for their names"))
	}
	notice := ""
	if secure {
		if notice, err = c.certify(address, config.ReportDir); err != nil {
			return usage(err)
		}
	}
	ln, err := c.listen(e.ctx, "--listen", address)
	if err != nil {
		return usage(err)
	}
	fmt.Fprint(e.stdout, notice)
	return c.serve(e, config, ln, secure)
}

// grant makes the rules of who may use the server: the names of the addresses to
// listen on are its own.
func (c *serverCmd) grant(addresses ...string) error {
	c.access = access.Rules{Hosts: c.AllowHost, Origins: c.AllowOrigin}
	if err := c.access.Check(); err != nil {
		return err
	}
	for _, address := range addresses {
		if host, _, err := net.SplitHostPort(address); err == nil && host != "" {
			c.access.Hosts = append(c.access.Hosts[:len(c.access.Hosts):len(c.access.Hosts)], host)
		}
	}
	return nil
}

// serve serves on ln, and reports.
func (c *serverCmd) serve(e *env, config *fuzzingserver.Config, ln net.Listener, secure bool) error {
	log := &serverLog{out: e.stderr, quiet: c.Quiet}
	config.Progress, config.Notice = log.progress, log.notice
	var s *fuzzingserver.Server
	served := make(map[string]bool)
	config.Updated = func(agent string) {
		if served[agent] = true; len(served) == int(c.ExitAfter) {
			s.Stop()
		}
	}
	web, err := c.listenWeb(e)
	if err != nil {
		ln.Close()
		return usage(err)
	}
	c.access.Ports = ports(ln, web)
	config.Access = &c.access
	if c.HTTP2 {
		c.bePage(config, cmp.Or(web, ln))
	}
	if s, err = fuzzingserver.New(config); err != nil {
		closeAll(ln, web)
		return usage(err)
	}
	page, stopWeb := c.serveWeb(e, s, web, ln.Addr(), secure)
	defer stopWeb()
	fmt.Fprint(e.stdout, listening(ln, secure), page)
	err = s.Serve(e.ctx, ln)
	if cerr := s.Close(); err == nil {
		err = cerr
	}
	return c.finish(e, s.Report(), err)
}

// configure makes a configuration of the flags and the spec file, checks them,
// and prints where it listens.
func (c *serverCmd) configure(config *fuzzingserver.Config) (address string, secure bool, err error) {
	if err := checkSubprotocols(c.Subprotocol); err != nil {
		return "", false, err
	}
	if c.Key != "" && c.Cert == "" {
		return "", false, errors.New("--key: it belongs to a certificate: add --cert")
	}
	config.Config = engine.Config{
		Cases: c.Cases, Exclude: c.Exclude, Settle: c.Settle.duration(), Patience: c.Patience.duration(), Quick: c.Quick,
		Judge: report.Judge(c.Judge), ReportDir: c.Out, Shard: c.Shard,
	}
	if config.Dialect, err = c.dialect(); err != nil {
		return "", false, err
	}
	config.Subprotocols = c.Subprotocol
	if c.HTTP2 {
		config.Carrier = http2.Carrier
	}
	address = c.Listen
	if c.Spec != "" {
		if address, secure, err = c.fromSpec(config); err != nil {
			return "", false, err
		}
	}
	if err := errors.Join(c.checkFiles("--out", config.ReportDir), c.prepare()); err != nil {
		return "", false, err
	}
	if c.Web != "" { // before a port is opened
		if _, err := loopbackByDefault("--web", c.Web); err != nil {
			return "", false, err
		}
	}
	if address, err = loopbackByDefault("--listen", cmp.Or(c.Listen, address, "127.0.0.1:9001")); err == nil {
		err = c.grant(address, c.Web)
	}
	return address, secure || c.Cert != "" || c.HTTP2, err
}

// fromSpec adds what a spec file says. Flags go before it.
func (c *serverCmd) fromSpec(config *fuzzingserver.Config) (address string, secure bool, err error) {
	s, err := c.used.take(c.Spec, defaultServerOut, &config.Config, wsproto.Client)
	if err != nil {
		return "", false, err
	}
	config.Subprotocols = slices.Concat(c.Subprotocol, s.Protocols)
	if s.URL == "" {
		return "", false, nil
	}
	u, err := wsurl.Parse(s.URL)
	if err != nil {
		return "", false, fmt.Errorf("%s: \"url\": %w", c.Spec, err)
	}
	if u.Scheme == "wss" {
		c.Cert, c.Key = cmp.Or(c.Cert, s.Cert), cmp.Or(c.Key, s.Key)
		if c.Cert == "" {
			return "", false, fmt.Errorf("%s: a wss url needs a certificate: add \"cert\" and \"key\", or --cert", c.Spec)
		}
	}
	return wsurl.Address(u), u.Scheme == "wss", nil
}

// listening is the line that says where clients are to connect to.
func listening(ln net.Listener, secure bool) string {
	return fmt.Sprintf("listening on %s://%s/\n", scheme("ws", secure), ln.Addr())
}

// scheme is that of a URL: ws or http, or wss or https where it is secure.
func scheme(plain string, secure bool) string {
	if secure {
		return plain + "s"
	}
	return plain
}

// loopbackByDefault is an address whose host, where it has none, is this
// machine alone.
func loopbackByDefault(flag, address string) (string, error) {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return "", fmt.Errorf("%s %q: want HOST:PORT or :PORT", flag, address)
	}
	if err := checkPort(port); err != nil {
		return "", fmt.Errorf("%s %q: %w", flag, address, err)
	}
	return net.JoinHostPort(cmp.Or(host, "127.0.0.1"), port), nil
}

// certify makes the configuration of TLS. notice is a line about an authority that was
// made for it.
func (c *serverCmd) certify(address, dir string) (notice string, err error) {
	c.tls = &tls.Config{NextProtos: []string{"http/1.1"}}
	if c.HTTP2 {
		c.tls.NextProtos = []string{"h2", "http/1.1"}
	}
	if c.Cert == "" {
		cert, notice, err := ownAuthority(address, dir)
		if err == nil {
			c.tls.Certificates = []tls.Certificate{*cert}
		}
		return notice, err
	}
	cert, err := tls.LoadX509KeyPair(c.Cert, cmp.Or(c.Key, c.Cert))
	if err != nil {
		return "", fmt.Errorf("certificate: %w", err)
	}
	c.tls.Certificates = []tls.Certificate{cert}
	return "", nil
}

// listen opens the port that a flag names.
func (c *serverCmd) listen(ctx context.Context, flag, address string) (net.Listener, error) {
	var lc net.ListenConfig
	ln, err := lc.Listen(ctx, "tcp", address)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", flag, err)
	}
	if c.tls != nil {
		ln = tls.NewListener(ln, c.tls)
	}
	return ln, nil
}
