package main

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync"

	"github.com/wscheck/wscheck/internal/engine"
	"github.com/wscheck/wscheck/internal/plural"
	"github.com/wscheck/wscheck/internal/reference"
	"github.com/wscheck/wscheck/internal/testee"
	"github.com/wscheck/wscheck/internal/web"
	"github.com/wscheck/wscheck/wsproto"
)

// dialer takes any certificate, as the original does.
func (c *wstestCmd) dialer() testee.Dialer {
	return testee.Dialer{TLS: &tls.Config{InsecureSkipVerify: true}}
}

// ident is the name of a testee.
func (c *wstestCmd) ident() string { return cmp.Or(c.Ident, "wscheck/"+version()) }

// fields are added to the response of a server.
func (c *wstestCmd) fields() wsproto.Fields {
	return wsproto.Fields{{Name: "Server", Value: strings.Map(printableASCII, c.ident())}}
}

// printableASCII is a character as it may stand in a field's value.
func printableASCII(r rune) rune {
	if r < ' ' || r > '~' {
		return '?'
	}
	return r
}

func (c *wstestCmd) echoServer(e *env) error { return c.serveEchoes(e, reference.Options{}) }

func (c *wstestCmd) testeeServer(e *env) error {
	return c.serveEchoes(e, reference.Options{Deflate: new(reference.Deflate)})
}

// serveEchoes serves until it is interrupted.
func (c *wstestCmd) serveEchoes(e *env, o reference.Options) error {
	ln, err := c.open(e)
	if err != nil {
		return usage(err)
	}
	o.Fields = c.fields()
	if c.Debug {
		log := lineLog{e: e}
		o.Ended = log.ended
	}
	return reference.Serve(e.ctx, ln, o)
}

// lineLog prints lines that come from many connections.
type lineLog struct {
	mu sync.Mutex
	e  *env
}

func (l *lineLog) ended(err error) {
	text := "closed"
	if err != nil {
		text = strings.TrimPrefix(err.Error(), "reference: ")
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	fmt.Fprintf(l.e.stderr, "connection: %.200q\n", text)
}

// echoClient echoes on one connection until it ends.
func (c *wstestCmd) echoClient(e *env) error {
	d := c.dialer()
	conn, err := d.DialTCP(e.ctx, c.WSURI)
	if err != nil {
		return &engine.UnreachableError{URL: c.WSURI, Err: err}
	}
	return echoOn(conn, c.WSURI, reference.Options{})
}

// testeeClient plays the cases of a fuzzing server.
func (c *wstestCmd) testeeClient(e *env) error {
	count := 0
	client := testee.Client{
		Dialer: c.dialer(), Agent: c.ident(), Options: reference.Options{Deflate: new(reference.Deflate)},
		Counted: func(n int) {
			count = n
			fmt.Fprintf(e.stdout, "%s to run\n", plural.Of(n, "case"))
		},
		Started: func(n int, peer net.Addr) {
			fmt.Fprintf(e.stdout, "case %d of %d, as %q, with %s\n", n, count, c.ident(), peer)
		},
	}
	err := client.Run(e.ctx, c.WSURI)
	switch {
	case e.ctx.Err() != nil:
		return &exitError{exitFailed, errors.New("interrupted")}
	case err != nil:
		return &engine.UnreachableError{URL: c.WSURI, Err: err}
	}
	return nil
}

// broadcastServer serves, with a page for browsers, until it is interrupted.
func (c *wstestCmd) broadcastServer(e *env) error {
	a, secure, _ := listenAddress(c.WSURI) // it was checked
	ln, err := c.open(e)
	if err != nil {
		return usage(err)
	}
	stop, err := c.servePage(e, a.host, web.Broadcast(web.Options{Server: ln.Addr(), Secure: secure}))
	if err != nil {
		ln.Close()
		return usage(err)
	}
	defer stop()
	b := testee.Broadcaster{Fields: c.fields()}
	return b.Serve(e.ctx, ln)
}

// servePage serves a page until stop is called, at the port that -u says. It is
// over plain HTTP.
func (c *wstestCmd) servePage(e *env, host string, page http.Handler) (stop func(), err error) {
	address := c.pageAddress(e, host)
	if address == "" {
		return func() {}, nil
	}
	var lc net.ListenConfig
	ln, err := lc.Listen(e.ctx, "tcp", address)
	if err != nil {
		return nil, fmt.Errorf("-u: %w", err)
	}
	fmt.Fprintf(e.stdout, "page for browsers at http://%s/\n", ln.Addr())
	return background(e.ctx, func(ctx context.Context) error { return web.Serve(ctx, ln, page) }), nil
}

// broadcastClient prints what comes, and greets.
func (c *wstestCmd) broadcastClient(e *env) error {
	host, err := os.Hostname()
	if err != nil {
		host = "localhost"
	}
	l := testee.Listener{
		Dialer: c.dialer(), Hello: "hello from " + host + "[" + strconv.Itoa(os.Getpid()) + "]",
		Received: func(op wsproto.Opcode, payload []byte) {
			fmt.Fprintf(e.stdout, "received: %s\n", received(op, payload))
		},
	}
	if err := l.Run(e.ctx, c.WSURI); err != nil {
		return &engine.UnreachableError{URL: c.WSURI, Err: err}
	}
	return nil
}

// received is a message as a line: binary ones in hexadecimal, long ones cut,
// and nothing in it that could move a terminal's cursor.
func received(op wsproto.Opcode, payload []byte) string {
	const most = 1 << 10
	cut := ""
	if len(payload) > most {
		cut = fmt.Sprintf("... [%d octets]", len(payload))
		payload = payload[:most]
	}
	if op != wsproto.OpText {
		return fmt.Sprintf("%x%s", payload, cut)
	}
	quoted := strconv.Quote(string(payload))
	return strings.ReplaceAll(quoted[1:len(quoted)-1], `\"`, `"`) + cut
}
