package engine

import (
	"cmp"
	"context"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/wscheck/wscheck/internal/catalogue"
	"github.com/wscheck/wscheck/internal/link"
	"github.com/wscheck/wscheck/internal/report"
	"github.com/wscheck/wscheck/oracle"
	"github.com/wscheck/wscheck/wsproto"
)

// Visitor is a client under test that connects of its own accord. It stands for
// what the conversations with one agent have in common: how fast it is, and
// whether it answers pings. Its methods may be called side by side.
type Visitor struct {
	agent  string
	config *Config
	timing *timing
	begun  atomic.Uint64 // conversations begun
	ended  atomic.Uint64 // those of them that are over
	tags   tags
	doubts doubts
	alone  sync.RWMutex // held for writing while it plays a case by itself

	// ponged says that it has answered pings as it should, and upset that it has
	// stumbled over one that the script did not ask for.
	ponged, upset atomic.Bool

	plain atomic.Pointer[oracle.Plain] // a conversation that it closed as it should

	echoes
	guide
}

// guide is what is known of how a client uses the URLs that it is given.
type guide struct {
	// follows says that it has asked for the host and the path of one, which nobody else has. The
	// command that it is may have a use for the port alone.
	follows atomic.Bool
}

// send has a conversation with a client that was given url judged by that: by the port at least,
// and by all once it has followed one. learns says that it shows whether the client does, and it
// is not judged.
func (g *guide) send(c *conversation, url string, learns bool) {
	switch {
	case learns:
		c.url = url
	case g.follows.Load():
		c.sentTo(url)
	default:
		c.options.Authority, _ = splitURL(url)
	}
}

// learn takes from a conversation that is over whether the client has followed its URL.
func (g *guide) learn(c *conversation) {
	if c.url == "" || g.follows.Load() {
		return
	}
	if r, _, _ := wsproto.ParseRequest(c.opening.request); r != nil {
		authority, target := splitURL(c.url)
		host, _ := r.Get("Host")
		name, _, _ := strings.Cut(host, ":")
		path, _, _ := strings.Cut(target, "?") // without the query it is ours too
		if asked, _, _ := strings.Cut(r.Target, "?"); strings.HasPrefix(authority, name+":") && asked == path && path != "/" {
			g.follows.Store(true)
		}
	}
}

// NewVisitor returns a visitor that is called agent in results. Of the config,
// which may be nil, the times count.
func NewVisitor(agent string, config *Config) *Visitor {
	config = cmp.Or(config, new(Config))
	return &Visitor{agent: agent, config: config, timing: config.newTiming(), tags: tags{seed: uint64(time.Now().UnixNano())}, doubts: doubts{judge: config.decidingJudge(), most: config.plays()}}
}

// Agent returns the visitor's name.
func (v *Visitor) Agent() string { return v.agent }

// Converse plays a case over a connection that the visitor has made, and closes
// it. head is what was read from it so far: at least the beginning of the
// client's opening handshake, at most all that came. It returns nil if ctx ends
// before the conversation does.
//
// A case can be played once per connection, and not again without our own pings
// where those have disturbed it, as [Run] does. So a visitor that has not
// answered a ping yet is sent none but the script's, and has the full time of
// each wait; and one that is in the middle of a message is sent none either,
// since it may take a ping for a reason to send what it has.
//
// Nor can it be played again where the verdict rests on silence. So each wait for
// something of the visitor's has the patience of the configuration, and a silence
// counts once it was the same in three conversations, each with no other beside it;
// until then it is Slow.
func (v *Visitor) Converse(ctx context.Context, conn net.Conn, head []byte, by Carrier, cs *catalogue.Case) *report.Result {
	before := v.begun.Load()
	alone := v.ended.Load() == before
	r := v.converse(ctx, conn, head, by, cs, func(c *conversation) {
		c.patience = v.doubts.patience(v.config.loadedPatience(), v.timing.slowestAnswer())
	})
	if r == nil {
		return nil
	}
	return v.doubts.gather(r, alone && v.begun.Load() == before+1)
}

// ConverseOnce is Converse for a visitor that comes again when it is asked to: what its result
// says of a silence is for [Visitor.Settle] to decide. patience is 0 for a first try. The
// visitor was given url. It is judged by that in a case that is about the URL: by the port
// at least, and by all once it has followed one.
func (v *Visitor) ConverseOnce(ctx context.Context, conn net.Conn, head []byte, by Carrier, cs *catalogue.Case, url string, patience time.Duration) *report.Result {
	return v.converse(ctx, conn, head, by, cs, func(c *conversation) {
		if patience > 0 {
			c.bePatient(patience)
		}
		v.send(c, url, cs.URL == "")
	})
}

// Settle plays a case with a visitor that comes when it is asked to, and returns the result
// that counts. try plays it once: first beside others, with a patience of 0, and where the
// verdict rests on silence again, by itself and with patience. A result counts as it is
// where the visitor did not come.
func (v *Visitor) Settle(try func(patience time.Duration) (r *report.Result, came bool)) *report.Result {
	v.alone.RLock()
	r, came := try(0)
	v.alone.RUnlock()
	if !came {
		return r
	}
	return v.Decide(r, try)
}

// Doubts reports whether the verdict of a first try rests on silence.
func (v *Visitor) Doubts(r *report.Result) bool { return len(v.doubts.doubtsOf(r)) > 0 }

// Decide is what [Visitor.Settle] does after a first try, which had the result r: where that
// rests on silence, it plays the case again.
func (v *Visitor) Decide(r *report.Result, try func(patience time.Duration) (r *report.Result, came bool)) *report.Result {
	return v.doubts.decideSilence(r, func() *report.Result {
		v.alone.Lock()
		defer v.alone.Unlock()
		next, came := try(v.doubts.patience(v.config.loadedPatience(), v.timing.slowestAnswer()))
		if !came {
			return nil
		}
		v.timing.learnSlow(slowest(next.Trace, false))
		return next
	})
}

func (v *Visitor) converse(ctx context.Context, conn net.Conn, head []byte, by Carrier, cs *catalogue.Case, prepare func(*conversation)) *report.Result {
	defer v.ended.Add(1)
	conn = link.Rewind(conn, head)
	cs = cs.In(v.config.Dialect, wsproto.Server)
	c := newConversation(ctx, wsproto.Server, cs, link.NewSocket(conn, v.timing.pieceGap), new(endpointURL).carry(by), v.timing, uint64(time.Now().UnixNano())+v.begun.Add(1))
	c.settle.never = !v.ponged.Load() || v.upset.Load() || cs.Quiet || cs.Idle > 0 && !v.config.Quick
	c.settle.discreet = true
	c.speak(v.config.Dialect, cs)
	c.options.Relayed = true // there may be a proxy
	c.tagging.begin(&v.tags, cs, c.options.Dialect)
	prepare(c)
	c.plain = v.plain.Load
	c.playUntil(ctx, conn)
	if ctx.Err() != nil {
		return nil
	}
	v.learn(c)
	return newResult(cs, v.agent, c)
}

// learn takes from a conversation that is over what the next ones need.
func (v *Visitor) learn(c *conversation) {
	if did := plainOf(c); did.Closed {
		v.plain.Store(did)
	}
	switch {
	case c.disturbed():
		v.upset.Store(true)
	case c.ep.ponged():
		v.ponged.Store(true)
	}
	v.echoes.learn(c)
	v.guide.learn(c)
}

// Hopeless says why there is no use in playing more cases: the visitor was never seen to send a message,
// where that was waited for with patience too. It is "" for one that may.
func (v *Visitor) Hopeless() string { return v.echoes.hopeless(v.config.Dialect, &v.doubts) }
