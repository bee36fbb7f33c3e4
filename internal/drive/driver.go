package drive

import (
	"cmp"
	"context"
	"fmt"
	"net"
	"strings"
	"time"

	"github.com/wscheck/wscheck/internal/catalogue"
	"github.com/wscheck/wscheck/internal/engine"
	"github.com/wscheck/wscheck/internal/report"
)

// driver starts the command once per case.
type driver struct {
	*run
	agent   string
	visitor *engine.Visitor
	carrier engine.Carrier
}

// playOne plays a case, again where its verdict rests on silence, and adds the
// result.
func (d *driver) playOne(ctx context.Context, cs *catalogue.Case) {
	var came bool
	var output []byte
	result := d.visitor.Settle(func(patience time.Duration) (*report.Result, bool) {
		try, itCame, printed := d.startFor(ctx, cs, host(cs), patience)
		if !itCame && host(cs) != loopback && ctx.Err() == nil {
			try, itCame, printed = d.startFor(ctx, cs, loopback, patience)
		}
		if patience == 0 {
			came, output = itCame, printed
		}
		return try, itCame
	})
	if result != nil && ctx.Err() == nil {
		d.add(d.agent, result, came, output)
	}
}

// loopback is the host that clients are sent to.
const loopback = "127.0.0.1"

// host is the host that a client is sent to for a case first: one that is about an IPv6
// address has one.
func host(cs *catalogue.Case) string {
	if strings.HasPrefix(cs.URL, "ws://[") {
		return "::1"
	}
	return loopback
}

// startFor starts the command for a case, sends it to a host, and returns what came of it and what
// the command printed: no result where the run is over, and came says whether the
// client did. The client is given at least so much patience.
func (d *driver) startFor(ctx context.Context, cs *catalogue.Case, host string, patience time.Duration) (result *report.Result, came bool, output []byte) {
	started := time.Now()
	ln, err := net.Listen("tcp", net.JoinHostPort(host, "0"))
	switch {
	case err != nil && host != loopback:
		return nil, false, nil // this machine has none
	case err != nil:
		d.stop(&startError{fmt.Errorf("no port to listen on: %w", err)})
		return nil, false, nil
	}
	playing, cancel := context.WithCancel(ctx)
	defer cancel()
	to := d.url(ln.Addr(), cs)
	if _, rest, ok := strings.Cut(cs.URL, "://"); ok {
		_, path, _ := strings.Cut(rest, "/")
		to = "ws://" + ln.Addr().String() + "/" + path
	}
	v := newVisit(playing, ln.(*net.TCPListener), d.visitor, d.carrier, cs, to, patience)
	defer v.close()
	p, err := d.start(to, nil)
	if err != nil {
		d.stop(&startError{fmt.Errorf("the command cannot be started: %w", err)})
		return nil, false, nil
	}
	inTime := p.Await(ctx, v.done, d.timeout()+4*patience)
	if inTime && !p.Over() {
		p.Await(ctx, nil, grace)
	}
	ended := time.Now()
	p.End()
	if ctx.Err() != nil {
		return nil, false, nil
	}
	v.last()
	late := time.AfterFunc(farewell, cancel)
	defer late.Stop()
	<-v.done
	switch result = v.result; {
	case result == nil:
		result = inconclusive(cs, d.agent, started, v.reason(p, inTime, d.timeout()))
	case !inTime:
		cutShort(result, ended, fmt.Sprintf("the command was ended after %v, in the middle of its conversation", d.timeout()+4*patience))
	}
	result.Died = cmp.Or(result.Died, p.Crash())
	return result, v.result != nil, p.Tail()
}
