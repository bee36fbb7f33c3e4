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

// driver sends the client to an address of its own for each case.
type driver struct {
	*run
	agent   string
	visitor *engine.Visitor
	carrier engine.Carrier
}

func newDriver(r *run) *driver {
	agent := r.Config.agent()
	return &driver{run: r, agent: agent, visitor: engine.NewVisitor(agent, &r.Config.Config), carrier: r.Config.Carrier}
}

// rounds are the cases to play, those about the URL that the client is given after the others,
// which show whether it follows one.
func (d *driver) rounds() [2][]*catalogue.Case {
	var rounds [2][]*catalogue.Case
	for _, cs := range d.cases {
		round := &rounds[0]
		if cs.URL != "" {
			round = &rounds[1]
		}
		if !d.ExcludeAgent.Excludes(d.agent, cs.ID) {
			*round = append(*round, cs)
		}
	}
	return rounds
}

// playOne plays a case, again where its verdict rests on silence, and adds the
// result.
func (d *driver) playOne(ctx context.Context, cs *catalogue.Case) {
	var came bool
	var output []byte
	result := d.visitor.Settle(func(patience time.Duration) (*report.Result, bool) {
		var printed []byte
		try, itCame := toHosts(cs, func(host string) (try *report.Result, came bool) {
			if ctx.Err() == nil {
				try, came, printed = d.startFor(ctx, cs, host, patience)
			}
			return try, came
		})
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

// ofIPv6 reports whether a case is about an IPv6 address.
func ofIPv6(cs *catalogue.Case) bool { return strings.HasPrefix(cs.URL, "ws://[") }

// toHosts sends a client to the host of a case, which is an IPv6 address in a case about one, and
// to loopback where it does not come there.
func toHosts(cs *catalogue.Case, try func(host string) (r *report.Result, came bool)) (r *report.Result, came bool) {
	if ofIPv6(cs) {
		r, came = try("::1")
	}
	if !came {
		r, came = try(loopback)
	}
	return r, came
}

// invite waits for a client to come to a host for a case, with at least so much patience. It
// returns nil where nobody can come.
func (d *driver) invite(ctx context.Context, cs *catalogue.Case, host string, patience time.Duration) *visit {
	ln, err := net.Listen("tcp", net.JoinHostPort(host, "0"))
	switch {
	case err != nil && host != loopback:
		return nil // this machine has none
	case err != nil:
		d.stop(&startError{fmt.Errorf("no port to listen on: %w", err)})
		return nil
	}
	to := d.url(ln.Addr(), cs)
	if _, rest, ok := strings.Cut(cs.URL, "://"); ok {
		_, path, _ := strings.Cut(rest, "/")
		to = "ws://" + ln.Addr().String() + "/" + path
	}
	return newVisit(ctx, ln.(*net.TCPListener), d.visitor, d.carrier, cs, to, patience)
}

// startFor starts the command for a case, sends it to a host, and returns what came of it and what
// the command printed: no result where the run is over, and came says whether the
// client did. The client is given at least so much patience.
func (d *driver) startFor(ctx context.Context, cs *catalogue.Case, host string, patience time.Duration) (result *report.Result, came bool, output []byte) {
	started := time.Now()
	playing, cancel := context.WithCancel(ctx)
	defer cancel()
	v := d.invite(playing, cs, host, patience)
	if v == nil {
		return nil, false, nil
	}
	defer v.Close()
	p, err := d.client().Start(v.url, nil)
	if err != nil {
		d.stop(&startError{fmt.Errorf("the command cannot be started: %w", err)})
		return nil, false, nil
	}
	inTime := p.Await(ctx, v.Done(), d.timeout()+4*patience)
	if inTime && !p.Over() {
		p.Await(ctx, nil, grace)
	}
	ended := time.Now()
	p.End()
	if ctx.Err() != nil {
		return nil, false, nil
	}
	v.end(cancel)
	switch result = v.result; {
	case result == nil:
		result = inconclusive(cs, d.agent, started, v.reason(p, inTime, d.timeout()))
	case !inTime:
		cutShort(result, ended, fmt.Sprintf("the command was ended after %v, in the middle of its conversation", d.timeout()+4*patience))
	}
	result.Died = cmp.Or(result.Died, p.Crash())
	return result, v.result != nil, p.Tail()
}
