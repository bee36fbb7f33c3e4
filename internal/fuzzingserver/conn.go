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
	"sync/atomic"
	"time"

	"github.com/wscheck/wscheck/internal/access"
	"github.com/wscheck/wscheck/internal/head"
	"github.com/wscheck/wscheck/internal/httphead"
	"github.com/wscheck/wscheck/internal/link"
	"github.com/wscheck/wscheck/internal/plural"
	"github.com/wscheck/wscheck/internal/visible"
	"github.com/wscheck/wscheck/wsproto"
)

// ServeConn serves one connection, which may be over TLS, and closes it. When
// ctx ends, so does the conversation, without a result.
func (s *Server) ServeConn(ctx context.Context, conn net.Conn) {
	select {
	case s.slots <- struct{}{}:
		defer func() { <-s.slots }()
		defer conn.Close()
		if conn := s.split(ctx, conn); conn != nil {
			s.serve(ctx, conn)
		}
	default:
		s.turnAway(conn)
	}
}

// maxRefusals is how many connections at a time are waited for to read that there
// are too many. Further ones get a message, if that takes no TLS, and closed at once.
const maxRefusals = 64

// turnAway refuses a connection for which there is no room.
func (s *Server) turnAway(conn net.Conn) {
	defer conn.Close()
	s.crowded()
	r := &refusal{http.StatusServiceUnavailable, "too many connections: try again later"}
	select {
	case s.refusals <- struct{}{}:
		defer func() { <-s.refusals }()
		refuse(conn, r)
	default:
		if _, secure := conn.(*tls.Conn); !secure {
			_ = conn.SetDeadline(time.Now().Add(refusalTime))
			_, _ = conn.Write(r.response()) // it goes into the buffer of a new connection, or nowhere
		}
	}
}

// seldom keeps notices of one kind apart: anybody can cause them. It holds when
// the last one was, in nanoseconds.
type seldom struct{ atomic.Int64 }

// noticeEvery is the time between two notices of one kind.
const noticeEvery = time.Second

// due reports whether it is time for a notice.
func (s *seldom) due(started time.Time) bool {
	now, last := time.Since(started), s.Load()
	return (last == 0 || now-time.Duration(last) >= noticeEvery) && s.CompareAndSwap(last, max(1, int64(now)))
}

// crowded gives notice that connections are turned away.
func (s *Server) crowded() {
	if s.warned.due(s.started) {
		s.notice("connections are turned away: %s open", plural.Of(cap(s.slots), "other is", "others are"))
	}
}

// serve reads a request and does what it asks for.
func (s *Server) serve(ctx context.Context, conn net.Conn) {
	_ = conn.SetDeadline(time.Now().Add(cmp.Or(s.config.HeadTime, defaultHeadTime)))
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
	if r := s.forbidden(conn, req); r != nil {
		refuse(conn, r)
		return
	}
	if !opens(req) {
		s.servePage(conn, head)
		return
	}
	_ = conn.SetDeadline(time.Time{})
	if ctx.Err() != nil {
		return
	}
	if err := s.route(ctx, conn, head, req); err != nil {
		refuse(conn, err)
	}
}

// forbidden returns a refusal of what a page of another site asks for.
func (s *Server) forbidden(conn net.Conn, req *wsproto.Request) *refusal {
	_, query := takeApart(req.Target)
	r := s.config.Access.Refuse(&access.Request{
		Upgrade: opens(req), Query: query != "", Field: req.Values, Local: conn.LocalAddr(),
	})
	if r == nil {
		return nil
	}
	if s.turned.due(s.started) {
		s.notice("a request is refused: %s", r.Reason)
	}
	return &refusal{r.Status, r.Reason}
}

// opens reports whether a request is meant as an opening handshake, however
// wrong: what is missing from it is reported by the case.
func opens(req *wsproto.Request) bool {
	for _, name := range []string{"Upgrade", "Sec-WebSocket-Key", "Sec-WebSocket-Version"} {
		if _, n := req.Get(name); n > 0 {
			return true
		}
	}
	return false
}

// refusal is an answer to a request that cannot be met: an HTTP status, and why
// in one line.
type refusal struct {
	status int
	reason string
}

// Error returns the reason.
func (r *refusal) Error() string { return r.reason }

// refused is a refusal of a request that makes no sense.
func refused(format string, args ...any) *refusal {
	return &refusal{http.StatusBadRequest, fmt.Sprintf(format, args...)}
}

// refusalTime bounds how long a client may take to read that it is refused.
const refusalTime = time.Second

// response is the refusal as it goes over the wire.
func (r *refusal) response() []byte {
	return head.Refusal(r.status, http.StatusText(r.status), r.reason, wsproto.Field{Name: "X-Content-Type-Options", Value: "nosniff"})
}

// refuse answers with a refusal and ends the connection, in a way that lets the
// answer arrive: what the client still sends is read, for a while.
func refuse(conn net.Conn, r *refusal) {
	_ = conn.SetDeadline(time.Now().Add(refusalTime))
	if _, err := conn.Write(r.response()); err != nil {
		return
	}
	_ = link.Rewind(conn, nil).(interface{ CloseWrite() error }).CloseWrite() // a client that has gone makes no difference
	_, _ = io.CopyN(io.Discard, conn, 4*wsproto.MaxHandshake)
}

// notice passes a line to Config.Notice, if there is one.
func (s *Server) notice(format string, args ...any) {
	if s.config.Notice == nil {
		return
	}
	s.noticing.Lock()
	defer s.noticing.Unlock()
	s.config.Notice(visible.Plain(fmt.Sprintf(format, args...)))
}
