package engine

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"regexp"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/wscheck/wscheck/internal/catalogue"
	"github.com/wscheck/wscheck/internal/link"
	"github.com/wscheck/wscheck/internal/process"
	"github.com/wscheck/wscheck/internal/report"
	"github.com/wscheck/wscheck/oracle"
)

// bubbleResult is a conversation that is over.
type bubbleResult struct {
	conversation *conversation // nil where it was stuck
	run          *peerRun
	took         time.Duration // on the bubble's clock
	stuck        string        // why the bubble was given up; "" where it came to its end
	parked       string        // what the peer did without end
	returned     bool          // the peer did
	leaked       []byte        // stacks of what the peer left behind; nil for nothing
}

// bubbleRun is one conversation with a peer in a [synctest] bubble of its own. The
// bubble's clock makes time-outs free, and what of the peer is left when it
// ends is found.
type bubbleRun struct {
	peer     *localPeer
	cs       *catalogue.Case
	timing   *timing
	seed     uint64
	patience time.Duration // real time without any progress
	endpoint *endpointURL
	wait     time.Duration // how long the peer may be silent before that counts; 0 for a first try
	plain    func() *oracle.Plain
	tags     *tags
	word     *word // that is said instead of the script's steps; nil for none
	dialect  *oracle.Dialect
	act      func(context.Context, Act) error

	watch link.Watch
	over  atomic.Bool // it is at its end, or given up: whichever comes first
}

// forever is what nothing comes from. Whoever waits for it in a bubble stops its
// clock.
var forever = make(chan struct{})

// play plays the case. t is only what synctest asks for: nothing is
// reported to it.
func (b *bubbleRun) play(t *testing.T) *bubbleResult {
	result := new(bubbleResult)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		defer func() { result.leaked = leaked(recover()) }()
		synctest.Test(t, func(*testing.T) { b.inside(result) })
	}()
	stuck := b.await(ended)
	if stuck != "" && !b.over.CompareAndSwap(false, true) {
		stuck = b.await(ended) // it was about to end
	}
	if stuck != "" {
		return &bubbleResult{stuck: stuck, leaked: bubbleStacks(true)}
	}
	return result
}

// patienceTimers are for use again, outside of bubbles.
var patienceTimers = sync.Pool{New: func() any { return time.NewTimer(time.Hour) }}

// maxPatience bounds how many times its patience a bubble lasts in which something happens
// all the time. All that a peer does is bounded elsewhere too.
const maxPatience = 30

// await waits for the end of the bubble, and gives it up where nothing has
// happened in it for long. It returns why, "" if it came to its end.
func (b *bubbleRun) await(ended <-chan struct{}) (stuck string) {
	timer := patienceTimers.Get().(*time.Timer)
	timer.Reset(b.patience)
	defer func() {
		timer.Stop()
		patienceTimers.Put(timer)
	}()
	seen, longer := int64(-1), false
	for range maxPatience {
		select {
		case <-ended:
			return ""
		case <-timer.C:
			now := b.watch.Progress.Load()
			if more := process.Stretch(b.patience) - b.patience; now == seen && !longer && more > 0 {
				// A peer that works out something long has had little of a busy machine.
				longer = true
				timer.Reset(more)
				continue
			}
			if now == seen {
				return "the peer neither went on nor waited for anything that the bubble knows of; " + needsLive
			}
			seen, longer = now, false
			timer.Reset(b.patience)
		}
	}
	return fmt.Sprintf("the peer had read and written %d times and was not at rest after %v", seen, maxPatience*b.patience)
}

// needsLive is the advice where a bubble may be the wrong place for a peer.
const needsLive = "if it shares channels, locks or goroutines between connections, set Config.Live"

// inside is the bubble's main goroutine. Where the peer is not done when it
// returns, synctest panics, and that is how goroutines are found that the peer
// has started.
func (b *bubbleRun) inside(result *bubbleResult) {
	roomOnStack()
	conn := link.NewMemConn(&b.watch)
	link := link.NewMemLink(conn)
	url := cmp.Or(b.cs.URL, clientURL)
	run := b.peer.start(conn, url, dying(conn))
	c := b.converse(b.cs, link, url)
	if b.act != nil {
		c.ask, c.at = b.act, Act{Address: conn.RemoteAddr().String(), Server: conn.LocalAddr().String()}
	}
	c.says(b.word)
	others := b.startBeside(link, url)
	c.playScript()
	others.join(c)
	synctest.Wait()
	grace := bubbleGrace
	if !run.ended() {
		for read := conn.ReadAt(); ; { // a slow peer may still read what it was sent
			time.Sleep(grace / 2)
			last := read
			if read = conn.ReadAt(); !read.After(last) {
				break
			}
		}
		run.cancel()
		grace -= grace / 2
	}
	others.cancelClients()
	time.Sleep(grace) // for what the peer has started besides
	synctest.Wait()
	if result.returned = run.ended(); result.returned {
		c.noteDeath(run)
	}
	result.parked = conn.DidWithoutEnd()
	result.conversation, result.run, result.took = c, run, time.Since(c.start)
	if !b.over.CompareAndSwap(false, true) {
		<-forever // the test that lent its T may be over
	}
}

// startBeside begins the conversations besides that of a bubble, inside of it. l is the
// link of that one, which is played next.
func (b *bubbleRun) startBeside(l *link.MemLink, url string) *companions {
	if b.cs.Beside == 0 {
		return nil
	}
	o := &companions{turn: make(chan struct{}, 1)}
	o.turn <- struct{}{}
	l.TakeTurns(o.turn)
	for i := range b.cs.Beside {
		conn := link.NewMemConn(&b.watch)
		link := link.NewMemLink(conn)
		link.TakeTurns(o.turn)
		o.runs = append(o.runs, b.peer.start(conn, url, dying(conn)))
		o.wg.Go(func() {
			o.turn <- struct{}{}
			c := b.converse(b.cs.Companion(i), link, url)
			c.playScript()
			o.take(c)
			<-o.turn
		})
	}
	return o
}

// bubbleGrace is how long, on the clock of the bubble, a peer may run on
// after its connection is gone: longer than the time-outs after which libraries
// drop a connection, and than a slow peer needs for the hundreds of messages that it
// has taken in by then.
const bubbleGrace = 4 * time.Minute

// dying has our side of a connection see how its peer died.
func dying(conn *link.MemConn) func(*peerDeath) {
	return func(death *peerDeath) { conn.Die(death, death.stack) }
}

// converse makes a conversation of a case over a link, before its opening handshake.
func (b *bubbleRun) converse(cs *catalogue.Case, link *link.MemLink, url string) *conversation {
	c := newConversation(context.Background(), b.peer.role().Peer(), cs, link, b.endpoint, b.timing, b.seed)
	c.sentTo(url)
	c.speak(b.dialect, cs)
	c.tagging.begin(b.tags, cs, c.options.Dialect)
	if b.wait > 0 {
		c.bePatient(b.wait)
	}
	return c
}

// leaked makes of a panic of synctest the stacks of what is left in the bubble.
// Any other panic continues.
func leaked(v any) []byte {
	if v == nil {
		return nil
	}
	if err, ok := v.(error); !ok || !strings.HasPrefix(err.Error(), "deadlock: ") {
		panic(v)
	}
	return bubbleStacks(false)
}

// reported are the bubbles whose goroutines were reported before. They stay for
// good: a goroutine cannot be ended from outside.
var reported struct {
	sync.Mutex
	ids map[string]bool
}

var (
	bubbleID   = regexp.MustCompile(`^goroutine \d+ \[.*synctest bubble (\d+)\]:`)
	bubbleRoot = regexp.MustCompile(`^goroutine \d+ \[synctest\.Run`)
)

// bubbleStacks returns the stacks of the bubble that has just ended, or of one
// that is stuck, less those of our own goroutines.
func bubbleStacks(stuck bool) []byte {
	all := make([]byte, maxStacks)
	all = all[:runtime.Stack(all, true)]
	reported.Lock()
	defer reported.Unlock()
	found, alive := map[string][][]byte{}, map[string]bool{}
	for stack := range bytes.SplitSeq(bytes.TrimSpace(all), []byte("\n\n")) {
		m := bubbleID.FindSubmatch(stack)
		if m == nil {
			continue
		}
		id := string(m[1])
		if bubbleRoot.Match(stack) {
			alive[id] = true
			continue
		}
		if !ownStack(stack) {
			found[id] = append(found[id], bytes.Clone(stack))
		}
	}
	if reported.ids == nil {
		reported.ids = map[string]bool{}
	}
	var stacks [][]byte
	for id, of := range found {
		if alive[id] == stuck && !reported.ids[id] {
			reported.ids[id] = true
			stacks = append(stacks, of...)
		}
	}
	if len(stacks) == 0 {
		return []byte("(their stacks are not known)")
	}
	return bytes.Join(stacks, []byte("\n\n"))
}

// reasonLocked is why a bubble can say nothing of a peer that has one goroutine write at a
// time: its clock stands still while one waits for a lock, and so our side, which reads on
// later, never does.
const reasonLocked = "a goroutine of the peer waits for a lock while another one writes, and a bubble does not know that it waits: Config.Live is for such a peer"

// lockedByWriter reports whether a goroutine waits for a lock, and another one for room
// to write into the connection.
func lockedByWriter(stacks []byte) bool {
	return bytes.Contains(stacks, []byte("Mutex).Lock(")) && bytes.Contains(stacks, []byte("link.(*MemConn).Write("))
}

// ownStack reports whether a goroutine is ours.
func ownStack(stack []byte) bool {
	return bytes.Contains(stack, []byte("engine.(*bubbleRun).inside(")) ||
		bytes.Contains(stack, []byte("testing.testingSynctestTest("))
}

// result is the result of the conversation, if keep wants it for its verdict, and
// else nil.
func (b *bubbleRun) result(p *bubbleResult, agent string, started time.Time, keep func(*oracle.Verdict) bool) *report.Result {
	c := p.conversation
	if c == nil {
		r := noConversation(b.cs, agent, b.peer.role().Peer(), started, p.leakEvent())
		if lockedByWriter(p.leaked) {
			r.Trace.Events, r.RFC = nil, oracle.Verdict{Outcome: oracle.Inconclusive, Reason: reasonLocked}
		}
		return r
	}
	if p.leaked != nil {
		c.event(p.leakEvent())
	}
	c.plain = b.plain
	verdict := c.verdict()
	var r *report.Result
	if keep(&verdict) {
		r = conversationResult(b.cs, agent, c, verdict, started)
	}
	if p.leaked == nil {
		link.Release(c.link)
		c.release(r != nil)
	}
	return r
}

// leakEvent is the event that reports what a peer left behind.
func (p *bubbleResult) leakEvent() oracle.Event {
	n := max(1, bytes.Count(p.leaked, []byte("\n\n"))+1)
	tag := fmt.Sprintf("%d goroutines still there %v after the end of the connection", n, bubbleGrace)
	if n == 1 {
		tag = fmt.Sprintf("a goroutine still there %v after the end of the connection", bubbleGrace)
	}
	switch {
	case p.stuck != "":
		tag = p.stuck
	case p.parked != "":
		tag += ": it " + p.parked
	case p.returned:
		tag += "; " + needsLive
	}
	return oracle.Event{Kind: oracle.EventPeerHung, At: p.took, Tag: tag, Data: p.leaked}
}
