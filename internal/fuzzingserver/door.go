package fuzzingserver

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"time"

	"github.com/wscheck/wscheck/internal/access"
	"github.com/wscheck/wscheck/internal/engine"
	"github.com/wscheck/wscheck/internal/httphead"
	"github.com/wscheck/wscheck/internal/link"
	"github.com/wscheck/wscheck/internal/plural"
	"github.com/wscheck/wscheck/wsproto"
)

// door is where connections come in: as many as there is room for. It reads the
// request of each, and passes it on or refuses it.
type door struct {
	config   *Config
	notes    *notes
	commands *commands
	pages    http.Handler // of requests that are not an opening handshake

	slots    chan struct{} // one for each connection
	refusals chan struct{} // one for each connection that is turned away
}

func newDoor(config *Config, notes *notes, commands *commands, pages http.Handler) *door {
	return &door{
		config: config, notes: notes, commands: commands, pages: pages,
		slots:    make(chan struct{}, cmp.Or(config.MaxConns, defaultMaxConns)),
		refusals: make(chan struct{}, maxRefusals),
	}
}

// serveConn is [Server.ServeConn].
func (d *door) serveConn(ctx context.Context, conn net.Conn) {
	select {
	case d.slots <- struct{}{}:
		defer func() { <-d.slots }()
		defer conn.Close()
		if conn := d.split(ctx, conn); conn != nil {
			d.serve(ctx, conn)
		}
	default:
		d.turnAway(conn)
	}
}

// maxRefusals is how many connections at a time are waited for to read that there
// are too many. Further ones get a message, if that takes no TLS, and closed at once.
const maxRefusals = 64

// turnAway refuses a connection: the server is full.
func (d *door) turnAway(conn net.Conn) {
	defer conn.Close()
	d.notes.noticeSeldom(&d.notes.warned, "connections are turned away: %s open", plural.Of(cap(d.slots), "other is", "others are"))
	r := &refusal{http.StatusServiceUnavailable, "too many connections: try again later"}
	select {
	case d.refusals <- struct{}{}:
		defer func() { <-d.refusals }()
		refuse(conn, r)
	default:
		if _, secure := conn.(*tls.Conn); !secure {
			_ = conn.SetDeadline(time.Now().Add(refusalTime))
			_, _ = conn.Write(r.response()) // it goes into the buffer of a new connection, or nowhere
		}
	}
}

// http2Begin is what a connection of HTTP/2 begins with, and none of HTTP/1.1 does.
const http2Begin = "PRI "

// split serves a connection of the config's carrier, on which TLS has agreed, or which
// begins with it. Otherwise it returns the connection, unread.
func (d *door) split(ctx context.Context, conn net.Conn) net.Conn {
	carrier, ok := d.config.Carrier.(engine.Splitter)
	if !ok {
		return conn
	}
	_ = conn.SetDeadline(time.Now().Add(cmp.Or(d.config.HeadTime, defaultHeadTime)))
	if secure, ok := conn.(*tls.Conn); ok {
		if err := secure.HandshakeContext(ctx); err != nil {
			return nil
		}
		if secure.ConnectionState().NegotiatedProtocol != carrier.ALPN() {
			return conn
		}
	} else {
		begin := make([]byte, len(http2Begin))
		n, err := io.ReadFull(conn, begin)
		if conn = link.Rewind(conn, begin[:n]); err != nil || string(begin) != http2Begin {
			return conn
		}
	}
	_ = conn.SetDeadline(time.Time{})
	carrier.Split(ctx, conn, d.pages, func(l engine.Lane) { d.serveLane(ctx, carrier, l) })
	return nil
}

// serveLane serves a WebSocket of a connection that has several.
func (d *door) serveLane(ctx context.Context, carrier engine.Carrier, l engine.Lane) {
	path, query := takeApart(l.Request.Target)
	if path == runPath && d.forbidden(l.Conn, l.Request) == nil {
		t := &session{conn: l.Conn, request: l.Request, carrier: carrier, fell: l.Fell, subprotocols: d.config.Subprotocols}
		if d.commands.runCase(ctx, t, parseQuery(query)) == nil {
			return
		}
	}
	conn := l.Upgraded() // a refusal is a response of HTTP/1.1 that is carried
	defer conn.Close()
	d.serve(ctx, conn)
}

// serve reads a request and does what it asks for.
func (d *door) serve(ctx context.Context, conn net.Conn) {
	_ = conn.SetDeadline(time.Now().Add(cmp.Or(d.config.HeadTime, defaultHeadTime)))
	stop := context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Unix(1, 0)) })
	defer stop()
	req, head, _, err := httphead.Read(conn, wsproto.ParseRequest) // head may be more than the request
	switch {
	case errors.Is(err, wsproto.ErrHandshakeTooLong):
		refuse(conn, &refusal{http.StatusRequestHeaderFieldsTooLarge, fmt.Sprintf("the request is longer than %d octets", wsproto.MaxHandshake)})
		return
	case errors.Is(err, wsproto.ErrNotHTTP):
		refuse(conn, &refusal{http.StatusBadRequest, "this is not an HTTP request"})
		return
	case errors.Is(err, os.ErrDeadlineExceeded):
		refuse(conn, &refusal{http.StatusRequestTimeout, "the request did not arrive in time"})
		return
	case err != nil || ctx.Err() != nil:
		return // the client is gone, and nobody is there to be answered
	}
	if r := d.forbidden(conn, req); r != nil {
		refuse(conn, r)
		return
	}
	if !engine.Opens(req) {
		servePage(d.pages, conn, head)
		return
	}
	_ = conn.SetDeadline(time.Time{})
	if ctx.Err() != nil {
		return
	}
	if err := d.commands.route(ctx, &session{conn: conn, head: head, request: req, subprotocols: d.config.Subprotocols}); err != nil {
		refuse(conn, err)
	}
}

// forbidden returns a refusal of what a page of another site asks for.
func (d *door) forbidden(conn net.Conn, req *wsproto.Request) *refusal {
	_, query := takeApart(req.Target)
	r := d.config.Access.Refuse(&access.Request{
		Upgrade: engine.Opens(req), Query: query != "", Field: req.Values, Local: conn.LocalAddr(),
	})
	if r == nil {
		return nil
	}
	d.notes.noticeSeldom(&d.notes.turned, "a request is refused: %s", r.Reason)
	return &refusal{r.Status, r.Reason}
}
