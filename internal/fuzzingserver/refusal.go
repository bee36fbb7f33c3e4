package fuzzingserver

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"time"

	"github.com/wscheck/wscheck/internal/head"
	"github.com/wscheck/wscheck/internal/link"
	"github.com/wscheck/wscheck/wsproto"
)

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

// notFound is a refusal of what does not exist.
func notFound(reason string) *refusal { return &refusal{http.StatusNotFound, reason} }

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
