package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"os"
	"slices"
	"strings"

	"github.com/wscheck/wscheck/harness/http2"
	"github.com/wscheck/wscheck/internal/engine"
	"github.com/wscheck/wscheck/internal/reference"
	"github.com/wscheck/wscheck/internal/testee"
	"github.com/wscheck/wscheck/internal/wsurl"
	"github.com/wscheck/wscheck/wsproto"
)

type echoCmd struct {
	Listen      string   `default:"127.0.0.1:9001" placeholder:"ADDR" help:"Address to listen on (${default}). Port 0 takes a free one."`
	Connect     string   `placeholder:"URL" help:"Be a client instead: make one connection to this URL, echo until it ends, and stop."`
	Deflate     bool     `default:"true" negatable:"" help:"Agree to permessage-deflate, or offer it (default; --no-deflate does not)."`
	Subprotocol []string `placeholder:"NAME" help:"Subprotocol to speak. May be repeated."`
	Mutant      string   `placeholder:"NAME" help:"Have this one fault: see wscheck mutants --list."`
	HTTP2       bool     `name:"http2" help:"Speak HTTP/2 (RFC 8441): to a client that begins with it, without TLS, or to the server of --connect."`
	Acts        string   `placeholder:"ADDR" help:"Take requests of wscheck echo --act here, host and port or the path of a socket: to send a ping, or to close."`
	Act         string   `placeholder:"ADDR" help:"As a --hook: have the endpoint with --acts ADDR do what the environment says."`
	Freedom     uint64   `placeholder:"SEED" help:"Take the liberties of the RFCs that this number stands for."`
}

// Run serves until it is interrupted, or is a client once.
func (c *echoCmd) Run(e *env) error {
	if c.Act != "" {
		act, err := engine.ActOf(os.LookupEnv)
		if err != nil {
			return usage(err)
		}
		return reference.Ask(e.ctx, c.Act, reference.Asked{Address: act.Address, Do: act.Do, Code: act.Code, Reason: act.Reason})
	}
	layer := c.layer()
	o, err := c.options()
	if err != nil {
		return usage(err)
	}
	if c.Connect != "" {
		return c.connect(e, o, layer)
	}
	if _, port, err := net.SplitHostPort(c.Listen); err != nil || checkPort(port) != nil {
		return usage(fmt.Errorf("--listen %q: want HOST:PORT, with a port of 0 to 65535", c.Listen))
	}
	var lc net.ListenConfig
	ln, err := lc.Listen(e.ctx, "tcp", c.Listen)
	if err != nil {
		return usage(fmt.Errorf("--listen: %w", err))
	}
	if c.Acts != "" {
		acts, err := reference.ListenActs(e.ctx, c.Acts)
		if err != nil {
			return usage(fmt.Errorf("--acts: %w", err))
		}
		o.Acts = new(reference.Acts)
		go o.Acts.Serve(e.ctx, acts)
	}
	fmt.Fprint(e.stdout, listening(ln, false))
	if layer != nil {
		return http2.ServeAll(e.ctx, ln, *layer, func(conn net.Conn) { _ = reference.ServeConn(conn, o) })
	}
	return reference.Serve(e.ctx, ln, o)
}

// layer are the options of the endpoint's HTTP/2, nil where it speaks HTTP/1.1. A
// mutant of that layer is not a mutant of the endpoint.
func (c *echoCmd) layer() *http2.Options {
	if !c.HTTP2 {
		return nil
	}
	role := wsproto.Server
	if c.Connect != "" {
		role = wsproto.Client
	}
	o := &http2.Options{Seed: c.Freedom}
	if slices.ContainsFunc(http2.Mutants(), func(m http2.Mutant) bool { return m.Name == c.Mutant && slices.Contains(m.Roles, role) }) {
		o.Mutant, c.Mutant = c.Mutant, ""
	}
	return o
}

// options are those of the endpoint.
func (c *echoCmd) options() (reference.Options, error) {
	o := reference.Options{Subprotocols: c.Subprotocol, Mutant: c.Mutant}
	if err := checkSubprotocols(c.Subprotocol); err != nil {
		return o, err
	}
	if c.Deflate {
		o.Deflate = new(reference.Deflate)
	}
	if c.Freedom != 0 {
		o.Freedom = reference.Freedoms(c.Freedom)
	}
	if err := o.Check(); err != nil {
		return o, fmt.Errorf("%s: see wscheck mutants --list for the names of mutants", strings.TrimPrefix(err.Error(), "reference: "))
	}
	return o, nil
}

// checkSubprotocols reports a subprotocol that may not be offered.
func checkSubprotocols(names []string) error {
	if err := engine.CheckSubprotocols(names); err != nil {
		return fmt.Errorf("--%w", err)
	}
	return nil
}

// connect is a client for one connection.
func (c *echoCmd) connect(e *env, o reference.Options, layer *http2.Options) error {
	u, err := wsurl.Parse(c.Connect)
	if err != nil || checkPort(wsurl.Port(u)) != nil {
		return usage(fmt.Errorf("--connect %q: want ws://host:port/path or wss://host:port/path", c.Connect))
	}
	var dialer testee.Dialer
	if layer != nil {
		dialer.TLS = &tls.Config{NextProtos: []string{http2.Carrier.ALPN()}}
	}
	conn, err := dialer.DialTCP(e.ctx, c.Connect)
	if err != nil {
		return &engine.UnreachableError{URL: c.Connect, Err: err}
	}
	stop := context.AfterFunc(e.ctx, func() { conn.Close() })
	defer stop()
	if layer != nil {
		conn = http2.Connect(conn, *layer)
	}
	return echoOn(conn, c.Connect, o)
}

// echoOn is a client on a connection until it ends.
func echoOn(conn net.Conn, url string, o reference.Options) error {
	if err := reference.Connect(conn, url, o); err != nil {
		return &exitError{exitFailed, errors.New(strings.TrimPrefix(err.Error(), "reference: "))}
	}
	return nil
}
