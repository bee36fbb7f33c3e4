package drive

import (
	"context"
	"fmt"
	"net"
	"time"

	"github.com/wscheck/wscheck/internal/accept"
	"github.com/wscheck/wscheck/internal/catalogue"
	"github.com/wscheck/wscheck/internal/engine"
	"github.com/wscheck/wscheck/internal/link"
	"github.com/wscheck/wscheck/internal/process"
	"github.com/wscheck/wscheck/internal/report"
)

// visit waits for a client to come for a case, and plays it.
type visit struct {
	*accept.First
	url    string         // that the client is given
	result *report.Result // nil if it was not played; to be read once that is done
}

// newVisit begins to wait on ln.
func newVisit(ctx context.Context, ln *net.TCPListener, visitor *engine.Visitor, by engine.Carrier, cs *catalogue.Case, url string, patience time.Duration) *visit {
	v := &visit{url: url}
	link.ShortenSegments(ln)
	v.First = accept.AwaitFirst(ln, engine.Arrival, func(conn net.Conn, head []byte) {
		defer conn.Close()
		v.result = visitor.ConverseOnce(ctx, conn, head, by, cs, url, patience)
	})
	return v
}

// end has nobody come any more but those who have, and waits for their conversation: cancel ends
// one that takes too long.
func (v *visit) end(cancel func()) {
	v.Last()
	late := time.AfterFunc(farewell, cancel)
	defer late.Stop()
	<-v.Done()
}

// reason says why the case was not played.
func (v *visit) reason(p *process.Command, inTime bool, limit time.Duration) string {
	switch {
	case v.Begun():
		return fmt.Sprintf("the conversation had not ended %v after the command had", farewell)
	case !inTime:
		return fmt.Sprintf("the command was ended after %v, without %s", limit, v.Missed())
	}
	return fmt.Sprintf("the command ended (%s) without %s", p.DeathReport(), v.Missed())
}
