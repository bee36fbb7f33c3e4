package drive

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"time"

	"github.com/wscheck/wscheck/internal/catalogue"
	"github.com/wscheck/wscheck/internal/engine"
	"github.com/wscheck/wscheck/internal/report"
	"github.com/wscheck/wscheck/internal/wsurl"
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
		try, itCame := toPlaces(cs, func(at place) (try *report.Result, came bool) {
			if ctx.Err() == nil {
				try, came, printed = d.startFor(ctx, cs, at, patience)
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
	if why := d.visitor.Hopeless(); why != "" {
		d.stop(errors.New(why))
	}
}

// loopback is the host that clients are sent to.
const loopback = "127.0.0.1"

// place is where a client is sent to for a case: a host, and what follows it and its port in the
// URL of a case about URLs.
type place struct{ host, rest string }

// places are those of a case, each for a client that does not come to the one before: it may know
// no IPv6, or no URL without a path.
func places(cs *catalogue.Case) []place {
	_, rest := wsurl.Cut(cs.URL)
	first, plain := place{loopback, rest}, place{loopback, rest}
	if strings.HasPrefix(cs.URL, "ws://[") {
		first.host = "::1"
	}
	if !strings.HasPrefix(rest, "/") {
		plain.rest = "/" + rest
	}
	if cs.URL == "" || first == plain {
		return []place{first}
	}
	return []place{first, plain}
}

// ofOddURL reports whether a client is sent to a URL for a case that it may not know.
func ofOddURL(cs *catalogue.Case) bool { return len(places(cs)) > 1 }

// toPlaces sends a client to the places of a case until it comes to one.
func toPlaces(cs *catalogue.Case, try func(at place) (r *report.Result, came bool)) (r *report.Result, came bool) {
	for _, at := range places(cs) {
		if r, came = try(at); came {
			break
		}
	}
	return r, came
}

// invite waits for a client to come to a place for a case, with at least so much patience. It
// returns nil where nobody can come.
func (d *driver) invite(ctx context.Context, cs *catalogue.Case, at place, patience time.Duration) *visit {
	ln, err := net.Listen("tcp", net.JoinHostPort(at.host, "0"))
	switch {
	case err != nil && at.host != loopback:
		return nil // this machine has none
	case err != nil:
		d.stop(&startError{fmt.Errorf("no port to listen on: %w", err)})
		return nil
	}
	to := d.url(ln.Addr(), cs)
	if cs.URL != "" {
		to = "ws://" + ln.Addr().String() + at.rest
	}
	return newVisit(ctx, ln.(*net.TCPListener), d.visitor, d.carrier, cs, to, patience)
}

// startFor starts the command for a case, sends it to a place, and returns what came of it and what
// the command printed: no result where the run is over, and came says whether the
// client did. The client is given at least so much patience.
func (d *driver) startFor(ctx context.Context, cs *catalogue.Case, at place, patience time.Duration) (result *report.Result, came bool, output []byte) {
	started := time.Now()
	playing, cancel := context.WithCancel(ctx)
	defer cancel()
	v := d.invite(playing, cs, at, patience)
	if v == nil {
		return nil, false, nil
	}
	defer v.Close()
	p, err := d.client().Start(v.url, nil)
	if err != nil {
		d.stop(&startError{fmt.Errorf("the command cannot be started: %w", err)})
		return nil, false, nil
	}
	limit := d.timeout() + cs.Idle
	inTime := p.Await(ctx, v.Done(), limit+4*patience)
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
		result = inconclusive(cs, d.agent, started, v.reason(p, inTime, limit))
	case !inTime:
		cutShort(result, ended, fmt.Sprintf("the command was ended after %v, in the middle of its conversation", limit+4*patience))
	}
	result.Died = cmp.Or(result.Died, p.Crash())
	return result, v.result != nil, p.Tail()
}
