package engine

import (
	"context"
	"net"
	"slices"
	"sync/atomic"
	"time"

	"github.com/wscheck/wscheck/internal/autobahn"
	"github.com/wscheck/wscheck/internal/catalogue"
	"github.com/wscheck/wscheck/internal/report"
	"github.com/wscheck/wscheck/oracle"
	"github.com/wscheck/wscheck/wsproto"
)

// Plan returns the cases that a run with this config has for peers in a role,
// in order of execution, and shortened where the config says so. It returns an
// error where [Run] would. A nil config is the zero value.
func Plan(peer wsproto.Role, config *Config) ([]*catalogue.Case, error) {
	if config == nil {
		config = new(Config)
	}
	if err := config.check(); err != nil {
		return nil, err
	}
	if err := CheckSpeech(config.Dialect, peer.Peer()); err != nil {
		return nil, err
	}
	cases, err := config.cases(peer.Peer())
	if err != nil {
		return nil, err
	}
	cases = slices.DeleteFunc(cases, func(cs *catalogue.Case) bool { return config.unsupported(cs) != "" })
	if config.Quick {
		cases = quick(cases)
	}
	return cases, nil
}

// Visitor is a client under test that connects of its own accord. It stands for
// what the conversations with one agent have in common: how fast it is, and
// whether it answers pings. Its methods may be called side by side.
type Visitor struct {
	agent  string
	config *Config
	pace   *pace
	talks  atomic.Uint64 // conversations begun
	ended  atomic.Uint64 // those of them that are over
	tags   tags
	doubts doubts

	// ponged says that it has answered pings as it should, and upset that it has
	// stumbled over one that the script did not ask for.
	ponged, upset atomic.Bool

	plain atomic.Pointer[oracle.Plain] // a conversation that it closed as it should
}

// NewVisitor returns a visitor that is called agent in results. Of the config,
// which may be nil, the times count.
func NewVisitor(agent string, config *Config) *Visitor {
	if config == nil {
		config = new(Config)
	}
	return &Visitor{agent: agent, config: config, pace: config.newPace(), tags: tags{seed: uint64(time.Now().UnixNano())}, doubts: doubts{judge: config.judge(), most: config.plays()}}
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
func (v *Visitor) Converse(ctx context.Context, conn net.Conn, head []byte, cs *catalogue.Case) *report.Result {
	before := v.talks.Load()
	alone := v.ended.Load() == before
	r := v.converse(ctx, conn, head, cs, func(c *conversation) {
		c.patience = v.doubts.patience(v.config.loadedPatience(), v.pace.slowestAnswer())
	})
	if r == nil {
		return nil
	}
	return v.doubts.gather(r, alone && v.talks.Load() == before+1)
}

// ConverseOnce is Converse for a visitor that can be had again: what its result
// says of a silence is for [Visitor.Settle] to decide. patience is 0 for a first
// try.
func (v *Visitor) ConverseOnce(ctx context.Context, conn net.Conn, head []byte, cs *catalogue.Case, patience time.Duration) *report.Result {
	return v.converse(ctx, conn, head, cs, func(c *conversation) {
		if patience > 0 {
			c.bePatient(patience)
		}
	})
}

// Settle returns the result that counts for a case, given that of a first try.
// again plays the case once more, by itself and with so much patience; it returns
// nil where it cannot.
func (v *Visitor) Settle(r *report.Result, again func(patience time.Duration) *report.Result) *report.Result {
	return v.doubts.settle(r, func() *report.Result {
		next := again(v.doubts.patience(v.config.loadedPatience(), v.pace.slowestAnswer()))
		if next != nil {
			v.pace.learnSlow(slowest(next.Trace, false))
		}
		return next
	})
}

func (v *Visitor) converse(ctx context.Context, conn net.Conn, head []byte, cs *catalogue.Case, prepare func(*conversation)) *report.Result {
	started := time.Now()
	defer v.ended.Add(1)
	conn = Rewind(conn, head)
	cs = cs.In(v.config.Dialect, wsproto.Server)
	c := newConversation(ctx, wsproto.Server, cs, newLiveLink(conn, v.pace), nil, v.pace, uint64(started.UnixNano())+v.talks.Add(1))
	c.settle.never = !v.ponged.Load() || v.upset.Load() || cs.Quiet
	c.settle.discreet = true
	c.speak(v.config.Dialect, cs)
	c.tagWith(&v.tags, cs)
	prepare(c)
	c.plain = v.plain.Load
	c.playUntil(ctx, conn)
	if ctx.Err() != nil {
		return nil
	}
	v.learn(c)
	return newResult(cs, v.agent, c, started, "")
}

// learn takes from a conversation that is over what the next ones need.
func (v *Visitor) learn(c *conversation) {
	if did := plainOf(c); did.Closed {
		v.plain.Store(did)
	}
	r := c.ep.Record()
	switch {
	case c.disturbed():
		v.upset.Store(true)
	case c.ep.Probed(), r.Behavior == autobahn.OK && r.TxFrames[wsproto.OpPing] > 0 && c.ep.Count(oracle.AwaitPong) > 0:
		v.ponged.Store(true)
	}
}

// midMessage reports whether the steps taken so far have begun a message and not
// ended it.
func (c *conversation) midMessage() (open bool) {
	for i := range c.script.Steps[:max(0, c.step+1)] {
		if s := &c.script.Steps[i]; s.Kind == oracle.StepFrame && s.Frame.Opcode.IsData() {
			open = !s.Frame.Fin
		}
	}
	return open
}

// Rewind returns conn with octets that were read from it put back: they are read
// again first.
func Rewind(conn net.Conn, head []byte) net.Conn {
	return &rewound{Conn: conn, head: head}
}

// rewound is a connection some of whose octets are read twice. What a TCP
// connection can do beyond [net.Conn] goes through, TLS or not.
type rewound struct {
	net.Conn
	head []byte
}

func (r *rewound) Read(p []byte) (int, error) {
	if len(r.head) == 0 {
		return r.Conn.Read(p)
	}
	n := copy(p, r.head)
	r.head = r.head[n:]
	return n, nil
}

// CloseWrite ends the sending direction, if the connection has directions.
func (r *rewound) CloseWrite() error {
	if c, ok := r.Conn.(interface{ CloseWrite() error }); ok {
		return c.CloseWrite()
	}
	return nil
}

// SetLinger is that of [net.TCPConn].
func (r *rewound) SetLinger(sec int) error {
	if c, ok := underlying(r.Conn).(interface{ SetLinger(int) error }); ok {
		return c.SetLinger(sec)
	}
	return nil
}

// SetReadBuffer is that of [net.TCPConn].
func (r *rewound) SetReadBuffer(octets int) error {
	if c, ok := underlying(r.Conn).(interface{ SetReadBuffer(int) error }); ok {
		return c.SetReadBuffer(octets)
	}
	return nil
}
