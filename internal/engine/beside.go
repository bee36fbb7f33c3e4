package engine

import (
	"context"
	"sync"

	"github.com/wscheck/wscheck/internal/link"

	"github.com/wscheck/wscheck/internal/catalogue"
	"github.com/wscheck/wscheck/oracle"
)

// companions have the conversation of a case on connections besides the one that
// is judged: see [catalogue.Case.Beside].
type companions struct {
	wg   sync.WaitGroup
	turn chan struct{} // in a bubble: see memLink
	runs []*peerRun

	mu       sync.Mutex
	findings []oracle.Finding
}

// take keeps what is seen to be wrong in a conversation that is over.
func (o *companions) take(c *conversation) {
	v := c.verdict()
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, f := range v.Findings {
		if f.Outcome == oracle.Violation && f.Basis == oracle.Seen {
			o.findings = append(o.findings, f)
		}
	}
}

// beside begins the conversations besides one of the case over the network.
func (s *liveServer) beside(ctx context.Context, cs *catalogue.Case) *companions {
	if cs.Beside == 0 || s.incoming != nil {
		return nil
	}
	o := new(companions)
	for range cs.Beside {
		o.wg.Go(func() {
			conn, run, err := s.connect(ctx)
			if err != nil {
				return // that is for others to notice
			}
			c := s.conversation(ctx, conn, cs)
			c.settle.never = true
			c.playUntil(ctx, conn)
			run.seeOff(c)
			o.take(c)
		})
	}
	return o
}

// beside begins the conversations besides that of a bubble, inside of it. l is the
// link of that one, which is played next.
func (b *bubble) beside(l *link.MemLink, url string) *companions {
	if b.cs.Beside == 0 {
		return nil
	}
	o := &companions{turn: make(chan struct{}, 1)}
	o.turn <- struct{}{}
	l.TakeTurns(o.turn)
	for range b.cs.Beside {
		conn := link.NewMemConn(&b.watch)
		link := link.NewMemLink(conn)
		link.TakeTurns(o.turn)
		o.runs = append(o.runs, b.peer.start(conn, url, dying(conn)))
		o.wg.Go(func() {
			o.turn <- struct{}{}
			c := b.converse(link, url)
			c.play()
			o.take(c)
			<-o.turn
		})
	}
	return o
}

// join waits for the conversations to end. What was wrong in them is part of the
// verdict on c.
func (o *companions) join(c *conversation) {
	if o == nil {
		return
	}
	if o.turn != nil {
		<-o.turn
	}
	o.wg.Wait()
	c.besides = o.findings
}

// cancel tells clients to return.
func (o *companions) cancel() {
	if o == nil {
		return
	}
	for _, run := range o.runs {
		run.cancel()
	}
}

// withBesides adds to a verdict what was wrong on the connections besides.
func (c *conversation) withBesides(v oracle.Verdict) oracle.Verdict {
	for _, f := range c.besides {
		f.Event, f.Offset = max(0, len(c.rec.Trace.Events)-1), int64(c.received)
		f.Got = "on a connection beside this one: " + f.Got
		v = v.With(f)
	}
	return v
}
