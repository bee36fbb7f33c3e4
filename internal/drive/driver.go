package drive

import (
	"cmp"
	"context"
	"fmt"
	"net"
	"net/url"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/wscheck/wscheck/internal/catalogue"
	"github.com/wscheck/wscheck/internal/engine"
	"github.com/wscheck/wscheck/internal/report"
	"github.com/wscheck/wscheck/internal/workers"
)

// job is a case and its number.
type job struct {
	*catalogue.Case
	number int
}

// driver starts the command once per case.
type driver struct {
	*run
	agent   string
	visitor *engine.Visitor
	carrier engine.Carrier
	alone   sync.RWMutex // held for writing while a case is played by itself
}

// play plays cases, a number of them at a time.
func (d *driver) play(ctx context.Context, jobs []job, side int) {
	workers.Each(ctx, len(jobs), side, func(i int) { d.playOne(ctx, jobs[i]) })
}

// playOne plays a case, again where its verdict rests on silence, and adds the
// result.
func (d *driver) playOne(ctx context.Context, j job) {
	d.alone.RLock()
	result, came, output := d.startFor(ctx, j, 0)
	d.alone.RUnlock()
	if result == nil {
		return
	}
	if came {
		result = d.visitor.Settle(result, func(patience time.Duration) *report.Result {
			d.alone.Lock()
			defer d.alone.Unlock()
			if again, came, _ := d.startFor(ctx, j, patience); came {
				return again
			}
			return nil
		})
	}
	if ctx.Err() == nil {
		d.add(d.agent, result, came, output)
	}
}

// startFor starts the command for a case, and returns what came of it and what
// the command printed: no result where the run is over, and came says whether the
// client did. The client is given at least so much patience.
func (d *driver) startFor(ctx context.Context, j job, patience time.Duration) (result *report.Result, came bool, output []byte) {
	started := time.Now()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		d.stop(&startError{fmt.Errorf("no port to listen on: %w", err)})
		return nil, false, nil
	}
	playing, cancel := context.WithCancel(ctx)
	defer cancel()
	v := newVisit(playing, ln.(*net.TCPListener), d.visitor, d.carrier, j.Case, patience)
	defer v.close()
	p, err := d.start(j.url(ln.Addr(), d.agent), nil)
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
		result = inconclusive(j.Case, d.agent, started, v.reason(p, inTime, d.timeout()))
	case !inTime:
		cutShort(result, ended, fmt.Sprintf("the command was ended after %v, in the middle of its conversation", d.timeout()+4*patience))
	}
	result.Died = cmp.Or(result.Died, p.Crash())
	return result, v.result != nil, p.Tail()
}

// url is where the client has to connect to.
func (j job) url(server net.Addr, agent string) string {
	query := url.Values{"case": {strconv.Itoa(j.number)}, "agent": {agent}}
	return "ws://" + server.String() + "/runCase?" + query.Encode()
}

// sortResults puts results into the order of the cases.
func sortResults(results []*report.Result, order map[string]int) {
	slices.SortStableFunc(results, func(a, b *report.Result) int { return cmp.Compare(order[a.Case.ID], order[b.Case.ID]) })
}
