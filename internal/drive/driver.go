package drive

import (
	"cmp"
	"context"
	"fmt"
	"net"
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
		try, itCame, printed := d.startFor(ctx, cs, patience)
		if patience == 0 {
			came, output = itCame, printed
		}
		return try, itCame
	})
	if result != nil && ctx.Err() == nil {
		d.add(d.agent, result, came, output)
	}
}

// startFor starts the command for a case, and returns what came of it and what
// the command printed: no result where the run is over, and came says whether the
// client did. The client is given at least so much patience.
func (d *driver) startFor(ctx context.Context, cs *catalogue.Case, patience time.Duration) (result *report.Result, came bool, output []byte) {
	started := time.Now()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		d.stop(&startError{fmt.Errorf("no port to listen on: %w", err)})
		return nil, false, nil
	}
	playing, cancel := context.WithCancel(ctx)
	defer cancel()
	v := newVisit(playing, ln.(*net.TCPListener), d.visitor, d.carrier, cs, patience)
	defer v.close()
	p, err := d.start(d.url(ln.Addr(), cs), nil)
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
