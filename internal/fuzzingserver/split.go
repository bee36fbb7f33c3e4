package fuzzingserver

import (
	"cmp"
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"time"

	"github.com/wscheck/wscheck/internal/catalogue"
	"github.com/wscheck/wscheck/internal/engine"
	"github.com/wscheck/wscheck/internal/link"
	"github.com/wscheck/wscheck/internal/report"
	"github.com/wscheck/wscheck/oracle"
)

// runPath is the path by which a case is played.
const runPath = "/runCase"

// http2Begin is what a connection of HTTP/2 begins with, and none of HTTP/1.1 does.
const http2Begin = "PRI "

// split serves a connection of the config's carrier, on which TLS has agreed, or which
// begins with it. Otherwise it returns the connection, unread.
func (s *Server) split(ctx context.Context, conn net.Conn) net.Conn {
	carrier, ok := s.config.Carrier.(engine.Splitter)
	if !ok {
		return conn
	}
	_ = conn.SetDeadline(time.Now().Add(cmp.Or(s.config.HeadTime, defaultHeadTime)))
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
	carrier.Split(ctx, conn, s.pages(), func(l engine.Lane) { s.serveLane(ctx, carrier, l) })
	return nil
}

// serveLane serves a WebSocket of a connection that has several.
func (s *Server) serveLane(ctx context.Context, carrier engine.Carrier, l engine.Lane) {
	path, query := takeApart(l.Request.Target)
	if path == runPath && s.forbidden(l.Conn, l.Request) == nil {
		t := &session{conn: l.Conn, request: l.Request, carrier: carrier, fell: l.Fell, subprotocols: s.config.Subprotocols}
		if s.runCase(ctx, t, parseQuery(query)) == nil {
			return
		}
	}
	conn := l.Upgraded() // a refusal is a response of HTTP/1.1 that is carried
	defer conn.Close()
	s.serve(ctx, conn)
}

// fallen is r where the client ended the connection beneath several WebSockets: which of
// them it ended it for cannot be known, so that its end proves nothing.
func (t *session) fallen(r *report.Result) {
	if t.fell == nil || !t.fell() || r.Trace == nil {
		return
	}
	kept := slices.DeleteFunc(slices.Clone(r.RFC.Findings), func(f oracle.Finding) bool {
		return f.Event >= 0 && f.Event < len(r.Trace.Events) && r.Trace.Events[f.Event].Kind == oracle.EventReceivedReset
	})
	if len(kept) == len(r.RFC.Findings) {
		return
	}
	r.RFC.Findings = kept
	if r.RFC.Outcome == oracle.Violation && !slices.ContainsFunc(kept, func(f oracle.Finding) bool { return f.Outcome == oracle.Violation }) {
		r.RFC.Outcome, r.RFC.Reason = oracle.Inconclusive, "the client ended the connection, on which it had other WebSockets"
	}
}

// over is what carries the conversation.
func (t *session) over() oracle.Carrier {
	if t.carrier == nil {
		return oracle.HTTP1
	}
	return t.carrier.Carrier()
}

// uncarried refuses a case that what carries the client's WebSockets cannot carry.
func (s *Server) uncarried(cs *catalogue.Case, why string) *refusal {
	if s.warned.due(s.started) {
		s.notice("a client asks for %s, and %s: it came by the other version of HTTP", cs.ID, why)
	}
	return &refusal{http.StatusConflict, fmt.Sprintf("case: %s, and the client came by the other version of HTTP", why)}
}
