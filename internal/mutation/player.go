package mutation

import (
	"fmt"
	"math"
	"runtime/metrics"
	"sync"
	"testing"

	"github.com/wscheck/wscheck/internal/catalogue"
	"github.com/wscheck/wscheck/internal/engine"
	"github.com/wscheck/wscheck/internal/report"
	"github.com/wscheck/wscheck/oracle"
)

// judging is what peers have to do: echo, and leave the closing to us.
var judging = oracle.Options{Echo: true, Stay: true}

// player plays cases with endpoints in this process, any number at a time.
type player struct {
	// memory is held for reading by each case that is played, and for writing by one
	// that is alone because something is measured meanwhile.
	memory sync.RWMutex

	dialect *oracle.Dialect
}

func (p *player) play(peer engine.Target, cs *catalogue.Case) (*report.Result, error) {
	if cs.Measure != nil {
		p.memory.Lock()
		defer p.memory.Unlock()
		r, _, err := p.measured(peer, cs)
		return r, err
	}
	p.memory.RLock()
	r, taken, err := p.measured(peer, cs)
	p.memory.RUnlock()
	if err != nil || taken <= proportion(r) {
		return r, err
	}
	// Others may have taken it.
	p.memory.Lock()
	defer p.memory.Unlock()
	if r, taken, err = p.measured(peer, cs); err != nil || taken <= proportion(r) {
		return r, err
	}
	r.Trace.Events = append(r.Trace.Events, oracle.Event{
		Kind: oracle.EventPeerBloated, Tag: fmt.Sprintf("%d MiB", taken>>20),
	})
	options := judging
	options.Dialect = p.dialect
	r.RFC = oracle.JudgeTrace(r.Trace, options)
	return r, nil
}

// measured plays a case and returns how many octets of memory were asked for
// meanwhile, by anybody in the process.
func (p *player) measured(peer engine.Target, cs *catalogue.Case) (r *report.Result, taken uint64, err error) {
	before := allocated()
	// The zero testing.T is enough, and outside of a test there is no other: it
	// is lent to package synctest, and nothing is reported to it.
	run, err := engine.RunBubble(new(testing.T), peer, &engine.Config{Select: []*catalogue.Case{cs}, Dialect: p.dialect})
	if err != nil {
		return nil, 0, err
	}
	if len(run.Agents[0].Results) != 1 {
		return nil, 0, fmt.Errorf("case %s was not played", cs.ID)
	}
	return run.Agents[0].Results[0], allocated() - before, nil
}

// allocated is the number of octets that the process has ever asked for.
func allocated() uint64 {
	sample := [1]metrics.Sample{{Name: "/gc/heap/allocs:bytes"}}
	metrics.Read(sample[:])
	return sample[0].Value.Uint64()
}

// proportion is the memory in octets that both sides together may ask for in a
// case: a base, and so much for each octet that was on the wire. With compression
// there is no bound, because a few octets stand for many.
func proportion(r *report.Result) uint64 {
	const base, each = 64 << 20, 16
	if len(r.Case.Script.Handshake.Offers) > 0 || r.Case.ServerDeflate != nil {
		return math.MaxUint64
	}
	n := uint64(base)
	for i := range r.Trace.Events {
		switch ev := &r.Trace.Events[i]; ev.Kind {
		case oracle.EventSent, oracle.EventReceived:
			n += each * uint64(ev.N)
		}
	}
	return n
}
